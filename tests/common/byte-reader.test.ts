import t from "tap";
import { ByteReader } from "../../lib/common/byte-reader.js";

await t.test("reads big-endian fields in order", (t) => {
  const reader = new ByteReader(Buffer.from("01 0203 04050607 0809 616200 63".replaceAll(" ", ""), "hex"));
  t.equal(reader.uint8("a"), 1);
  t.equal(reader.uint16("b"), 0x0203);
  t.equal(reader.uint32("c"), 0x04050607);
  t.strictSame(reader.bytes(2, "d"), Buffer.from([8, 9]));
  t.equal(reader.offset, 9);
  t.equal(reader.zeroTerminated("e").toString(), "ab");
  t.equal(reader.remaining, 1);
  t.equal(reader.uint8("f"), 0x63);
  t.strictSame(reader.bytes(0, "g"), Buffer.alloc(0), "no octets can be read at the end");
  t.equal(reader.remaining, 0);
  t.end();
});

await t.test("never reads past the end, and names the field and the place", (t) => {
  const cases: Readonly<Record<string, readonly [octets: number, (reader: ByteReader) => unknown]>> = {
    "kind needs 1 octet where 0 are left at octet 2": [2, (reader) => reader.uint8("kind")],
    "kind needs 2 octets where 1 is left at octet 2": [3, (reader) => reader.uint16("kind")],
    "kind needs 4 octets where 3 are left at octet 2": [5, (reader) => reader.uint32("kind")],
    "kind needs 9 octets where 8 are left at octet 2": [10, (reader) => reader.bytes(9, "kind")],
    "kind has no terminating NUL at octet 2": [9, (reader) => reader.zeroTerminated("kind")],
  };
  for (const [message, [length, read]] of Object.entries(cases)) {
    const reader = new ByteReader(Buffer.alloc(length, 0xff));
    reader.uint16("header");
    t.throws(() => read(reader), { name: "DecodeError", message });
    t.equal(reader.offset, 2, "nothing was read");
  }
  t.end();
});
