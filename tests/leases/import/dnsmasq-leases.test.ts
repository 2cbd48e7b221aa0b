import t from "tap";
import { parseDnsmasqLeases } from "../../../lib/leases/import/dnsmasq-leases.js";
import { UNKNOWN_MAC } from "../../../lib/net/mac.js";
import { makeLease, sampleLeases, summaryOf } from "../../support/leases.js";
import { clientId, ip, mac } from "../../support/values.js";

const LINE = "1795318884 52:54:00:00:00:01 10.0.0.1 pc 01:52:54:00:00:00:01";

await t.test("reads what dnsmasq 2.90 wrote, without the leases of DHCPv6", (t) => {
  const { leases, problems } = parseDnsmasqLeases(sampleLeases("dnsmasq.leases"));
  t.strictSame(problems, []);
  t.strictSame(
    leases,
    [
      { address: "192.168.77.104", number: 5, ends: 1795318893000 },
      {
        address: "192.168.77.103",
        number: 4,
        ends: 1795318890000,
        key: clientId("id:01525400770004"),
        hostName: "guest",
      },
      { address: "192.168.77.102", number: 3, ends: 1795318887000, key: clientId("id:ff00112233000100012e0f") },
      { address: "192.168.77.101", number: 2, ends: 1795318884000 },
      {
        address: "192.168.77.100",
        number: 1,
        ends: Infinity,
        key: clientId("id:01525400770001"),
        hostName: "build-01",
      },
    ].map(({ address, number, ends, key, hostName }) => {
      const hardware = mac(`52:54:00:77:00:0${number}`);
      return makeLease({ address: ip(address), mac: hardware, key: key ?? hardware, starts: 0, ends, hostName });
    }),
  );
  t.end();
});

await t.test("the type of the hardware is left out", (t) => {
  for (const [text, hardware] of [
    ["06-52:54:00:00:00:01", "52:54:00:00:00:01"],
    ["20-80:00:02:08:fe:80:00:00:00:00:00:00", "80:00:02:08:fe:80:00:00:00:00:00:00"],
    ["20-", UNKNOWN_MAC],
  ] as const) {
    const { leases, problems } = parseDnsmasqLeases(LINE.replace("52:54:00:00:00:01", text));
    t.strictSame(problems, []);
    t.match(leases, [{ mac: hardware, key: "id:01525400000001" }], text);
  }
  t.end();
});

await t.test("an identifier that is too short to be option 61 is none", (t) => {
  t.match(parseDnsmasqLeases(LINE.replace("01:52:54:00:00:00:01", "01")).leases, [{ key: "52:54:00:00:00:01" }]);
  t.end();
});

await t.test("D10 says what it cannot read and where, and reads the rest", (t) => {
  const other = LINE.replace("10.0.0.1", "10.0.0.2");
  const fields = "`expiry mac address hostname client-id`";
  const address = "an IPv4 address that a machine can have";
  for (const [line, expected, got] of [
    ["1795318884 52:54:00:00:00:01 10.0.0.1 pc", fields, undefined],
    [`${LINE} x`, fields, undefined],
    ["\0\0\0", fields, '"\\u0000\\u0000\\u0000"'],
    [LINE.replace("1795318884", "-1"), "seconds since 1970, or 0", '"-1"'],
    [LINE.replace("1795318884", "999999999999"), "seconds since 1970, or 0", undefined],
    [LINE.replace("10.0.0.1", "fd00::1"), address, '"fd00::1"'],
    [LINE.replace("10.0.0.1", "0.0.0.0"), address, undefined],
    [LINE.replace("52:54:00:00:00:01 ", "52:54:00:00:00:0g "), "a hardware address", '"52:54:00:00:00:0g"'],
    [LINE.replace(/ 01:.*/, " 01:"), "a client identifier", '"01:"'],
    ["0 01- 10.0.0.1 * *", "a hardware address or a client identifier", undefined],
  ] as const) {
    const { leases, problems } = parseDnsmasqLeases(["", line, other, ""].join("\n"));
    t.strictSame(summaryOf(leases), ["10.0.0.2 bound"], expected);
    t.strictSame(problems, [{ line: 2, expected, got: got ?? problems[0]?.got }]);
  }
  t.end();
});

await t.test("of an address that is there twice the last is taken", (t) => {
  const { leases, problems } = parseDnsmasqLeases(`${LINE}\n${LINE.replace("pc", "laptop")}\n`);
  t.match(leases, [{ hostName: "laptop" }]);
  t.equal(leases.length, 1);
  t.strictSame(problems, []);
  t.end();
});

await t.test("what is DHCPv6's is counted, and an IPv4 lease behind it is taken", (t) => {
  const text = [
    LINE,
    "duid 00:01:00:01:32:94:78:1c:1a:40:6e:62:e0:85",
    "1795279295 7798786 fd00:77::152 * 00:01:00:01:32:94:78:2d:52:54:00:77:00:02",
    "1795279295 T7798786 fd00:77::153 pc 00:01:00:01:32:94:78:2d:52:54:00:77:00:02",
    LINE.replace("10.0.0.1", "10.0.0.2"),
    "duid 00:01",
    "",
  ].join("\n");
  const { leases, problems, beside } = parseDnsmasqLeases(text);
  t.strictSame(summaryOf(leases), ["10.0.0.1 bound", "10.0.0.2 bound"]);
  t.strictSame(problems, []);
  t.strictSame(
    [...beside.leftOut],
    [
      ["duid", 2],
      ["lease of DHCPv6", 2],
    ],
  );
  t.end();
});
