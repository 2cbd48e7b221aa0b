import t from "tap";
import { answeringOrder } from "../../lib/dhcp/answering-order.js";
import { isDiscover } from "../../lib/dhcp/message.js";
import type { Datagram } from "../../lib/os/udp.js";
import { makeRequest } from "../support/dhcp-packet.js";
import { ip } from "../support/values.js";

const peer = { address: ip("10.0.0.2"), port: 67 };

const TYPES = {
  discover: "01",
  request: "03",
  decline: "04",
  release: "07",
  inform: "08",
} as const;

function datagram(type: keyof typeof TYPES): Datagram {
  return { peer, payload: makeRequest({ options: [[53, TYPES[type]]] }) };
}

await t.test("what ends an exchange is answered before DISCOVERs, each as it came", (t) => {
  const [first, second, third] = [datagram("discover"), datagram("discover"), datagram("discover")];
  const [request, release, inform, decline] = (["request", "release", "inform", "decline"] as const).map(datagram);
  const bootp = { peer, payload: makeRequest() };
  const garbage = { peer, payload: Buffer.from("x") };
  const batch = [first, request, bootp, second, release, garbage, inform, third, decline] as Datagram[];
  const expected = [request, bootp, release, garbage, inform, decline, first, second, third];
  t.strictSame(
    answeringOrder(batch).map((each) => batch.indexOf(each)),
    expected.map((each) => batch.indexOf(each as Datagram)),
  );
  t.end();
});

await t.test("where there is nothing to order, the batch stays as it is", (t) => {
  for (const batch of [[], [datagram("discover")], [datagram("request"), datagram("request")]]) {
    t.equal(answeringOrder(batch), batch);
  }
  t.end();
});

await t.test("a DISCOVER is known without decoding it", (t) => {
  t.ok(isDiscover(makeRequest({ options: [[53, "01"]] })));
  t.ok(isDiscover(makeRequest({ tail: "0000350101ff" })), "after pads");
  const later = [
    [60, "505845"],
    [53, "01"],
  ] as const;
  t.ok(isDiscover(makeRequest({ options: later })), "after other options");
  for (const tail of ["", "ff350101", "3501", "35", "3502010100ff", "3c", "3cff0101", "350103ff", "35010135"]) {
    t.equal(isDiscover(makeRequest({ tail })), tail === "35010135", tail);
  }
  t.notOk(isDiscover(makeRequest({ vendor: "00000000350101ff" })), "no cookie");
  t.notOk(isDiscover(makeRequest({ vendor: "638253" })), "cut off");
  t.end();
});
