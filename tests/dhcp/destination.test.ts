/** Where replies go: conformance A.7. */

import t from "tap";
import { destinationOf, type Delivery } from "../../lib/dhcp/destination.js";
import { decodeMessage, MessageType } from "../../lib/dhcp/message.js";
import { formatIpv4, UNSPECIFIED, type Ipv4 } from "../../lib/net/ipv4.js";
import { MAC, makeRequest, type RequestFields } from "../support/dhcp-packet.js";
import { ip } from "../support/values.js";

const RELAY = "10.9.0.1";
const HELD = "192.168.7.100";

const GIVEN = "192.168.7.101";
/** The network's broadcast address, and our own. */
const NOBODYS = ["192.168.7.255", "192.168.7.1"];
const EVERYBODY = "255.255.255.255:68";

/** `address:port` for a reply with these header fields, and ` at MAC` where it goes in a frame. */
function destination(fields: RequestFields, type: number | undefined, delivery: Partial<Delivery> = {}): string {
  const source = { address: ip("192.168.7.77"), port: 1068 };
  const reply = decodeMessage(makeRequest({ op: 2, ...fields }));
  const usual = {
    serverPort: 67,
    source,
    isOthers: (address: Ipv4): boolean => address !== UNSPECIFIED && !NOBODYS.includes(formatIpv4(address)),
    ciaddr: reply.ciaddr,
    broadcastOnly: false,
    frames: true,
    relayPort: false,
  };
  const { peer, mac } = destinationOf(reply, type, { ...usual, ...delivery });
  const at = mac === undefined ? "" : ` at ${mac}`;
  return `${formatIpv4(peer.address)}:${peer.port}${at}`;
}

const { offer, ack, nak } = MessageType;
/** All but a refusal; the last is BOOTP's. */
const GRANTS = [offer, ack, undefined];

await t.test("A79 what a relay agent passed on is answered to it, on port 67", (t) => {
  for (const type of [offer, ack, nak, undefined]) {
    t.equal(destination({ giaddr: RELAY }, type), "10.9.0.1:67");
    t.equal(destination({ giaddr: RELAY, ciaddr: HELD }, type), "10.9.0.1:67", "also where the client has an address");
    t.equal(destination({ giaddr: RELAY, flags: 0x8000 }, type), "10.9.0.1:67");
    t.equal(destination({ giaddr: RELAY, yiaddr: GIVEN }, type), "10.9.0.1:67", "the frame is the agent's to send");
  }
  t.equal(destination({ giaddr: RELAY }, offer, { broadcastOnly: true }), "10.9.0.1:67", "[buggy_clients] or not");
  t.end();
});

await t.test("A80 a refusal is broadcast, even to a client that has an address", (t) => {
  t.equal(destination({}, nak), EVERYBODY);
  t.equal(destination({ yiaddr: GIVEN }, nak), EVERYBODY);
  t.equal(destination({ ciaddr: HELD }, nak), EVERYBODY);
  t.end();
});

await t.test("A81 a client that has an address is answered there, on port 68", (t) => {
  for (const type of GRANTS) {
    t.equal(destination({ ciaddr: HELD }, type), "192.168.7.100:68");
    t.equal(destination({ ciaddr: HELD, yiaddr: HELD }, type), "192.168.7.100:68");
    t.equal(destination({ ciaddr: HELD, flags: 0x8000 }, type), "192.168.7.100:68");
  }
  t.end();
});

await t.test("A81 A85a who says that it has an address that no other machine can have is not answered there", (t) => {
  for (const ciaddr of NOBODYS) {
    for (const type of GRANTS) {
      t.equal(destination({ ciaddr, yiaddr: ciaddr }, type, { source: { address: UNSPECIFIED, port: 68 } }), EVERYBODY);
      t.equal(destination({ ciaddr: "0.0.0.0" }, type, { source: { address: ip(ciaddr), port: 68 } }), EVERYBODY);
    }
  }
  t.end();
});

await t.test("A82 A85a a client that asks for it is answered by the limited broadcast", (t) => {
  for (const flags of [0x8000, 0xffff]) {
    for (const type of GRANTS) t.equal(destination({ flags, yiaddr: GIVEN }, type), EVERYBODY);
  }
  t.end();
});

await t.test("A83 a client without an address is answered in a frame, at the address it is given", (t) => {
  // The other bits of the flags mean nothing (RFC 1542 2.2).
  for (const flags of [0, 0x7fff]) {
    for (const type of GRANTS) t.equal(destination({ flags, yiaddr: GIVEN }, type), `192.168.7.101:68 at ${MAC}`);
  }
  t.end();
});

await t.test("A83 A85a where frames cannot be sent it is answered by the limited broadcast", (t) => {
  for (const type of GRANTS)
    t.equal(destination({ yiaddr: GIVEN }, type, { frames: false, relayPort: false }), EVERYBODY);
  t.end();
});

await t.test("A83 only a machine on Ethernet can be sent a frame", (t) => {
  const others: RequestFields[] = [
    { htype: 6 },
    { htype: 32, hlen: 0, chaddr: "" },
    { hlen: 8, chaddr: "5254000102030405" },
    { chaddr: "01:00:5e:00:00:01" },
    { chaddr: "ff:ff:ff:ff:ff:ff" },
    { chaddr: "00:00:00:00:00:00" },
  ];
  for (const fields of others) t.equal(destination({ yiaddr: GIVEN, ...fields }, offer), EVERYBODY);
  t.end();
});

await t.test("A83 a client that says it has another address than it is given hears a broadcast", (t) => {
  t.equal(destination({ yiaddr: GIVEN }, offer, { ciaddr: ip("10.1.1.1") }), EVERYBODY);
  t.end();
});

await t.test("A84 a reply that gives no address to a client without one is broadcast", (t) => {
  const source = { address: ip("0.0.0.0"), port: 68 };
  for (const type of GRANTS) t.equal(destination({}, type, { source }), EVERYBODY);
  t.equal(destination({}, offer), EVERYBODY, "an offer in any case");
  t.end();
});

await t.test("A55 what was only asked for goes where the question came from", (t) => {
  t.equal(destination({}, ack), "192.168.7.77:68");
  t.end();
});

await t.test("a machine in [buggy_clients] hears only broadcasts", (t) => {
  t.equal(destination({ ciaddr: HELD }, ack, { broadcastOnly: true }), EVERYBODY);
  t.equal(destination({ yiaddr: GIVEN }, ack, { broadcastOnly: true }), EVERYBODY);
  t.end();
});

await t.test("on a port of its own the server answers to the port that the request came from", (t) => {
  const delivery = { serverPort: 6767 };
  t.equal(destination({}, offer, delivery), "255.255.255.255:1068");
  t.equal(destination({ yiaddr: GIVEN }, offer, delivery), "255.255.255.255:1068");
  t.equal(destination({ ciaddr: HELD }, ack, delivery), "192.168.7.100:1068");
  t.equal(destination({ giaddr: RELAY }, ack, delivery), "10.9.0.1:1068");
  t.equal(destination({}, nak, delivery), "255.255.255.255:1068");
  t.end();
});
