import { isDeepStrictEqual } from "node:util";
import t from "tap";
import { formatCsv, parseCsv } from "../../../lib/leases/import/csv.js";
import { parseDnsmasqLeases } from "../../../lib/leases/import/dnsmasq-leases.js";
import { importLeases, type Imported } from "../../../lib/leases/import/import.js";
import { linesOf } from "../../../lib/leases/import/imported.js";
import { parseIscLeases } from "../../../lib/leases/import/isc-leases.js";
import { parseKeaLeases } from "../../../lib/leases/import/kea-leases.js";
import { makeName, sampleLeases } from "../../support/leases.js";
import { processorTime } from "../../support/processor-time.js";
import { SeededRandom } from "../../support/random.js";

const SAMPLES = {
  "leases.csv": "csv",
  "dnsmasq.leases": "dnsmasq",
  "dhcpd.leases": "isc-dhcpd",
  "kea-leases4.csv": "kea",
  "dhcpd-epoch.leases": "isc-dhcpd",
  "dhcpd-failover.leases": "isc-dhcpd",
} as const;

const PARSERS = { importLeases, parseCsv, parseDnsmasqLeases, parseIscLeases, parseKeaLeases };

await t.test("recognises each format, also with other ends of lines", (t) => {
  const parsers = { csv: parseCsv, dnsmasq: parseDnsmasqLeases, "isc-dhcpd": parseIscLeases, kea: parseKeaLeases };
  for (const [name, format] of Object.entries(SAMPLES)) {
    const text = sampleLeases(name);
    const expected = { format, ...parsers[format](text) };
    t.ok(expected.leases.length > 0);
    t.strictSame(importLeases(text), expected, name);
    const { leases } = importLeases(`\uFEFF\r\n \n${text}`);
    t.strictSame(leases, expected.leases, `${name} with a byte order mark and empty lines before`);
    t.strictSame(importLeases(text.replaceAll("\n", "\r\n")), expected, `${name} with CR LF`);
  }
  t.end();
});

await t.test("recognises files that hold little", (t) => {
  for (const [text, format] of [
    ["duid 00:01:00:01\n1795279295 7798786 fd00:77::152 * 00:01\n", "dnsmasq"],
    ["# The format of this file is documented in the dhcpd.leases(5) manual page.\n", "isc-dhcpd"],
    ["server-duid 00:01;\n", "isc-dhcpd"],
    ["lease 10.0.0.1 {", "isc-dhcpd"],
    ["address,mac,client_id,state,starts,ends,host_name", "csv"],
    ["address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname\n", "kea"],
  ] as const) {
    const { format: found, leases } = importLeases(text);
    t.equal(found, format, text);
    t.strictSame(leases, []);
  }
  t.end();
});

await t.test("a text that is none of them is one problem", (t) => {
  for (const [text, line, got] of [
    ["", 1, '""'],
    ["\n# nothing\n", 1, '""'],
    ["\n[bootpd]\npool_start = 10.0.0.1\n", 2, '"[bootpd]"'],
    ["PK\x03\x04\0\0", 1, '"PK\\u0003\\u0004\\u0000\\u0000"'],
    ["address;mac;client_id\n", 1, '"address;mac;client_id"'],
  ] as const) {
    t.strictSame(importLeases(text), {
      format: undefined,
      leases: [],
      problems: [
        {
          line,
          expected: "leases as CSV, of dnsmasq (dnsmasq.leases), ISC dhcpd (dhcpd.leases) or Kea (kea-leases4.csv)",
          got,
        },
      ],
    });
  }
  t.end();
});

/** One of the texts with pieces of it, of others or of nonsense taken out, put in or repeated. */
function mutate(text: string, others: readonly string[], random: SeededRandom): string {
  let result = text;
  for (let count = 1 + random.below(4); count > 0; count--) {
    const from = random.below(result.length + 1);
    const to = Math.min(result.length, from + random.below(random.of([3, 40, 1000])));
    const donor = random.of(others);
    const place = random.below(donor.length);
    const piece = random.of([
      "",
      result.slice(from, to).repeat(2),
      donor.slice(place, place + random.below(200)),
      makeName(random),
      random.of(["{", "}", ";", '"', "#", "\\", "\n", "\r", ",", "*", "-", ":", "/", "0", "9".repeat(30)]),
      String.fromCharCode(random.below(0x10000)),
    ]);
    result = random.below(8) === 0 ? result.slice(0, from) : result.slice(0, from) + piece + result.slice(to);
  }
  return result;
}

/** What is wrong with what a parser made of a text; undefined where all is as it should be. */
function faultOf({ leases, problems }: Imported, text: string): string | undefined {
  const lines = linesOf(text).length;
  if (problems.some(({ line }) => !Number.isInteger(line) || line < 1 || line > lines)) return "a line there is not";
  if (problems.some(({ got }) => got.length > 500 || /\p{Cc}/u.test(got))) return "a problem that cannot be shown";
  if (new Set(leases.map(({ address }) => address)).size !== leases.length) return "an address twice";
  if (leases.some(({ starts, ends }) => Number.isNaN(starts) || Number.isNaN(ends))) return "a time that is none";
  if (leases.some(({ key, mac }) => key !== mac && !/^id:(?:[0-9a-f]{2}){2,255}$/.test(key))) return "an key";
  if (!isDeepStrictEqual(parseCsv(formatCsv(leases)).leases, leases)) return "a lease that is another after export";
  return undefined;
}

await t.test("no text makes a parser throw, or say what is not so", (t) => {
  const random = new SeededRandom(20261121);
  const samples = Object.keys(SAMPLES).map(sampleLeases);
  const faults: string[] = [];
  let read = 0;
  for (let count = 0; count < 5000 && faults.length === 0; count++) {
    const text = mutate(random.of(samples), samples, random);
    for (const [name, parse] of Object.entries(PARSERS)) {
      const imported = parse(text);
      const fault = faultOf(imported, text);
      if (fault !== undefined) faults.push(`${name}: ${fault}: ${JSON.stringify(text)}`);
      read += imported.leases.length;
    }
  }
  t.strictSame(faults, []);
  t.ok(read > 10_000, `many leases were read (${read})`);
  t.end();
});

await t.test("long texts take time that grows with their length only", (t) => {
  const pieces = [
    "a",
    " ",
    '"',
    '""',
    "\\",
    '"\\',
    "{",
    "}",
    ";",
    "a ",
    "lease 10.0.0.1 {",
    "01:",
    ",",
    "'",
    "-",
    "9",
    "#",
  ];
  pieces.push("\n", "\r", '"\n', "1 1 1 1 1\n", ",,,,,,\n", "starts 6 2026/11/21 15:00:00;");
  const slow: string[] = [];
  for (const piece of pieces) {
    for (const start of ["", `${sampleLeases("leases.csv")}"`, "lease 10.0.0.1 {\nuid ", "1795318884 "]) {
      const text = start + piece.repeat(100_000 / piece.length);
      const took = processorTime(() => {
        for (const parse of Object.values(PARSERS)) parse(text);
      });
      if (took > 5000) slow.push(`${JSON.stringify(start + piece)}: ${took} ms`);
    }
  }
  t.strictSame(slow, []);
  t.end();
});
