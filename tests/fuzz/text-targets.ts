import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { readDocument } from "../../lib/config/dialect.js";
import { ConfigError } from "../../lib/config/problem.js";
import { readSettings } from "../../lib/config/read.js";
import { schema } from "../../lib/settings/schema.js";
import { parseDomain } from "../../lib/options/encodings.js";
import { parseHosts } from "../../lib/inventory/file/parse-hosts.js";
import { formatCsv, parseCsv } from "../../lib/leases/import/csv.js";
import { importLeases } from "../../lib/leases/import/import.js";
import { fixturePath } from "../support/pcap.js";
import { shippedConfiguration } from "../../lib/common/package.js";
import { allowing, words, type Target } from "./target.js";

const HOSTS = `x-common: &common
  netboot: {allowPxe: true, ipxeScriptUrl: "http://10.0.0.1/boot.ipxe"}
"52:54:00:aa:bb:01":
  <<: *common
  ipAddress: 192.168.7.20
  subnetMask: 255.255.255.0
  defaultGateway: 192.168.7.1
  nameServers: [192.168.7.53, 8.8.8.8]
  hostname: pc
  domainName: example.org
  leaseTime: 3600
  arch: x86_64
  vlanID: "7"
52:54:00:aa:bb:02: {ipAddress: 192.168.7.21, once: yes}
`;

/** Decodes octets as Latin-1 or UTF-8. */
function textOf(input: Buffer): string {
  return input.toString(input.length % 2 === 0 ? "latin1" : "utf8");
}

const ini: Target = {
  name: "INI",
  seeds: [
    readFileSync(shippedConfiguration),
    ...["debian-netinstall", "older", "pybootd"].map((name) =>
      readFileSync(fixturePath(`pybootd-samples/${name}.ini`)),
    ),
    Buffer.from("[subnet a]\nnetwork = 10.0.0.0/24\n[option]\n119 = a.example b.example\n121 = 10.0.0.0/8 10.0.0.1\n"),
    Buffer.from("[option]\ndomain-search = x\n[menu]\nprompt = x\nA = a\nB = local\n[profile x]\nmatch_arch = 7\n"),
  ],
  dictionary: words(
    "[",
    "]",
    "=",
    ":",
    ";",
    "#",
    "\n",
    "\n\t",
    "[option]",
    "[subnet x]",
    "0x",
    "%",
    "yes",
    "-1",
    "/33",
  ),
  run(input) {
    allowing(ConfigError, () => {
      const document = readDocument(textOf(input));
      for (const section of document.sections) assert.ok(section.line > 0);
      readSettings(schema, document, "pybootd.ini");
    });
  },
};

const yaml: Target = {
  name: "YAML of machines",
  seeds: [Buffer.from(HOSTS), Buffer.from("{}"), Buffer.from('{"52:54:00:aa:bb:01": {"ipAddress": "10.0.0.1"}}')],
  dictionary: words(
    "&a ",
    "*a",
    "<<: ",
    "? ",
    ": ",
    "- ",
    "|",
    ">",
    "!!map",
    "!!binary",
    "---\n",
    "...\n",
    "\t",
    "{",
    "[",
  ),
  run(input) {
    const { hosts, problems } = parseHosts(textOf(input), "machines.yaml", "/");
    for (const { line } of problems) assert.ok(line === undefined || line >= 0);
    for (const { macs, clientId } of hosts) assert.ok(macs.length > 0 || clientId !== undefined);
  },
};

const leases: Target = {
  name: "imports of leases",
  seeds: [
    "dhcpd-epoch.leases",
    "dhcpd-failover.leases",
    "dhcpd.leases",
    "dnsmasq.leases",
    "kea-leases4.csv",
    "leases.csv",
  ].map((name) => readFileSync(fixturePath(`leases/${name}`))),
  dictionary: words(
    "lease ",
    "{",
    "}",
    ";",
    '"',
    "\\",
    "ends never;",
    "uid ",
    "binding state active;",
    ",",
    "\n",
    "id:",
  ),
  run(input) {
    const { leases: found, problems } = importLeases(textOf(input));
    for (const { line } of problems) assert.ok(line > 0);
    const again = parseCsv(formatCsv(found));
    assert.deepEqual(again.problems, []);
    assert.equal(again.leases.length, found.length);
  },
};

/** Search lists (option 119) and domains, as read from a configuration. */
const domains: Target = {
  name: "domains",
  seeds: words("example.org", "a.b.c.example.", "x".repeat(63)),
  dictionary: words(".", "-", "..", "\0"),
  run(input) {
    const labels = parseDomain(textOf(input));
    if (labels !== undefined) assert.ok(labels.length > 0);
  },
};

export const textTargets: readonly Target[] = [ini, yaml, leases, domains];
