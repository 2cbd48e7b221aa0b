import t from "tap";
import { UNKNOWN_MAC } from "../../../lib/net/mac.js";
import { parseIscLeases } from "../../../lib/leases/import/isc-leases.js";
import { makeLease, sampleLeases, summaryOf } from "../../support/leases.js";
import { clientId, ip, mac } from "../../support/values.js";

const HARDWARE = "hardware ethernet 52:54:00:00:00:01;";

/** What an entry of 10.0.0.1 with these statements is read as. */
function parseEntry(statements: string) {
  return parseIscLeases(`lease 10.0.0.1 {\n${statements}\n}\n`);
}

await t.test("reads what dhcpd 4.4.3 wrote", (t) => {
  const { leases, problems } = parseIscLeases(sampleLeases("dhcpd.leases"));
  t.strictSame(problems, []);
  t.strictSame(summaryOf(leases), [
    "192.168.77.201 bound",
    "192.168.77.202 bound",
    "192.168.77.203 bound",
    "192.168.77.204 bound",
    "192.168.77.200 bound",
    "192.168.77.205 declined",
    "192.168.77.206 declined",
    "192.168.77.207 declined",
    "192.168.77.208 declined",
    "192.168.77.209 declined",
    "192.168.77.210 bound",
  ]);
  const byAddress = new Map(leases.map((lease) => [lease.address, lease]));
  const starts = Date.UTC(2026, 10, 21, 15, 41, 41);
  t.strictSame(
    byAddress.get(ip("192.168.77.202")),
    makeLease({
      address: ip("192.168.77.202"),
      key: clientId("id:ff00112233000100012e0f"),
      mac: mac("52:54:00:77:00:03"),
      starts,
      ends: starts + 12 * 3_600_000,
      hostName: "=cmd|x",
    }),
  );
  t.match(byAddress.get(ip("192.168.77.200")), { key: "id:01525400770001", ends: Infinity, hostName: "build-01" });
  t.match(byAddress.get(ip("192.168.77.201")), { key: "52:54:00:77:00:02", hostName: undefined });
  t.match(byAddress.get(ip("192.168.77.205")), { key: UNKNOWN_MAC, mac: UNKNOWN_MAC }, "of no known machine");
  t.end();
});

await t.test("reads times and identifiers in their other form", (t) => {
  const { leases, problems } = parseIscLeases(sampleLeases("dhcpd-epoch.leases"));
  t.strictSame(problems, []);
  t.strictSame(leases, [
    makeLease({
      address: ip("192.168.77.200"),
      key: clientId("id:01525400770102"),
      mac: mac("52:54:00:77:01:02"),
      starts: 1795275775000,
      ends: 1795318975000,
      hostName: "local",
    }),
    makeLease({
      address: ip("192.168.77.201"),
      key: mac("52:54:00:77:01:01"),
      mac: mac("52:54:00:77:01:01"),
      starts: 1795275776000,
      ends: 1795318976000,
    }),
  ]);
  t.end();
});

await t.test("the last entry of an address counts; nested and foreign blocks do not", (t) => {
  const { leases, problems } = parseIscLeases(sampleLeases("dhcpd-failover.leases"));
  t.strictSame(problems, []);
  t.strictSame(summaryOf(leases), ["10.0.0.50 released", "10.0.0.52 released", "10.0.0.53 bound"]);
  t.match(leases[0], {
    key: clientId("id:01525400000050"),
    ends: Date.UTC(2026, 10, 17, 9, 1, 12),
    hostName: 'Büro "West"',
  });
  t.match(leases[1], { mac: "80:00:02:08:fe:80:00:00:00:00:00:00:00:02:c9:03" });
  t.end();
});

await t.test("D10 a file that is cut off anywhere gives all leases before that", (t) => {
  const text = sampleLeases("dhcpd-failover.leases");
  const body = text.lastIndexOf("lease 10.0.0.53") + "lease 10.0.0.53 {".length;
  const line = text.slice(0, body).split("\n").length;
  for (let length = body; length <= text.trimEnd().length - 1; length++) {
    const { leases, problems } = parseIscLeases(text.slice(0, length));
    t.strictSame(summaryOf(leases), ["10.0.0.50 released", "10.0.0.52 released"]);
    t.strictSame(problems, [{ line, expected: "a lease that ends with }", got: "the end of the text" }]);
  }
  const { problems } = parseIscLeases(`${text}\0\0\0`);
  t.match(problems, [{ expected: "a statement that ends with ;", got: "the end of the text" }]);
  t.match(parseIscLeases(`${text}host x {`).problems, [{ expected: "a block that ends with }" }]);
  t.match(parseIscLeases(`${text}{`).problems, [{ line: text.split("\n").length }]);
  t.end();
});

await t.test("an entry that was cut off and written on behind costs itself only", (t) => {
  for (const cut of ["", "starts 6 2026/11/21 1", "ends never; ", "on expiry { log (info, ", 'client-hostname "a']) {
    const { leases, problems } = parseIscLeases(
      `lease 10.0.0.1 {\n${cut};\nlease 10.0.0.2 {\n${HARDWARE}\n}\nlease 10.0.0.3 { ${HARDWARE} }`,
    );
    t.ok(summaryOf(leases).includes("10.0.0.3 bound"), cut);
    t.notOk(summaryOf(leases).includes("10.0.0.1 bound"));
    t.ok(problems.some(({ line }) => line === 1));
  }
  t.end();
});

await t.test("states of dhcpd and ours", (t) => {
  for (const [state, ours, without] of [
    ["active", ["10.0.0.1 bound"], []],
    ["abandoned", ["10.0.0.1 declined"], ["10.0.0.1 declined"]],
    ["free", ["10.0.0.1 released"], []],
    ["released", ["10.0.0.1 released"], []],
    ["expired", ["10.0.0.1 released"], []],
    ["reset", ["10.0.0.1 released"], []],
    ["backup", ["10.0.0.1 released"], []],
  ] as const) {
    const states = `binding state ${state}; next binding state active; rewind binding state nonsense;`;
    t.strictSame(summaryOf(parseEntry(`${states} ${HARDWARE}`).leases), ours, state);
    t.strictSame(summaryOf(parseEntry(states).leases), without, `${state}, machine unknown`);
  }
  t.strictSame(summaryOf(parseEntry(HARDWARE).leases), ["10.0.0.1 bound"], "none is told");
  t.end();
});

await t.test("a machine is known by its identifier too", (t) => {
  t.match(parseEntry("uid 01:52:54;").leases, [{ key: "id:015254", mac: UNKNOWN_MAC }]);
  t.match(parseEntry(`uid "\\001"; ${HARDWARE}`).leases, [{ key: mac("52:54:00:00:00:01") }], "not by a single octet");
  t.match(parseEntry(`uid "a\\x0ab\\"c\\\\\\t\\q\\1234é"; ${HARDWARE}`).leases, [
    { key: `id:${Buffer.from('a\nb"c\\\tqS4é').toString("hex")}` },
  ]);
  t.strictSame(parseEntry("ends never;").problems, [
    { line: 1, expected: "a lease with `hardware` or `uid`", got: "neither" },
  ]);
  t.end();
});

await t.test("names are UTF-8 where they can be", (t) => {
  for (const [text, hostName] of [
    ["B\\303\\274ro", "Büro"],
    ["B\\374ro", "Büro"],
    ["Büro", "Büro"],
    ["", ""],
  ] as const) {
    t.match(parseEntry(`${HARDWARE} client-hostname "${text}";`).leases, [{ hostName }]);
  }
  t.end();
});

await t.test("says what it cannot read and where, and keeps the entry before", (t) => {
  const before = `lease 10.0.0.1 { ${HARDWARE} client-hostname "before"; }\n`;
  for (const [statement, expected] of [
    ["starts 6 2026/13/21 15:23:50;", /^a time as/],
    ["starts 6 2026/11/21;", /^a time as/],
    ["starts;", /^a time as/],
    ["starts never;", /^a time as/],
    ["ends epoch 99999999999999999999;", /^a time as/],
    ["ends epoch x;", /^a time as/],
    ["binding state weird;", /^a state \(active, /],
    ["hardware ethernet 52:54:00:00:00:zz;", "a type and a hardware address"],
    ["hardware ethernet;", "a type and a hardware address"],
    ["uid x;", "a client identifier"],
    ["client-hostname x;", "a host name in quotes"],
    ['client-hostname "x\n;', "a host name in quotes"],
    ["ends never", "a statement that ends with ;"],
  ] as const) {
    const { leases, problems } = parseIscLeases(`${before}lease 10.0.0.1 {\n${HARDWARE}\n${statement}\n}\n`);
    t.match(leases, [{ hostName: "before" }], statement);
    t.match(problems, [{ line: 4, expected }]);
    t.equal(problems.length, 1);
  }
  t.match(parseIscLeases(`lease 10.0.0.256 { ${HARDWARE} }\n${before}`), {
    leases: [{ hostName: "before" }],
    problems: [{ line: 1, expected: "a lease's IPv4 address behind `lease`", got: '"10.0.0.256"' }],
  });
  t.match(parseIscLeases(`lease {\n interface "eth0";\n fixed-address 10.0.0.7;\n}\n}`).problems, [
    { line: 1, got: '"{"' },
    { line: 5, expected: "a block before its }", got: "a }" },
  ]);
  t.end();
});

/** How many statements of each kind were left out, as `2 cltt`, in the order of the kinds. */
function leftOutOf(text: string): readonly string[] {
  return [...parseIscLeases(text).beside.leftOut].map(([kind, count]) => `${count} ${kind}`).sort();
}

await t.test("reads the hosts that dhcpd 4.4.3 wrote when omshell told it of them", (t) => {
  const { leases, problems, beside } = parseIscLeases(sampleLeases("dhcpd-omapi.leases"));
  t.strictSame(leases, []);
  t.strictSame(problems, []);
  const nas = mac("52:54:00:00:00:01");
  t.strictSame(beside.reservations, [
    { address: ip("10.77.0.9"), key: nas, mac: nas, hostName: "nas" },
    { address: ip("10.77.0.10"), key: "id:01525400000002", mac: UNKNOWN_MAC, hostName: undefined },
  ]);
  t.strictSame(
    [...beside.leftOut],
    [
      ["authoring-byte-order", 1],
      ["server-duid", 1],
      ["supersede", 1],
      ["earlier entry of a later one", 1],
      ["deleted host", 1],
    ],
  );
  t.end();
});

await t.test("hosts that dhcpd was told of by OMAPI are reservations", (t) => {
  const host = (name: string, ...statements: readonly string[]) => `host ${name} {\n  ${statements.join("\n  ")}\n}\n`;
  const { leases, problems, beside } = parseIscLeases(
    [
      host("nas", "dynamic;", HARDWARE, "fixed-address 10.0.0.9;"),
      host("nas", "dynamic;", HARDWARE, "fixed-address 10.0.0.10;", 'supersede host-name = "nas.example";'),
      host('"two words"', "dynamic;", 'uid "\\001RT\\000\\000\\000\\002";', "fixed-address 10.0.0.11, 10.1.0.11;"),
      host("gone", "dynamic;", "hardware ethernet 52:54:0:0:0:3;", "fixed-address 10.0.0.12;"),
      host("gone", "dynamic;", "deleted;"),
      host("both", "hardware ethernet 52:54:0:0:0:4;", "uid 01:52:54:0:0:0:4;", "fixed-address 10.0.0.13;"),
      host("named", "dynamic;", "hardware ethernet 52:54:0:0:0:5;", 'group "printers";', 'option host-name "a b";'),
      host("empty", "dynamic;"),
    ].join(""),
  );
  t.strictSame(leases, []);
  t.strictSame(problems, []);
  const [first, second] = [mac("52:54:00:00:00:01"), mac("52:54:00:00:00:04")];
  t.strictSame(beside.reservations, [
    { address: ip("10.0.0.10"), key: first, mac: first, hostName: "nas.example" },
    { address: ip("10.0.0.11"), key: "id:01525400000002", mac: UNKNOWN_MAC, hostName: undefined },
    { address: ip("10.1.0.11"), key: "id:01525400000002", mac: UNKNOWN_MAC, hostName: undefined },
    { address: ip("10.0.0.13"), key: second, mac: second, hostName: undefined },
  ]);
  t.strictSame(
    [...beside.leftOut],
    [
      ["earlier entry of a later one", 2],
      ["deleted host", 1],
      ["uid beside hardware", 1],
      ["group", 1],
      ["option", 1],
      ["host without fixed-address", 1],
      ["host without hardware or uid", 1],
    ],
  );
  t.end();
});

await t.test("a host that cannot be read is told, and those before it stay", (t) => {
  for (const [statement, expected] of [
    ["hardware ethernet 52:54:00;", "a type and the six octets of a MAC address"],
    ['uid "a;', "a client identifier"],
    ["fixed-address nas.example.org;", "IPv4 addresses that a machine can have"],
    ["fixed-address;", "IPv4 addresses that a machine can have"],
    ["fixed-address 10.0.0.9, 10.0.0.300;", "IPv4 addresses that a machine can have"],
  ] as const) {
    const before = `host nas { ${HARDWARE} fixed-address 10.0.0.9; }\n`;
    const { beside, problems } = parseIscLeases(`${before}host nas {\n${HARDWARE}\n${statement}\n}\n`);
    t.match(beside.reservations, [{ address: ip("10.0.0.9") }], statement);
    t.match(problems, [{ line: 4, expected }], statement);
    t.equal(problems.length, 1);
  }
  const { leases, problems } = parseIscLeases(
    `lease 10.0.0.1 {\nhost nas { ${HARDWARE} }\nlease 10.0.0.2 { ${HARDWARE} }`,
  );
  t.strictSame(summaryOf(leases), ["10.0.0.2 bound"]);
  t.match(problems, [{ line: 1, expected: "a lease that ends with }", got: "a host at line 2" }]);
  t.end();
});

await t.test("reads what OpenBSD's dhcpd wrote", (t) => {
  const text = [
    "lease 10.0.0.1 {",
    "\tstarts 6 2026/11/21 15:23:50 UTC;",
    "\tends 0 2026/11/22 03:23:50 UTC;",
    "\thardware ethernet 52:54:00:00:00:01;",
    "\tuid 01:52:54:00:00:00:01;",
    '\tclient-hostname "pc";',
    "}",
    "lease 10.0.0.2 {",
    "\tstarts 6 2026/11/21 15:23:50 UTC;",
    "\tends 0 2026/11/22 03:23:50 UTC;",
    "\tabandoned;",
    "}",
    "lease 10.0.0.3 {",
    "\tstarts epoch 1795274630;",
    "\tends epoch 1795317830;",
    "\thardware ethernet 52:54:00:00:00:03;",
    "\tabandoned;",
    "}",
    "",
  ].join("\n");
  const starts = Date.UTC(2026, 10, 21, 15, 23, 50);
  const times = { starts, ends: starts + 12 * 3_600_000 };
  const { leases, problems } = parseIscLeases(text);
  t.strictSame(problems, []);
  t.match(leases, [
    { key: "id:01525400000001", state: "bound", hostName: "pc", ...times },
    { mac: UNKNOWN_MAC, state: "declined", ...times },
    { mac: mac("52:54:00:00:00:03"), state: "declined", ...times },
  ]);
  t.strictSame(leftOutOf(text), []);
  t.end();
});

await t.test("a time of another zone is not taken for one of UTC", (t) => {
  for (const zone of ["CET", "+0100", "UTC x"]) {
    const { leases, problems } = parseEntry(`${HARDWARE}\nends 6 2026/11/21 15:23:50 ${zone};`);
    t.strictSame(leases, [], zone);
    t.match(problems, [{ line: 3, expected: /in UTC/, got: new RegExp(zone.replace("+", "\\+")) }]);
  }
  t.end();
});

await t.test("a quoted text that does not end is told once, and makes the whole text doubtful", (t) => {
  const end = `\n${HARDWARE}\n}\nlease 10.0.0.2 {\n${HARDWARE}\n}\n`;
  for (const [statement, expected] of [
    ['client-hostname "a;', "a host name in quotes"],
    ['set seen = "a;', "a quoted text that ends on its line"],
    ['on expiry { log (info, "a); }', "a quoted text that ends on its line"],
  ] as const) {
    const { beside, problems } = parseIscLeases(`lease 10.0.0.1 {\n${statement}${end}`);
    t.equal(beside.broken, true, statement);
    t.match(problems[0], { line: 2, expected });
    t.equal(problems.filter(({ line }) => line === 2).length, 1);
  }
  t.equal(parseIscLeases('server-duid "a;\nlease 10.0.0.1 {').beside.broken, true);
  t.equal(parseIscLeases('lease 10.0.0.1 { client-hostname "a').beside.broken, false, "cut off with the text");
  t.equal(parseIscLeases(sampleLeases("dhcpd-failover.leases")).beside.broken, false);
  t.end();
});

await t.test("what is not taken is counted by its kind", (t) => {
  t.strictSame(leftOutOf(sampleLeases("dhcpd-failover.leases")), [
    "1 atsfp",
    "1 authoring-byte-order",
    "1 cltt",
    "1 failover",
    "1 free lease of no machine",
    "1 group",
    "1 next binding state",
    "1 on",
    "1 option",
    "1 reserved",
    "1 server-duid",
    "1 supersede",
    "1 tstp",
    "2 earlier entry of a later one",
    "2 tsfp",
  ]);
  t.strictSame(leftOutOf('ia-na "a" { iaaddr fd00::1 { } }\nclass "x" { }\nrewind binding state free;'), [
    "1 class",
    "1 ia-na",
    "1 rewind binding state",
  ]);
  t.end();
});
