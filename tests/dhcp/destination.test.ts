/** Where replies go: conformance A.7. */

import t from "tap";
import { destinationOf, type Delivery } from "../../lib/dhcp/destination.js";
import { decodeMessage, MessageType } from "../../lib/dhcp/message.js";
import { formatIpv4 } from "../../lib/net/ipv4.js";
import { makeRequest, type RequestFields } from "../support/dhcp-packet.js";
import { ip } from "../support/values.js";

const RELAY = "10.9.0.1";
const HELD = "192.168.7.100";

/** `address:port` for a reply with these header fields. */
function destination(fields: RequestFields, type: number | undefined, delivery: Partial<Delivery> = {}): string {
  const source = { address: ip("192.168.7.77"), port: 1068 };
  const reply = decodeMessage(makeRequest({ op: 2, ...fields }));
  const { address, port } = destinationOf(reply, type, { serverPort: 67, source, broadcastOnly: false, ...delivery });
  return `${formatIpv4(address)}:${port}`;
}

const { offer, ack, nak } = MessageType;

await t.test("A79 what a relay agent passed on is answered to it, on port 67", (t) => {
  for (const type of [offer, ack, nak, undefined]) {
    t.equal(destination({ giaddr: RELAY }, type), "10.9.0.1:67");
    t.equal(destination({ giaddr: RELAY, ciaddr: HELD }, type), "10.9.0.1:67", "also where the client has an address");
    t.equal(destination({ giaddr: RELAY, flags: 0x8000 }, type), "10.9.0.1:67");
  }
  t.equal(destination({ giaddr: RELAY }, offer, { broadcastOnly: true }), "10.9.0.1:67", "[buggy_clients] or not");
  t.end();
});

await t.test("A80 a refusal is broadcast, even to a client that has an address", (t) => {
  t.equal(destination({}, nak), "255.255.255.255:68");
  t.equal(destination({ ciaddr: HELD }, nak), "255.255.255.255:68");
  t.end();
});

await t.test("A81 a client that has an address is answered there, on port 68", (t) => {
  for (const type of [offer, ack, undefined]) {
    t.equal(destination({ ciaddr: HELD }, type), "192.168.7.100:68");
    t.equal(destination({ ciaddr: HELD, flags: 0x8000 }, type), "192.168.7.100:68");
  }
  t.end();
});

await t.test("A82 A83 A85a a client without an address is answered by the limited broadcast", (t) => {
  for (const flags of [0, 0x8000]) {
    for (const type of [offer, ack, undefined]) t.equal(destination({ flags }, type), "255.255.255.255:68");
  }
  t.end();
});

await t.test("a machine in [buggy_clients] hears only broadcasts", (t) => {
  t.equal(destination({ ciaddr: HELD }, ack, { broadcastOnly: true }), "255.255.255.255:68");
  t.end();
});

await t.test("on a port of its own the server answers to the port that the request came from", (t) => {
  const delivery = { serverPort: 6767 };
  t.equal(destination({}, offer, delivery), "255.255.255.255:1068");
  t.equal(destination({ ciaddr: HELD }, ack, delivery), "192.168.7.100:1068");
  t.equal(destination({ giaddr: RELAY }, ack, delivery), "10.9.0.1:1068");
  t.equal(destination({}, nak, delivery), "255.255.255.255:1068");
  t.end();
});
