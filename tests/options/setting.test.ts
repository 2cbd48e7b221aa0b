/** The section `[option]`, and what of `[bootpd]` becomes options, as users write and misspell them. */

import t from "tap";
import type { OptionValues } from "../../lib/options/setting.js";
import { optionManual } from "../../lib/options/manual.js";
import { complaintsOf, loadText } from "../support/configuration.js";
import { planOf } from "../support/option-plan.js";

const POOL = "[bootpd]\npool_start = 192.168.1.100";

const hex = (options: OptionValues | undefined): Readonly<Record<number, string>> =>
  Object.fromEntries([...(options ?? [])].map(([code, { value }]) => [code, value.toString("hex")]));

await t.test("options are set by name or number, and typed by the table", (t) => {
  const plan = planOf(
    "ntp-servers = 10.0.0.1; 10.0.0.2",
    "mtu = 1400",
    "time-offset = -3600",
    "100 = EST5EDT",
    "domain-search = a.example; b.example",
    "classless-static-route = 10.17.0.0/16 via 10.0.0.1;",
    "    0.0.0.0/0 via 10.0.0.254",
    "43 = 0x0601080a",
    "6 = 0x0a000035",
    "224 = text:ours",
  );
  t.strictSame(hex(plan.forAll), {
    42: "0a0000010a000002",
    26: "0578",
    2: "fffff1f0",
    100: Buffer.from("EST5EDT").toString("hex"),
    119: "0161076578616d706c65000162c002",
    121: "100a110a000001000a0000fe",
    43: "0601080a",
    6: "0a000035",
    224: "6f757273",
  });
  t.strictSame(plan.forVendors, []);
  t.end();
});

await t.test("the examples of the manual are valid", (t) => {
  const [, example = ""] = /```ini\n([^]*?)```/.exec(optionManual) ?? [];
  t.strictSame(complaintsOf(t, `${POOL}\n${example}`), []);
  t.match(example, /domain-search/);
  t.end();
});

await t.test("none is nothing to send", (t) => {
  t.strictSame(hex(planOf("router = none", "dns = NONE").forAll), { 3: "", 6: "" });
  t.end();
});

await t.test("A64 A76 sub-options are gathered into one option; that of vendors has an end", (t) => {
  const plan = planOf("43.6 = uint8:8", "175.176 = 0x01", "43.10 = text:PXE", "175.1 = uint8:255");
  t.strictSame(hex(plan.forAll), { 43: "0601080a03505845ff", 175: "b001010101ff" });
  t.strictSame(hex(planOf("vendor-specific.6 = 0x08", "ipxe.8 = uint8:1").forAll), { 43: "060108ff", 175: "080101" });
  t.end();
});

await t.test("sub-option 0, which Juniper's clients want, and 255 can be set", (t) => {
  const plan = planOf(
    "43.0@Juniper = text:jinstall.tgz",
    "43.1@Juniper = text:router.conf",
    "43.255 = uint8:1",
    "175.0 = uint8:2",
  );
  const octets = (value: string): string => Buffer.from(value).toString("hex");
  t.strictSame(
    plan.forVendors.map(({ vendorClass, options }) => [vendorClass, hex(options)]),
    [["Juniper", { 43: `000c${octets("jinstall.tgz")}010b${octets("router.conf")}ff` }]],
  );
  t.strictSame(hex(plan.forAll), { 43: "ff0101ff", 175: "000102" });
  t.end();
});

await t.test("vendors' own options and those of a site have sub-options too, without an end", (t) => {
  const plan = planOf("122.1 = ipv4:10.0.0.1", "224.0 = uint8:1", "254.7 = text:x", "63.5 = 0x", "177.1 = text:");
  t.strictSame(hex(plan.forAll), { 122: "01040a000001", 224: "000101", 254: "070178", 63: "0500", 177: "0100" });
  t.end();
});

await t.test("a sub-option may be empty, where a whole option may not", (t) => {
  t.strictSame(hex(planOf("43.1 = 0x", "43.2 = text:", "43.3 = uint8:1").forAll), { 43: "0100020003" + "0101ff" });
  t.match(complaintsOf(t, [POOL, "[option]", "43 = 0x"].join("\n")), [/^FILE:4 \[option\] 43: expected octets/]);
  t.end();
});

await t.test("a vendor class may have blanks", (t) => {
  const [plan] = planOf("43.2@Cisco Systems, Inc. = uint8:1").forVendors;
  t.equal(plan?.vendorClass, "Cisco Systems, Inc.");
  t.strictSame(hex(plan?.options), { 43: "020101ff" });
  t.end();
});

await t.test("A64 an option may be for the clients of a vendor class only", (t) => {
  const plan = planOf("43@ubnt = 0x0104c0a80105", "43.6@PXEClient = uint8:8", "43.8@PXEClient = 0x00", "43 = 0x09");
  t.strictSame(hex(plan.forAll), { 43: "09" });
  t.strictSame(
    plan.forVendors.map(({ vendorClass, options }) => [vendorClass, hex(options)]),
    [
      ["ubnt", { 43: "0104c0a80105" }],
      ["PXEClient", { 43: "060108080100ff" }],
    ],
  );
  t.end();
});

const NAME =
  "a DHCP option by its name such as ntp-servers or its number from 1 to 254; in 43, 63, 122, 175, 177 and 224 to 254 a sub-option from 0 to 255 such as 43.6; both optionally for a vendor class such as 43@PXEClient";

/** What is complained of these lines of `[option]`, the first of which is line 4. */
const COMPLAINTS: Readonly<Record<string, readonly [lines: readonly string[], complaints: readonly string[]]>> = {
  "a misspelt name means the nearest": [
    ["ntp-srvers = 10.0.0.1", "clasless-static-route@x = default via 10.0.0.1"],
    [
      `FILE:4 [option] ntp-srvers: expected ${NAME}, got "ntp-srvers" (did you mean ntp-servers?)`,
      `FILE:5 [option] clasless-static-route@x: expected ${NAME}, got "clasless-static-route@x" (did you mean classless-static-route?)`,
    ],
  ],
  "A20 what the server makes itself tells what to do instead": [
    ["51 = 3600", "dhcp-lease-time = 3600", "255 = 0x00", "client-identifier = 0x01", "55 = 0x01"],
    [
      `FILE:4 [option] 51: expected ${NAME}, got "51" (set lease_time in [bootpd] or [subnet NAME])`,
      `FILE:5 [option] dhcp-lease-time: expected ${NAME}, got "dhcp-lease-time" (set lease_time in [bootpd] or [subnet NAME])`,
      `FILE:6 [option] 255: expected ${NAME}, got "255" (it is no option but the end of them)`,
      `FILE:7 [option] client-identifier: expected ${NAME}, got "client-identifier" (this server sends back that of the client)`,
      `FILE:8 [option] 55: expected ${NAME}, got "55" (only clients send it)`,
    ],
  ],
  "a value is checked by the type of its option": [
    ["ntp-servers = pool.ntp.org", "mtu = 70000", "121 = 10.0.0.0/33 via 10.0.0.1", "224 = 5"],
    [
      'FILE:4 [option] ntp-servers: expected IPv4 addresses with ; between, such as 10.0.0.1; 10.0.0.2, or octets such as 0x0a000001, or none, got "pool.ntp.org"',
      'FILE:5 [option] mtu: expected a whole number from 0 to 65535, or octets such as 0x0a000001, or none, got "70000"',
      'FILE:6 [option] 121: expected routes with ; between, such as 10.17.0.0/16 via 10.0.0.1; 0.0.0.0/0 via 10.0.0.254, or octets such as 0x0a000001, or none, got "10.0.0.0/33 via 10.0.0.1"',
      'FILE:7 [option] 224: expected octets such as 0x0601080a, or with their type before them: text:…, uint8:…, uint16:…, uint32:…, int32:…, ipv4:…, domains:…, or none, got "5"',
    ],
  ],
  "an option stands there once, by all its names": [
    ["ntp-servers = 10.0.0.1", "42 = 10.0.0.2", "43.6 = 0x08", "vendor-specific.6 = 0x08", "43.6@PXEClient = 0x08"],
    [
      "FILE:5 [option] 42: expected each option once in a section, got the first is at line 4, as ntp-servers",
      "FILE:7 [option] vendor-specific.6: expected each option once in a section, got the first is at line 6, as 43.6",
    ],
  ],
  "only what has sub-options can have them set": [
    ["42.1 = 0x00", "43.256 = 0x00", "223.1 = 0x00"],
    [
      `FILE:4 [option] 42.1: expected ${NAME}, got "42.1"`,
      `FILE:5 [option] 43.256: expected ${NAME}, got "43.256"`,
      `FILE:6 [option] 223.1: expected ${NAME}, got "223.1"`,
    ],
  ],
  "an option is set as a whole or by its sub-options": [
    ["43 = 0x060108", "43.9 = 0x00", "43.9@ubnt = 0x00"],
    ["FILE:5 [option] 43.9: expected vendor-specific (43) as a whole or by its sub-options, got both (line 4)"],
  ],
};

for (const [rule, [lines, complaints]] of Object.entries(COMPLAINTS)) {
  await t.test(rule, (t) => {
    t.strictSame(complaintsOf(t, [POOL, "[option]", ...lines].join("\n")), complaints);
    t.end();
  });
}

await t.test("A13 A64 what is never split has at most 255 octets, its sub-options together too", (t) => {
  const complaints = (...lines: readonly string[]): readonly string[] =>
    complaintsOf(t, [POOL, "[option]", ...lines].join("\n"));
  const octets = (count: number): string => `0x${"00".repeat(count)}`;
  for (const code of [43, 60, 66, 67]) {
    t.strictSame(complaints(`${code} = ${octets(255)}`), [], `${code}`);
    t.match(complaints(`${code} = ${octets(256)}`), [/^FILE:4 \[option\] .*: expected .*, at most 255 octets/]);
  }
  t.strictSame(complaints(`119 = ${octets(700)}`), []);
  t.strictSame(complaints(`175.1 = ${octets(253)}`), []);
  t.match(complaints(`175.1 = ${octets(256)}`), [/^FILE:4 \[option\] 175\.1: expected .*, at most 255 octets/]);
  t.strictSame(complaints(`43.1 = ${octets(100)}`, `43.2 = ${octets(150)}`), [], "100 and 150, two heads and the end");
  t.strictSame(complaints(`43.1 = ${octets(100)}`, `43.2 = ${octets(151)}`), [
    "FILE:5 [option] 43.2: expected the sub-options of vendor-specific (43) to have at most 255 octets together, got 256",
  ]);
  t.end();
});

await t.test("A74 routes without a default are told of, where a gateway is announced", (t) => {
  const warningsOf = (more: string, option: string): readonly string[] =>
    loadText(t, `${POOL}\n${more}\n[option]\n${option}`).warnings;
  t.strictSame(warningsOf("", "121 = 10.0.0.0/8 via 192.168.1.7"), [
    "[option] classless-static-route: it has no route to 0.0.0.0/0, and clients that take it ignore the gateway (RFC 3442)",
  ]);
  t.strictSame(warningsOf("", "121 = 10.0.0.0/8 via 192.168.1.7; default via 192.168.1.1"), []);
  t.strictSame(warningsOf("set_gateway = no", "121 = 10.0.0.0/8 via 192.168.1.7"), []);
  t.strictSame(warningsOf("", "121 = none"), []);
  t.end();
});

await t.test("A35 the bounds of lease times hold lease_time between them", (t) => {
  const complaints = (...lines: readonly string[]): readonly string[] => complaintsOf(t, [POOL, ...lines].join("\n"));
  t.strictSame(complaints("min_lease_time = 1h", "lease_time = 2h", "max_lease_time = infinite"), []);
  t.strictSame(complaints("lease_time = infinite", "min_lease_time = infinite"), []);
  t.strictSame(complaints("lease_time = 2h", "min_lease_time = 3h"), [
    "FILE:4 [bootpd] min_lease_time: expected a time that is at most lease_time, got 10800 s, where lease_time is 7200 s",
  ]);
  t.strictSame(complaints("lease_time = 2h", "max_lease_time = 1h"), [
    "FILE:4 [bootpd] max_lease_time: expected a time that is at least lease_time, got 3600 s, where lease_time is 7200 s",
  ]);
  t.strictSame(complaints("domain_search = a..b", "ntp = pool.ntp.org", "next_server = tftp"), [
    'FILE:3 [bootpd] domain_search: expected a domain name such as example.org, or several with ; between, got "a..b"',
    'FILE:4 [bootpd] ntp: expected an IPv4 address such as 192.168.1.100, or several with ; between, got "pool.ntp.org"',
    'FILE:5 [bootpd] next_server: expected an IPv4 address such as 192.168.1.100, got "tftp"',
  ]);
  t.end();
});
