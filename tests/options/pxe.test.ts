/** Option 43 of PXE 2.1, octet by octet, and as tshark reads it. */

import t from "tap";
import { decodePxeOptions, encodePxeOptions, type PxeOptions } from "../../lib/options/pxe.js";
import { readTlvs } from "../../lib/options/tlv.js";
import { ip } from "../support/values.js";

const encoded = (options: PxeOptions): string => encodePxeOptions(options).toString("hex");
const decoded = (octets: string): PxeOptions => decodePxeOptions(Buffer.from(octets, "hex"));

/** Each part as PXE 2.1 table 2-1 has it. */
const PARTS: readonly (readonly [string, PxeOptions, string])[] = [
  ["discovery control: the bypass", { discoveryControl: 8 }, "060108ff"],
  ["discovery control: no broadcast, no multicast", { discoveryControl: 3 }, "060103ff"],
  [
    "boot servers",
    { bootServers: [{ type: 0x8000, addresses: [ip("10.99.0.1")] }] },
    `0807${"8000" + "01" + "0a630001"}ff`,
  ],
  ["any server of a type", { bootServers: [{ type: 0x8001, addresses: [] }] }, "0803800100ff"],
  [
    "the menu: local boot",
    { bootMenu: [{ type: 0, label: "Local boot" }] },
    `090d00000a${Buffer.from("Local boot").toString("hex")}ff`,
  ],
  [
    "the menu: the Raspberry Pi's (B20)",
    { bootMenu: [{ type: 0, label: "Raspberry Pi Boot" }], menuPrompt: { seconds: 0, text: "PXE" } },
    `0914000011${Buffer.from("Raspberry Pi Boot").toString("hex")}0a0400505845ff`,
  ],
  ["the prompt: the first item at once", { menuPrompt: { seconds: 0, text: "PXE" } }, "0a0400505845ff"],
  ["the prompt: wait", { menuPrompt: { seconds: 255, text: "" } }, "0a01ffff"],
  ["what was chosen", { bootItem: { type: 0x8000, layer: 0 } }, "470480000000ff"],
];

for (const [name, options, octets] of PARTS) {
  await t.test(`B10 ${name}`, (t) => {
    t.equal(encoded(options), octets);
    t.match(decoded(octets), options);
    t.match(decoded(octets.slice(0, -2)), options, "a client may leave the end out");
    t.match(decoded(`0000${octets}ffff06010f`), options, "pads before, and anything behind the end");
    t.end();
  });
}

await t.test("B10 several parts are in the order of their numbers", (t) => {
  const [type, label] = [0x8000, "a"];
  const whole = {
    menuPrompt: { seconds: 5, text: "?" },
    bootMenu: [{ type, label }],
    bootServers: [{ type, addresses: [ip("10.0.0.1")] }],
    discoveryControl: 3,
  };
  t.strictSame(
    readTlvs(encodePxeOptions(whole)).map(({ code }) => code),
    [6, 8, 9, 10],
  );
  t.match(decoded(encoded(whole)), whole);
  t.end();
});

await t.test("D1 what is malformed counts for nothing, and takes nothing else with it", (t) => {
  for (const octets of ["", "ff", "47", "4704", "47048000", "4700", "470380000000", "47058000000000", "0000"]) {
    t.equal(decoded(octets).bootItem, undefined, JSON.stringify(octets));
  }
  t.match(decoded("0901000602ffff470480010000ff"), { bootMenu: undefined, bootItem: { type: 0x8001, layer: 0 } });
  t.equal(decoded("0805800002 0a000001ff".replace(" ", "")).bootServers, undefined, "fewer addresses than it says");
  t.match(decoded("470480000000 47ff".replace(" ", "")), { bootItem: { type: 0x8000 } }, "one that runs past the end");
  for (let seed = 0; seed < 2000; seed++) {
    const data = Buffer.from(Array.from({ length: seed % 40 }, (_, index) => (seed * 31 + index * 17 * seed) & 255));
    decodePxeOptions(data);
  }
  t.end();
});

await t.test("B11 a part longer than its length can tell is an error of ours", (t) => {
  const bootMenu = Array.from({ length: 20 }, (_, type) => ({ type, label: "a label of a line" }));
  t.throws(() => encodePxeOptions({ bootMenu }), RangeError);
  t.end();
});
