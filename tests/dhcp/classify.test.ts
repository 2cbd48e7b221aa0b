/** Who a request comes from, as far as it tells. */

import t from "tap";
import { classify } from "../../lib/dhcp/classify.js";
import { isFirmware, type Client } from "../../lib/machine/client.js";
import { decodeMessage } from "../../lib/dhcp/message.js";
import { makeRequest, text, type RequestFields } from "../support/dhcp-packet.js";

function clientOf(options: RequestFields["options"] = [], fields: RequestFields = {}): Client {
  return classify(decodeMessage(makeRequest({ options: [[53, "01"], ...options], ...fields })));
}

const PXE = "PXEClient:Arch:00007:UNDI:003016";
const UUID = "0012345678abcdef001111abcdefabcdef";

await t.test("B1 who names itself PXEClient is PXE firmware, with or without the options that go with it", (t) => {
  t.equal(
    clientOf([
      [60, text(PXE)],
      [93, "0007"],
      [94, "010201"],
      [97, UUID],
    ]).kind,
    "pxe",
  );
  t.equal(clientOf([[60, text("PXEClient")]]).kind, "pxe");
  t.equal(clientOf([[97, UUID]]).kind, "pxe", "nor does the name have to be there, as PyBootd has it");
  t.ok(isFirmware(clientOf([[60, text(PXE)]])));
  t.end();
});

await t.test("B21 who names itself HTTPClient is HTTP boot firmware", (t) => {
  const client = clientOf([
    [60, text("HTTPClient:Arch:00016:UNDI:003000")],
    [93, "0010"],
    [97, UUID],
  ]);
  t.match(client, { kind: "http", architecture: 16 });
  t.ok(isFirmware(client));
  t.end();
});

await t.test("any other client is a DHCP client, or a BOOTP client where it names no message type", (t) => {
  t.equal(clientOf().kind, "dhcp");
  for (const name of ["udhcp 1.36.1", "MSFT 5.0", "pxeclient", " PXEClient", "XPXEClient", ""]) {
    t.equal(clientOf([[60, text(name)]]).kind, "dhcp", JSON.stringify(name));
  }
  t.equal(classify(decodeMessage(makeRequest())).kind, "bootp");
  t.notOk(isFirmware(clientOf()));
  t.end();
});

await t.test("A68 the architecture is the first of option 93", (t) => {
  t.equal(clientOf([[93, "0000"]]).architecture, 0);
  t.equal(clientOf([[93, "0007"]]).architecture, 7);
  t.equal(clientOf([[93, "000b0007"]]).architecture, 11);
  t.equal(clientOf([[93, "ffff"]]).architecture, 65535);
  t.equal(clientOf().architecture, undefined);
  t.end();
});

await t.test("B1 the text of option 60 tells the architecture only where option 93 does not", (t) => {
  t.equal(
    clientOf([
      [60, text(PXE)],
      [93, "0009"],
    ]).architecture,
    9,
  );
  for (const malformed of ["", "09", "000900"]) {
    t.equal(
      clientOf([
        [60, text(PXE)],
        [93, malformed],
      ]).architecture,
      7,
      `93 of ${malformed.length / 2} octets`,
    );
  }
  t.equal(clientOf([[60, text("HTTPClient:Arch:00016")]]).architecture, 16);
  t.equal(clientOf([[93, "07"]]).architecture, undefined, "where neither does, it is not known");
  t.equal(clientOf([[60, text("PXEClient:Arch:7")]]).architecture, undefined);
  t.end();
});

await t.test("A70 the UUID is that of option 97, in the order of its octets", (t) => {
  t.equal(clientOf([[97, UUID]]).uuid, "12345678-abcd-ef00-1111-abcdefabcdef");
  t.equal(clientOf().uuid, undefined);
  for (const malformed of [`01${UUID.slice(2)}`, UUID.slice(0, -2), `${UUID}00`, ""]) {
    t.equal(clientOf([[97, malformed]]).uuid, undefined, malformed);
    t.equal(clientOf([[97, malformed]]).kind, "dhcp", "and makes nobody firmware");
  }
  t.end();
});

await t.test("the MAC address is as long as hlen says", (t) => {
  t.equal(clientOf([], { chaddr: "00:1e:4f:c4:95:ee" }).mac, "00:1e:4f:c4:95:ee");
  t.equal(clientOf([], { chaddr: "00112233445566778899aabbccddeeff", hlen: 16 }).mac.length, 47, "A9 also a GUID");
  t.equal(clientOf([], { chaddr: "52540000000100000000000000000099" }).mac, "52:54:00:00:00:01");
  t.end();
});
