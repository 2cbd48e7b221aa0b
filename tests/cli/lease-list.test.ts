import t from "tap";
import { formatLeaseTable, leaseToJson } from "../../lib/cli/lease-list.js";
import { makeLease, makeName } from "../support/leases.js";
import { SeededRandom } from "../support/random.js";
import { clientId, ip, mac } from "../support/values.js";

process.env["TZ"] = "Europe/Berlin";

const NOW = Date.UTC(2026, 10, 21, 12);
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

await t.test("a table has aligned columns, by address", (t) => {
  const leases = [
    makeLease({ address: ip("192.168.1.20"), ends: NOW + 3 * HOUR, hostName: "build-01" }),
    makeLease({ address: ip("10.0.0.100"), ends: Infinity, key: clientId("id:015254"), hostName: "Büro 😀" }),
    makeLease({ address: ip("10.0.0.20"), ends: NOW - 50 * HOUR, mac: mac("52:54:00:00:00:02") }),
    makeLease({ address: ip("200.0.0.1"), state: "declined", hostName: "x\x1b[2J\u202e\n" }),
  ];
  t.strictSame(formatLeaseTable(leases, NOW).split("\n"), [
    "ADDRESS       MAC                STATE     ENDS                        HOST NAME               CLIENT ID",
    "10.0.0.20     52:54:00:00:00:02  expired   2026-11-19 11:00 (2 d ago)  -                       -",
    "10.0.0.100    52:54:00:00:00:01  bound     never                       Büro 😀                  015254",
    "192.168.1.20  52:54:00:00:00:01  bound     2026-11-21 16:00 (in 3 h)   build-01                -",
    "200.0.0.1     52:54:00:00:00:01  declined  2026-11-22 13:00 (in 24 h)  x\\u001b[2J\\u202e\\u000a  -",
    "",
  ]);
  t.equal(leases[0]?.address, ip("192.168.1.20"), "the leases are left in their order");
  t.equal(formatLeaseTable([], NOW), "ADDRESS  MAC  STATE  ENDS  HOST NAME  CLIENT ID\n");
  t.end();
});

await t.test("states: a bound lease that has ended is expired", (t) => {
  for (const [state, ends, shown] of [
    ["bound", NOW + 1, "bound"],
    ["bound", NOW, "expired"],
    ["bound", Infinity, "bound"],
    ["released", NOW - 1, "released"],
    ["declined", NOW - 1, "declined"],
  ] as const) {
    t.equal(leaseToJson(makeLease({ state, ends }), NOW).state, shown);
    t.match(formatLeaseTable([makeLease({ state, ends })], NOW), ` ${shown} `);
  }
  t.end();
});

await t.test("distances in time are told in whole units", (t) => {
  for (const [distance, shown] of [
    [0, "now"],
    [999, "now"],
    [SECOND, "in 1 s"],
    [-59 * SECOND, "59 s ago"],
    [MINUTE, "in 1 min"],
    [HOUR - 1, "in 59 min"],
    [-HOUR, "1 h ago"],
    [2 * DAY - 1, "in 47 h"],
    [2 * DAY, "in 2 d"],
    [-400 * DAY, "400 d ago"],
  ] as const) {
    t.match(formatLeaseTable([makeLease({ ends: NOW + distance })], NOW), `(${shown})`);
  }
  t.end();
});

await t.test("no name breaks the table or reaches a terminal as a command", (t) => {
  const random = new SeededRandom(5);
  const names = Array.from({ length: 2000 }, () => makeName(random));
  t.strictSame(
    names.filter((hostName) => {
      const table = formatLeaseTable([makeLease({ hostName })], NOW);
      return table.split("\n").length !== 3 || /[\p{C}\p{Zl}]/u.test(table.replaceAll("\n", ""));
    }),
    [],
  );
  t.end();
});

await t.test("a lease as JSON", (t) => {
  t.strictSame(leaseToJson(makeLease({ key: clientId("id:01525400"), hostName: "pc" }), NOW), {
    address: "10.0.0.1",
    mac: "52:54:00:00:00:01",
    client_id: "01525400",
    state: "bound",
    starts: "2026-11-21T12:00:00.000Z",
    ends: "2026-11-22T12:00:00.000Z",
    host_name: "pc",
  });
  t.match(leaseToJson(makeLease({ ends: Infinity }), NOW), { client_id: null, ends: null, host_name: null });
  t.end();
});
