import t from "tap";
import { formatProblem } from "../../../lib/config/problem.js";
import type { Host } from "../../../lib/inventory/host.js";
import { parseHosts } from "../../../lib/inventory/file/parse-hosts.js";
import { ip } from "../../support/values.js";

/** What a text tells, and what a user reads of what is wrong with it. */
function read(text: string): { readonly hosts: readonly Host[]; readonly complaints: readonly string[] } {
  const { hosts, problems } = parseHosts(text, "hosts.yaml", "/");
  return { hosts, complaints: problems.map((problem) => formatProblem("hosts.yaml", problem)) };
}

/** Every field of Smee's hardware file. */
const SMEE = `---
# the build machine
52:54:00:AA:88:2A:
  ipAddress: "192.168.2.15"
  subnetMask: "255.255.255.0"
  defaultGateway: "192.168.2.1"
  nameServers:
    - "8.8.8.8"
    - "1.1.1.1"
  hostname: "build"
  domainName: "example.com"
  broadcastAddress: "192.168.2.255"
  ntpServers: ["132.163.96.2"]
  vlanID: "16"
  leaseTime: 86400
  arch: x86_64
  domainSearch:
    - "example.com"
    - lab.example.com
  disabled: false
  netboot:
    allowPxe: true
    ipxeScriptUrl: "https://boot.example.com/\${mac}"
    ipxeScript: |
      #!ipxe
      exit
    console: ttyS0
    facility: onprem
`;

await t.test("a file of Smee is read as it is", (t) => {
  const { hosts, complaints } = read(SMEE);
  t.strictSame(complaints, []);
  t.match(hosts, [
    {
      macs: ["52:54:00:aa:88:2a"],
      address: ip("192.168.2.15"),
      hostName: "build",
      disabled: false,
      facts: {
        mask: ip("255.255.255.0"),
        router: ip("192.168.2.1"),
        dns: [ip("8.8.8.8"), ip("1.1.1.1")],
        domain: "example.com",
        domainSearch: ["example.com", "lab.example.com"],
        ntp: [ip("132.163.96.2")],
        broadcast: ip("192.168.2.255"),
        leaseSeconds: 86400,
      },
      netboot: {
        allowPxe: true,
        scriptUrl: "https://boot.example.com/${mac}",
        script: "#!ipxe\nexit\n",
        console: "ttyS0",
      },
      vlan: 16,
      arch: "x86_64",
      origins: [{ source: "hosts.yaml", line: 3 }],
    },
  ]);
  t.end();
});

await t.test("JSON is read as well, with its lines", (t) => {
  const text = '{\n\t"52-54-00-00-00-01": {\n\t\t"ipAddress": "10.0.0.1",\n\t\t"leaseTime": 60\n\t}\n}\n';
  t.match(read(text), { hosts: [{ address: ip("10.0.0.1"), facts: { leaseSeconds: 60 } }], complaints: [] });
  t.match(read(text.replace('"10.0.0.1"', '"10.0.0"')).complaints, [/^hosts\.yaml:3 52-54-00-00-00-01 ipAddress: /]);
  t.end();
});

await t.test("what people write otherwise is understood", (t) => {
  const text = `525400000001:
  IPADDRESS: 10.0.0.1
  hostname: 1234
  leaseTime: 12h
  nameServers: 10.0.0.53; 10.0.0.54
  defaultGateway: ""
  domainName:
  netboot: {allowPxe: no, once: yes, bootFile: special.0}
id:ff00a1b2:
  ipAddress: 10.0.0.2
"52-54-00-00-00-03":
`;
  const { hosts, complaints } = read(text);
  t.strictSame(complaints, []);
  t.match(hosts, [
    {
      macs: ["52:54:00:00:00:01"],
      hostName: "1234",
      facts: { leaseSeconds: 43_200, dns: [ip("10.0.0.53"), ip("10.0.0.54")], router: undefined, domain: undefined },
      netboot: { allowPxe: false, once: true, bootFile: "special.0" },
    },
    { macs: [], clientId: "id:ff00a1b2", address: ip("10.0.0.2") },
    { macs: ["52:54:00:00:00:03"], address: undefined },
  ]);
  t.end();
});

await t.test("machines share what is written once", (t) => {
  const text = `x-lab: &lab
  defaultGateway: 10.0.0.1
  leaseTime: 60
  netboot: &boot {allowPxe: true}
52:54:00:00:00:01:
  <<: *lab
  ipAddress: 10.0.0.11
  leaseTime: 90
52:54:00:00:00:02:
  <<: [{leaseTime: 30}, *lab]
  netboot: *boot
`;
  t.match(read(text), {
    hosts: [
      { facts: { router: ip("10.0.0.1"), leaseSeconds: 90 }, netboot: { allowPxe: true } },
      { facts: { router: ip("10.0.0.1"), leaseSeconds: 30 }, netboot: { allowPxe: true } },
    ],
    complaints: [],
  });
  t.end();
});

await t.test("all that is wrong is told at once, each with its line", (t) => {
  const text = `08:00:27:29:4E:68:
  ipAddress: "3"
  subnetMask: "255.0.255.0"
  defaultGatway: 10.0.0.1
  hostname: under_score
  nameServers: [10.0.0.53, nonsense]
  netboot:
    allowPxe: perhaps
    ipxeScriptUrl: boot.ipxe
    once: yes
    once: no
a machine:
  ipAddress: 10.0.0.1
08-00-27-29-4e-68: yes
52:54:00:00:00:01: {ipAddress: 10.0.0.7, vlanID: 4095, leaseTime: 0}
52:54:00:00:00:02:
  ipAddress: 10.0.0.7
52:54:00:00:00:03: *unknown
`;
  t.strictSame(
    read(text).complaints.map((complaint) => complaint.replace(/^hosts\.yaml:/, "")),
    [
      '2 08:00:27:29:4E:68 ipAddress: expected the IPv4 address of a machine such as 192.168.1.20, got "3"',
      '3 08:00:27:29:4E:68 subnetMask: expected a netmask such as 255.255.255.0 or /24, got "255.0.255.0"',
      '4 08:00:27:29:4E:68 defaultGatway: expected a known field, got "defaultGatway" (did you mean defaultGateway?)',
      '5 08:00:27:29:4E:68 hostname: expected a host name of at most 63 letters, digits, dots and hyphens, got "under_score"',
      '6 08:00:27:29:4E:68 nameServers: expected the IPv4 address of a machine such as 192.168.1.20, got "nonsense"',
      '8 08:00:27:29:4E:68 netboot allowPxe: expected yes or no, got "perhaps"',
      '9 08:00:27:29:4E:68 netboot ipxeScriptUrl: expected a URL such as http://192.168.1.1/boot.ipxe, got "boot.ipxe"',
      "11 08:00:27:29:4E:68 netboot once: expected each field once, got the first is at line 10",
      '12: expected a MAC address such as 00-1E-4F-C4-95-EE, or a client identifier such as id:ff00a1b2, got "a machine"',
      "14 08-00-27-29-4e-68: expected each machine once, got the first is at line 1",
      '14 08-00-27-29-4e-68: expected a mapping of fields, got "yes"',
      '15 52:54:00:00:00:01 leaseTime: expected a time such as 90, 90s, 15m, 12h or 7d, at least 1 s, got "0"',
      '15 52:54:00:00:00:01 vlanID: expected a whole number from 1 to 4094, got "4095"',
      "18: expected &unknown before it, got *unknown",
    ],
  );
  t.end();
});

await t.test("what is no file of machines is refused", (t) => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["- 52:54:00:00:00:01\n", /^hosts\.yaml:1: expected machines by MAC address, got a list$/],
    ["# machines\n52:54:00:00:00:01\n", /^hosts\.yaml:2: expected machines by MAC address, got a text$/],
    ["52:54:00:00:00:01:\n\tipAddress: 10.0.0.1\n", /^hosts\.yaml:2: expected YAML or JSON, got an error: Tabs/],
    ['52:54:00:00:00:01:\n  hostname: "one\n', /^hosts\.yaml:3: expected YAML or JSON, got an error: Missing closing/],
    ["52:54:00:00:00:01: {}\n---\n52:54:00:00:00:02: {}\n", /^hosts\.yaml:2: expected YAML or JSON/],
    ["[".repeat(100_000), /^hosts\.yaml:1: expected YAML or JSON/],
    ["? [a]\n: {}\n", /^hosts\.yaml:1: expected a name, got a list/],
    ["<<: 1\n", /^hosts\.yaml:1: expected a mapping after <</],
  ];
  for (const [text, complaint] of cases) t.match(read(text).complaints, [complaint], text.slice(0, 40));
  t.end();
});

await t.test("a file without content, or of comments alone, has no machines", (t) => {
  for (const text of ["", "\n", "# nothing but a comment\n", "---\n", "{}\n"]) {
    t.strictSame(read(text), { hosts: [], complaints: [] }, JSON.stringify(text));
  }
  t.end();
});

await t.test("D11 what grows when it is written out, or without an end, is not written out", (t) => {
  const levels = Array.from(
    { length: 30 },
    (_, level) => `x-${level + 1}: &a${level + 1} {<<: [*a${level}, *a${level}]}`,
  );
  const bomb = `x-0: &a0 {leaseTime: 60}\n${levels.join("\n")}\n52:54:00:00:00:01:\n  <<: *a30\n`;
  t.match(read(bomb).complaints, [/^hosts\.yaml:\d+: expected at most 64 mappings taken in with <</]);
  const loop = "x-loop: &loop {<<: *loop, netboot: *loop}\n52:54:00:00:00:01: *loop\n";
  t.match(read(loop).complaints, [/at most 64 mappings/]);
  const lists = "x-list: &list [*list, *list]\n52:54:00:00:00:01: {nameServers: *list}\n";
  t.match(read(lists).complaints, [/nameServers: expected .* got a list/]);
  t.end();
});

await t.test("a text that is wrong in every line is not told line by line", (t) => {
  const { complaints } = read(Array.from({ length: 500 }, (_, index) => `wrong${index}: {}`).join("\n"));
  t.equal(complaints.length, 101);
  t.equal(complaints.at(-1), "hosts.yaml: expected no problems, got 400 more than these");
  t.end();
});
