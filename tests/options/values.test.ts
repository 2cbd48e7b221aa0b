/** What the texts of `[option]` are on the wire, against octets written by hand. */

import t from "tap";
import type { OptionType } from "../../lib/options/registry.js";
import { optionValue, parseOptionValue } from "../../lib/options/values.js";

/** Octets in hexadecimal, some parted by spaces for the reader; undefined for a text that is refused. */
async function encodes(
  rule: string,
  type: OptionType,
  cases: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  await t.test(rule, (t) => {
    for (const [text, octets] of Object.entries(cases)) {
      t.equal(parseOptionValue(type, text)?.toString("hex"), octets?.replaceAll(" ", ""), JSON.stringify(text));
    }
    t.end();
  });
}

const ascii = (text: string): string => Buffer.from(text).toString("hex");

await encodes("an address is four octets", "ipv4", {
  "10.0.0.1": "0a000001",
  "10.0.0.1; 10.0.0.2": undefined,
  "10.0.0": undefined,
  "": undefined,
});

await encodes("A75 addresses are four octets each, and at least one", "ipv4s", {
  "10.0.0.1": "0a000001",
  "10.0.0.1; 10.0.0.2": "0a000001 0a000002",
  "10.0.0.1,10.0.0.2": "0a000001 0a000002",
  "10.0.0.1;": undefined,
  "10.0.0.1 10.0.0.2": undefined,
  "time.example.org": undefined,
});

await encodes("pairs are of an address and its mask or router", "pairs", {
  "10.1.2.3 10.0.0.1": "0a010203 0a000001",
  "10.1.2.3 via 10.0.0.1; 10.1.2.4 10.0.0.2": "0a010203 0a000001 0a010204 0a000002",
  "10.1.2.3": undefined,
  "10.1.2.3 10.0.0.1 10.0.0.2": undefined,
});

await encodes("a boolean is one octet", "boolean", { yes: "01", off: "00", "1": "01", maybe: undefined });
await encodes("uint8", "uint8", { "0": "00", "255": "ff", "256": undefined, "-1": undefined, "": undefined });
await encodes("uint16", "uint16", { "1400": "0578", "65535": "ffff", "65536": undefined, "1.5": undefined });
await encodes("uint16s", "uint16s", { "68; 296;576": "0044 0128 0240", "65536": undefined, "1;;2": undefined });
await encodes("A71 uint32", "uint32", { "300": "0000012c", "4294967295": "ffffffff", "4294967296": undefined });
await encodes("int32 is in two's complement", "int32", {
  "-3600": "fffff1f0",
  "3600": "00000e10",
  "+3600": "00000e10",
  "-2147483648": "80000000",
  "2147483648": undefined,
  "-1.5": undefined,
});

await encodes("A63 a text is ASCII, without a NUL, and not empty", "text", {
  EST5EDT: ascii("EST5EDT"),
  "a; b, c": ascii("a; b, c"),
  "": undefined,
  "k\u00f6ln": undefined,
  "a\u0000": undefined,
  "two\nlines": undefined,
});

await encodes("A63 a URI has no blanks and a scheme", "uri", {
  "https://portal.example/a%20b": ascii("https://portal.example/a%20b"),
  "https://portal.example/a b": undefined,
  "portal.example": undefined,
  "https://k\u00f6ln.example/": undefined,
});

const APPLE = "03 656e67 05 6170706c65 03 636f6d 00";
await encodes("A73 an end that stood there before is a pointer to it", "search", {
  "eng.apple.com; marketing.apple.com": `${APPLE} 09 6d61726b6574696e67 c004`,
  "eng.apple.com, marketing.apple.com": `${APPLE} 09 6d61726b6574696e67 c004`,
  "eng.apple.com.; APPLE.com; eng.apple.com; com": `${APPLE} c004 c000 c00a`,
  "a.example; b.example": "01 61 07 6578616d706c65 00 01 62 c002",
  "a.b; c.a.b; d.c.a.b": "01 61 01 62 00 01 63 c000 01 64 c005",
  [`${"a".repeat(63)}.example`]: `3f ${"61".repeat(63)} 07 6578616d706c65 00`,
  [`${"a".repeat(64)}.example`]: undefined,
  // With their length octets and the root's, 255 and 256 octets.
  [`${"a.".repeat(126)}a`]: `${"0161".repeat(127)} 00`,
  [`${"a.".repeat(127)}a`]: undefined,
  "a..example": undefined,
  "-a.example": undefined,
  "a b.example": undefined,
  ".": undefined,
  "": undefined,
});

await encodes("other lists of names have no pointers", "domains", { "a.b; c.b": "01 61 01 62 00 01 63 01 62 00" });
await encodes("one name is one", "domain", { "a.b": "01 61 01 62 00", "a.b; c.b": undefined });

const VIA = "c0a80701";
await encodes("A74 a route has as many octets of its destination as it needs, host bits zero", "routes", {
  "0.0.0.0/0 via 192.168.7.1": `00 ${VIA}`,
  "default via 192.168.7.1": `00 ${VIA}`,
  "10.0.0.0/8 via 192.168.7.1": `08 0a ${VIA}`,
  "10.17.0.0/16 192.168.7.1": `10 0a11 ${VIA}`,
  "10.27.129.0/24 via 192.168.7.1": `18 0a1b81 ${VIA}`,
  "10.229.0.128/25 via 192.168.7.1": `19 0ae50080 ${VIA}`,
  "10.198.122.47/32 via 192.168.7.1": `20 0ac67a2f ${VIA}`,
  "10.255.255.255/9 via 192.168.7.1": `09 0a80 ${VIA}`,
  "255.255.255.255/1 via 192.168.7.1": `01 80 ${VIA}`,
  "10.17.0.0/16 via 10.0.0.1; 0.0.0.0/0 via 10.0.0.254": "10 0a11 0a000001 00 0a0000fe",
});

await encodes("A74 what is no route is refused", "routes", {
  "10.0.0.0/33 via 192.168.7.1": undefined,
  "10.0.0.0 via 192.168.7.1": undefined,
  "default/0 via 192.168.7.1": undefined,
  "10.0.0.0/8": undefined,
  "10.0.0.0/8 via": undefined,
  "10.0.0/8 via 192.168.7.1": undefined,
  "10.0.0.0/8 via gateway": undefined,
});

await encodes("SIP servers are names or addresses, and the first octet says which (RFC 3361)", "sip", {
  "10.0.0.1; 10.0.0.2": "01 0a000001 0a000002",
  "sip.example": "00 03 736970 07 6578616d706c65 00",
  "sip.example; 10.0.0.1": undefined,
  "10.0.0": undefined,
});

await encodes("what has no type of its own is octets, or names the type", "octets", {
  "0x0601080a": "0601080a",
  "0x06 01 08\n0A": "0601080a",
  "text:EST5EDT": ascii("EST5EDT"),
  "TEXT: two words": ascii("two words"),
  "uint8:8": "08",
  "uint16:8": "0008",
  "uint32:8": "00000008",
  "int32:-1": "ffffffff",
  "ipv4:10.0.0.1; 10.0.0.2": "0a000001 0a000002",
  "domains:a.b": "01 61 01 62 00",
  "uint8:256": undefined,
  "octets:00": undefined,
  "08": undefined,
  "0x": undefined,
  "0x123": undefined,
  "0xgg": undefined,
  hello: undefined,
  "": undefined,
});

await t.test("octets may stand for the value of any type", (t) => {
  for (const type of ["ipv4", "uint8", "text", "search", "routes", "boolean"] as const) {
    t.equal(parseOptionValue(type, "0x0102")?.toString("hex"), "0102", type);
    t.match(optionValue(type).expected, /, or octets such as 0x/);
  }
  t.equal(parseOptionValue("octets", `0x${"00".repeat(1024)}`)?.length, 1024);
  t.equal(parseOptionValue("octets", `0x${"00".repeat(1025)}`), undefined, "but no more than a reply can carry");
  t.end();
});
