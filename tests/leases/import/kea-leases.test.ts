import t from "tap";
import { parseKeaLeases } from "../../../lib/leases/import/kea-leases.js";
import { macFromBytes, UNKNOWN_MAC } from "../../../lib/net/mac.js";
import { makeLease, sampleLeases, summaryOf } from "../../support/leases.js";
import { clientId, ip, mac } from "../../support/values.js";

const HEADER = "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context";
const LINE = "10.0.0.1,52:54:00:00:00:01,01:52:54:00:00:00:01,3600,1795992760,1,0,0,pc,0,";

const leaseOf = (line: string) => parseKeaLeases(`${HEADER}\n${line}\n`);

await t.test("reads what Kea 2.2.0 wrote: of each address the last line", (t) => {
  const { leases, problems, beside } = parseKeaLeases(sampleLeases("kea-leases4.csv"));
  t.strictSame(problems, []);
  t.strictSame(beside.leftOut, new Map([["earlier entry of a later one", 4]]));
  const starts = 1795989160_000;
  const ends = starts + 3600_000;
  t.strictSame(
    leases,
    [
      { last: 100, number: 1, key: clientId("id:01525400000001"), hostName: "pc" },
      { last: 101, number: 2 },
      { last: 102, number: 3, key: clientId("id:ff00a1b2"), hostName: "ab" },
      { last: 103, mac: UNKNOWN_MAC, state: "declined", ends: starts + 86_400_000 } as const,
      { last: 104, number: 5, state: "released", ends: starts } as const,
      { last: 106, number: 7, hostName: "h7.example.org" },
      { last: 107, mac: macFromBytes(Buffer.from("0011223344556677", "hex")), key: clientId("id:ff12345678") },
      { last: 105, number: 6, state: "released", ends: starts + 1000 } as const,
    ].map(({ last, number, ...more }) => {
      const hardware = mac(`52:54:00:00:00:0${number ?? 0}`);
      const usual = { address: ip(`10.66.0.${last}`), mac: hardware, key: more.mac ?? hardware, starts, ends };
      return makeLease({ ...usual, ...more });
    }),
  );
  t.end();
});

await t.test("columns go by their names: old versions lack some, new ones have more", (t) => {
  const old = "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname";
  const expected = leaseOf(LINE).leases;
  t.equal(expected.length, 1);
  t.strictSame(parseKeaLeases(`${old}\n${LINE.replace(/,0,$/, "")}\n`).leases, expected);
  t.strictSame(parseKeaLeases(`${HEADER},pool_id\n${LINE},7\n`).leases, expected);
  const [first = "", ...rest] = LINE.split(",");
  const [address = "", ...columns] = HEADER.split(",");
  t.strictSame(
    parseKeaLeases(`${[...columns, address].join(",")}\n${[...rest, first].join(",")}\n`).leases,
    expected,
    "in any order",
  );
  t.end();
});

await t.test("a lease without an end, an escaped comma, and a context that is left out", (t) => {
  const { leases, problems, beside } = leaseOf(
    '10.0.0.1,52:54:00:00:00:01,,4294967295,6090956455,1,0,0,a&#x2cb,0,{ "note": "a&#x2c b" }',
  );
  t.strictSame(problems, []);
  t.match(leases, [{ ends: Infinity, starts: 1795989160_000, hostName: "a,b" }]);
  t.strictSame(beside.leftOut, new Map([["user_context", 1]]));
  t.end();
});

await t.test("states of Kea and ours", (t) => {
  for (const [state, ours] of [
    ["0", "bound"],
    ["1", "declined"],
    ["2", "released"],
    ["3", "released"],
  ] as const) {
    t.strictSame(summaryOf(leaseOf(LINE.replace("pc,0,", `pc,${state},`)).leases), [`10.0.0.1 ${ours}`]);
  }
  const nobody = LINE.replace("52:54:00:00:00:01,01:52:54:00:00:00:01,3600", ",,0");
  t.strictSame(summaryOf(leaseOf(`${LINE}\n${nobody}`).leases), [], "an address that nobody is known to have had");
  t.end();
});

await t.test("says what it cannot read and where, and keeps the line before", (t) => {
  const cases: readonly (readonly [line: string, expected: string, got: string])[] = [
    [LINE.replace("10.0.0.1", "10.0.0"), "an IPv4 address that a machine can have as address", '"10.0.0"'],
    [LINE.replace("52:54:00:00:00:01", "52:54:x"), "nothing or a hardware address as hwaddr", '"52:54:x"'],
    [LINE.replace("01:52:54:00:00:00:01", "id"), "nothing or octets in hexadecimal as client_id", '"id"'],
    [LINE.replace("3600", "1h"), "a number of seconds as valid_lifetime", '"1h"'],
    [LINE.replace("1795992760", "now"), "seconds since 1970 as expire", '"now"'],
    [LINE.replace("pc,0", "pc,9"), "a state (0, 1, 2, 3) as state", '"9"'],
    [LINE.replace("52:54:00:00:00:01,01:52:54:00:00:00:01", ","), "a hwaddr or a client_id", '"10.0.0.1,,,3600,'],
    ["10.0.0.1,52:54:00:00:00:01,01:52", "11 cells, not 3", '"10.0.0.1,52:54:00:00:00:01,01:52"'],
  ];
  for (const [line, expected, got] of cases) {
    const { leases, problems } = leaseOf(`${LINE}\n${line}`);
    t.match(problems, [{ line: 3, expected, got }], line);
    t.strictSame(summaryOf(leases), ["10.0.0.1 bound"]);
  }
  t.end();
});
