/** What machines of a `[subnet NAME]` are told: what its section sets, and else what is set for all. */

import t, { type Test } from "tap";
import type { OptionValues } from "../../lib/options/setting.js";
import type { ServedSubnet } from "../../lib/dhcp/subnets.js";
import { complaintsOf, loadText } from "../support/configuration.js";
import { ip } from "../support/values.js";

const POOL = ["[bootpd]", "pool_start = 192.168.1.100"];
const LAB = ["[subnet lab]", "network = 10.1.0.0/16", "pool_start = 10.1.1.0"];

/** The networks of a file: that of `[bootpd]`, and `[subnet lab]`. */
function networksOf(
  t: Test,
  { all = [], options = [], lab = [] }: Readonly<Partial<Record<"all" | "options" | "lab", readonly string[]>>>,
): readonly [ServedSubnet, ServedSubnet] {
  const { subnets } = loadText(t, [...POOL, ...all, "[option]", ...options, ...LAB, ...lab].join("\n"));
  const [first, second] = subnets;
  if (first === undefined || second === undefined) throw new Error("the test has no two networks");
  return [first, second];
}

/** What is complained of these lines of `[subnet lab]`, the first of which is line 6. */
const complaints = (t: Test, ...lines: readonly string[]): readonly string[] =>
  complaintsOf(t, [...POOL, ...LAB, ...lines].join("\n"));

const hex = (options: OptionValues | undefined): Readonly<Record<number, string>> =>
  Object.fromEntries([...(options ?? [])].map(([code, { value }]) => [code, value.toString("hex")]));

await t.test("a network has what is set for all, where its section does not say otherwise", (t) => {
  const [first, lab] = networksOf(t, {
    all: ["ntp = 192.168.1.9", "next_server = 192.168.1.9", "lease_time = 2h", "max_lease_time = 4h"],
    options: ["mtu = 1400", "log-servers = 192.168.1.8", "43@ubnt = 0x01"],
    lab: ["mtu = 9000", "domain-search = a.example"],
  });
  t.strictSame(hex(first.options.forAll), { 42: "c0a80109", 26: "0578", 7: "c0a80108" });
  t.strictSame(hex(lab.options.forAll), {
    42: "c0a80109",
    26: "2328",
    7: "c0a80108",
    119: "0161076578616d706c6500",
  });
  t.strictSame(lab.options.forVendors, first.options.forVendors);
  t.equal(lab.nextServer, ip("192.168.1.9"));
  t.strictSame(lab.leaseBounds, { least: 7200, most: 14_400 });
  t.end();
});

await t.test("its section goes before what is set for all, by whatever name", (t) => {
  const [, lab] = networksOf(t, {
    all: ["ntp = 192.168.1.9", "domain_search = a.example", "next_server = 192.168.1.9", "max_lease_time = 4d"],
    options: [
      "ntp-servers = 192.168.1.7",
      "router = 192.168.1.1",
      "dns = 192.168.1.53",
      "domain = a.example",
      "66 = tftp.a.example",
      "67 = all.0",
      "43.6 = 0x08",
      "175.1 = 0x01",
    ],
    lab: [
      "gateway = 10.1.0.1",
      "dns = 10.1.0.53",
      "domain = lab.example",
      "ntp = 10.1.0.123",
      "119 = none",
      "next_server = 10.1.0.2",
      "boot_file = lab.0",
      "lease_time = infinite",
      "max_lease_time = infinite",
      "43.10 = 0x00",
      "43.6@PXEClient = 0x08",
    ],
  });
  t.strictSame(hex(lab.options.forAll), { 42: "0a01007b", 119: "", 43: "0a0100ff", 175: "010101" });
  t.strictSame(
    lab.options.forVendors.map(({ vendorClass, options }) => [vendorClass, hex(options)]),
    [["PXEClient", { 43: "060108ff" }]],
  );
  t.equal(lab.nextServer, ip("10.1.0.2"));
  t.equal(lab.leaseSeconds, Infinity);
  t.strictSame(lab.leaseBounds, { least: Infinity, most: Infinity });
  t.end();
});

const NAME =
  "a known option, or a DHCP option by its name such as ntp-servers or its number from 1 to 254; in 43, 63, 122, 175, 177 and 224 to 254 a sub-option from 0 to 255 such as 43.6; both optionally for a vendor class such as 43@PXEClient";

await t.test("a name that is neither an option of the section nor of DHCP means the nearest", (t) => {
  t.strictSame(complaints(t, "gatway = 10.1.0.1", "ntp-srvers = 10.1.0.1", "51 = 3600", "colour-of-the-rack = red"), [
    `FILE:6 [subnet lab] gatway: expected ${NAME}, got "gatway" (did you mean gateway?)`,
    `FILE:7 [subnet lab] ntp-srvers: expected ${NAME}, got "ntp-srvers" (did you mean ntp-servers?)`,
    `FILE:8 [subnet lab] 51: expected ${NAME}, got "51" (set lease_time in [bootpd] or [subnet NAME])`,
    `FILE:9 [subnet lab] colour-of-the-rack: expected ${NAME}, got "colour-of-the-rack" (known: network, shared_network, pool_start, pool_count, pool_ranges, gateway, set_gateway, dns, domain, ntp, domain_search, next_server, lease_time, min_lease_time, max_lease_time, boot_file)`,
  ]);
  t.end();
});

await t.test("DHCP options are checked there as in [option]", (t) => {
  t.strictSame(complaints(t, "mtu = 70000", "43 = 0x060108", "43.9 = 0x00", "ntp-server = 10.1.0.1", "42 = 10.1.0.1"), [
    'FILE:6 [subnet lab] mtu: expected a whole number from 0 to 65535, or octets such as 0x0a000001, or none, got "70000"',
    "FILE:8 [subnet lab] 43.9: expected vendor-specific (43) as a whole or by its sub-options, got both (line 7)",
    "FILE:10 [subnet lab] 42: expected each option once in a section, got the first is at line 9, as ntp-server",
  ]);
  t.end();
});

await t.test("A35 its lease times fit each other, and those that it inherits", (t) => {
  t.strictSame(complaints(t, "lease_time = 1h", "min_lease_time = 2h"), [
    "FILE:7 [subnet lab] min_lease_time: expected a time that is at most lease_time, got 7200 s, where lease_time is 3600 s",
  ]);
  const inherited = [...POOL, "max_lease_time = 1d", ...LAB, "lease_time = 7d"].join("\n");
  t.strictSame(complaintsOf(t, inherited), [
    "FILE:7 [subnet lab] max_lease_time: expected a time that is at least lease_time, got 86400 s, where lease_time is 604800 s",
  ]);
  t.end();
});

await t.test("A74 routes without a default are told of in each network that announces a router", (t) => {
  const warnings = (...lab: readonly string[]): readonly string[] =>
    loadText(t, [...POOL, ...LAB, "121 = 10.0.0.0/8 via 10.1.0.7", ...lab].join("\n")).warnings;
  t.strictSame(warnings(), []);
  t.strictSame(warnings("gateway = 10.1.0.1"), [
    "[subnet lab] classless-static-route: it has no route to 0.0.0.0/0, and clients that take it ignore the gateway (RFC 3442)",
  ]);
  t.end();
});
