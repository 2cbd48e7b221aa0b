/** Options on the wire, against octets written by hand. */

import t from "tap";
import { decodeOptions, encodeOptions } from "../../lib/options/codec.js";
import { DecodeError } from "../../lib/common/byte-reader.js";

/** Options by code, values in hexadecimal, of fields in hexadecimal. */
function decode(options: string, file = "", sname = ""): Readonly<Record<string, string>> {
  const field = (octets: string, size: number): Buffer => Buffer.from(octets.padEnd(size * 2, "0"), "hex");
  const decoded = decodeOptions({
    options: Buffer.from(options, "hex"),
    file: field(file, 128),
    sname: field(sname, 64),
  });
  return Object.fromEntries([...decoded].map(([code, value]) => [code, value.toString("hex")]));
}

function encode(options: readonly (readonly [number, string])[]): string {
  return encodeOptions(new Map(options.map(([code, value]) => [code, Buffer.from(value, "hex")]))).toString("hex");
}

await t.test("A10 pads are skipped and the end option ends it, whatever follows", (t) => {
  t.strictSame(decode("00000035010100003204c0a80701ff"), { 50: "c0a80701", 53: "01" });
  t.strictSame(decode("350101ff320bad"), { 53: "01" }, "what follows the end is not read");
  t.strictSame(decode("ff"), {});
  t.strictSame(decode("0000"), {});
  t.strictSame(decode("00".repeat(65_000)), {});
  t.end();
});

await t.test("A10 an end option that is missing at the very end is not missed", (t) => {
  t.strictSame(decode("350101"), { 53: "01" });
  t.strictSame(decode(""), {});
  t.end();
});

await t.test("A10 D16 an option that runs past its field makes the message one to drop", (t) => {
  for (const octets of ["35", "3501", "350101320404c0a8", "3dff01", "35010137"]) {
    t.throws(() => decode(octets), DecodeError, octets);
  }
  t.throws(() => decode("3501013204c0a8"), { message: "option 50 needs 4 octets where 2 are left at octet 5" });
  t.throws(() => decode("35010132"), { message: /option 50 has no length/ });
  t.end();
});

await t.test("options may be empty, 255 octets long, and many", (t) => {
  t.strictSame(decode("5000ff"), { 80: "" });
  t.strictSame(decode(`37ff${"01".repeat(255)}ff`), { 55: "01".repeat(255) });
  t.strictSame(decode("5000".repeat(1000)), { 80: "" });
  t.end();
});

await t.test("A11 instances of an option are one value, in their order", (t) => {
  t.strictSame(decode("770201020c0161770203040c0162ff"), { 12: "6162", 119: "01020304" });
  t.strictSame(decode("350101350103ff"), { 53: "0103" }, "also where that makes no sense");
  t.end();
});

await t.test("A12 option 52 says where there are more options", (t) => {
  const file = "0c0166ff";
  const sname = "0c0173ff";
  t.strictSame(decode("340101ff", file, sname), { 12: "66", 52: "01" }, "1: in file");
  t.strictSame(decode("340102ff", file, sname), { 12: "73", 52: "02" }, "2: in sname");
  t.strictSame(decode("340103ff", file, sname), { 12: "6673", 52: "03" }, "3: in both, file first (RFC 3396 5)");
  t.strictSame(
    decode("0c01303401030c0131ff", file, sname),
    { 12: "30316673", 52: "03" },
    "after those of its own field",
  );
  t.end();
});

await t.test("A12 an option 52 that says something else is ignored", (t) => {
  const file = "0c0166ff";
  for (const value of ["340100", "340104", "3401ff", "34020101", "3400", "340101340101"]) {
    t.strictSame(decode(`${value}ff`, file, file)["12"], undefined, value);
  }
  t.strictSame(decode("ff", file, file), {}, "as is none at all");
  t.end();
});

await t.test("A12 an option 52 in file or sname leads nowhere", (t) => {
  t.strictSame(decode("340101ff", "340103ff", "0c0173ff"), { 52: "0103" });
  t.strictSame(decode("340102ff", "0c0166ff", "340103ff"), { 52: "0203" });
  t.end();
});

await t.test("A12 an option that runs past file or sname makes the message one to drop", (t) => {
  t.throws(() => decode("340101ff", "000cff"), DecodeError);
  t.throws(() => decode("340102ff", "", `${"00".repeat(62)}0c05`), DecodeError);
  t.end();
});

await t.test("options are written in their order, then the end option", (t) => {
  t.equal(encode([]), "ff");
  t.equal(
    encode([
      [53, "02"],
      [1, "ffffff00"],
      [80, ""],
    ]),
    "3501020104ffffff005000ff",
  );
  t.equal(encode([[12, "61".repeat(255)]]), `0cff${"61".repeat(255)}ff`);
  t.end();
});

await t.test("A13 what one option does not hold goes on in further ones, all but the last of 255 octets", (t) => {
  const value = (length: number): string => "61".repeat(length);
  t.equal(encode([[119, value(256)]]), `77ff${value(255)}770161ff`);
  t.equal(encode([[119, value(510)]]), `77ff${value(255)}77ff${value(255)}ff`);
  const long = Array.from({ length: 700 }, (_, index) => (index % 256).toString(16).padStart(2, "0")).join("");
  const octets = encode([
    [121, long],
    [3, "c0a80701"],
  ]);
  t.strictSame(decode(octets), { 3: "c0a80701", 121: long }, "A11 and is one value again");
  t.equal(octets.length / 2, 700 + 3 * 2 + 6 + 1);
  t.end();
});

await t.test("B16 a pad follows option 67, for firmware that writes a NUL behind it", (t) => {
  t.equal(
    encode([
      [67, "626f6f74"],
      [3, "c0a80701"],
    ]),
    "4304626f6f74000304c0a80701ff",
  );
  t.equal(encode([[67, "626f6f74"]]), "4304626f6f7400ff");
  t.end();
});
