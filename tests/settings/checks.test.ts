import t from "tap";
import { complaintsOf, loadText } from "../support/configuration.js";

const POOL = "[bootpd]\npool_start = 192.168.1.100\n";

const COMPLAINTS: Readonly<Record<string, { readonly text: string; readonly complaints: readonly string[] }>> = {
  "access = mac without a list": {
    text: `${POOL}access = mac`,
    complaints: [
      "FILE:3 [bootpd] access: expected a [mac] section that lists who may boot, got access = mac without one",
    ],
  },
  "access = uuid without a list": {
    text: `${POOL}access = uuid\n[uuid]\n`,
    complaints: [
      "FILE:3 [bootpd] access: expected a [uuid] section that lists who may boot, got access = uuid without one",
    ],
  },
  "access = http without somebody to ask": {
    text: `${POOL}access = http\n[http]\npxe = boot`,
    complaints: [
      "FILE:3 [bootpd] access: expected a [http] section with a location to ask, got access = http without one",
    ],
  },
  "a reserved address outside of the network": {
    text: `${POOL}[static_dhcp]\n00-1E-4F-C4-95-EE = 192.168.2.20`,
    complaints: [
      "FILE:4 [static_dhcp] 00:1e:4f:c4:95:ee: expected an address in 192.168.1.0/24, which is served, got 192.168.2.20",
    ],
  },
  "a reserved address that is the network's own": {
    text: `${POOL}[static_dhcp]\n00-1E-4F-C4-95-EE = 192.168.1.0\n00-1E-4F-C4-95-EF = 192.168.1.255`,
    complaints: [
      "FILE:4 [static_dhcp] 00:1e:4f:c4:95:ee: expected an address of a machine, not the first or last of 192.168.1.0/24, got 192.168.1.0",
      "FILE:5 [static_dhcp] 00:1e:4f:c4:95:ef: expected an address of a machine, not the first or last of 192.168.1.0/24, got 192.168.1.255",
    ],
  },
  "a reserved address that is the server's": {
    text: `${POOL}[static_dhcp]\n00-1E-4F-C4-95-EE = 192.168.1.1`,
    complaints: [
      "FILE:4 [static_dhcp] 00:1e:4f:c4:95:ee: expected another address than this server's own, got 192.168.1.1",
    ],
  },
  "a machine that has an address twice": {
    text: `${POOL}[static_dhcp]\n00-1E-4F-C4-95-EE = 192.168.1.20\n00:1e:4f:c4:95:ee = 192.168.1.20`,
    complaints: [
      "FILE:5 [static_dhcp] 00:1e:4f:c4:95:ee: expected each option once in a section, got the first is at line 4, as 00-1E-4F-C4-95-EE",
    ],
  },
  "a standby of nobody": {
    text: `${POOL}standby_dynamic = yes`,
    complaints: ["FILE:3 [bootpd] standby_dynamic: expected standby_for beside it, got yes without one"],
  },
  "a standby of itself": {
    text: `${POOL}standby_for = 192.168.1.1`,
    complaints: [
      "FILE:3 [bootpd] standby_for: expected the address of another server, got 192.168.1.1, an address of this host",
    ],
  },
  "a standby that says no to addresses of the other server": {
    text: `${POOL}standby_for = 192.168.1.2\nauthoritative = yes`,
    complaints: ["FILE:4 [bootpd] authoritative: expected no in a standby, got yes"],
  },
  "more than one script for iPXE": {
    text: `${POOL}[ipxe]\nscript = x.ipxe\nscript_url = http://x/\nkernel = vmlinuz`,
    complaints: [
      "FILE:5 [ipxe] script_url: expected one of script, script_url and kernel, got script_url too",
      "FILE:6 [ipxe] kernel: expected one of script, script_url and kernel, got kernel too",
    ],
  },
  "a RAM disk without a kernel": {
    text: `${POOL}[ipxe]\ninitrd = initrd.gz`,
    complaints: ["FILE:4 [ipxe] initrd: expected a kernel for it, got initrd without one"],
  },
  "a log file without its name": {
    text: `[logger]\ntype = file\n${POOL}`,
    complaints: ["FILE:2 [logger] file: expected the file to write the log to, got type = file without one"],
  },
  "a variable of a filter that means nothing": {
    text: `${POOL}[filters]\npxelinux.cfg/* = ./{serial}/{mac}/{host}.cfg`,
    complaints: ["serial", "host"].map(
      (name) =>
        `FILE:4 [filters] pxelinux.cfg/*: expected no other variables than {filename}, {file}, {mac}, {ip}, {uuid}, {arch}, got {${name}}`,
    ),
  },
  "a number in a filter's value beyond its wildcards": {
    text: `${POOL}[filters]\na/*/?/** = {1}{2}{3}{4}\nb/* = {0}\nc = {1}\nd[*?] = {1}`,
    complaints: [
      "FILE:4 [filters] a/*/?/**: expected no other variables than {1} to {3} for the wildcards of the name, got {4}",
      "FILE:5 [filters] b/*: expected no other variables than {1} for the wildcards of the name, got {0}",
      ...["FILE:6 [filters] c", "FILE:7 [filters] d[*?]"].map(
        (place) =>
          `${place}: expected no other variables than {filename}, {file}, {mac}, {ip}, {uuid}, {arch}, got {1}`,
      ),
    ],
  },
  "interfaces of which this host has none": {
    text: "[bootpd]\npool_start = 192.168.1.100\ninterface = eth6; eth7",
    complaints: [
      "FILE:2 [bootpd] pool_start: expected an address in the network of one of this host's interfaces, got 192.168.1.100 (this host has: eth0 192.168.1.1 in 192.168.1.0/24, eth1 10.20.0.1 in 10.20.0.0/16)",
      "FILE:3 [bootpd] interface: expected interfaces of this host that have an IPv4 address: lo, eth0, eth1, got eth6",
      "FILE:3 [bootpd] interface: expected interfaces of this host that have an IPv4 address: lo, eth0, eth1, got eth7",
    ],
  },
  "a server name that is longer than its field": {
    text: `${POOL}servername = ${"x".repeat(60)}\ndomain = lab`,
    complaints: [
      `FILE:3 [bootpd] servername: expected servername and domain together to be a host name of at most 63 letters, got "${"x".repeat(60)}.lab"`,
    ],
  },
  "a server name with other signs than a name has": {
    text: `${POOL}servername = my server`,
    complaints: [
      'FILE:3 [bootpd] servername: expected servername and domain together to be a host name of at most 63 letters, got "my server.localdomain"',
    ],
  },
  "an address that this host has not": {
    text: `${POOL}[tftpd]\naddress = 192.168.1.2\n[httpd]\naddress = 10.20.0.2`,
    complaints: [
      "FILE:4 [tftpd] address: expected 0.0.0.0 or an address of this host, got 192.168.1.2 (it has 127.0.0.1 (lo), 192.168.1.1 (eth0), 10.20.0.1 (eth1))",
      "FILE:6 [httpd] address: expected 0.0.0.0 or an address of this host, got 10.20.0.2 (it has 127.0.0.1 (lo), 192.168.1.1 (eth0), 10.20.0.1 (eth1))",
    ],
  },
};

for (const [mistake, { text, complaints }] of Object.entries(COMPLAINTS)) {
  await t.test(`complains of ${mistake}`, (t) => {
    t.strictSame(complaintsOf(t, text), complaints);
    t.end();
  });
}

const FINE: Readonly<Record<string, string>> = {
  "access = mac with a list": `${POOL}access = mac\n[mac]\n1C-69-7A/24 = yes`,
  "access = mac with reserved addresses only": `${POOL}access = mac\n[static_dhcp]\n00-1E-4F-C4-95-EE = 192.168.1.20`,
  "access = uuid with a list": `${POOL}access = uuid\n[uuid]\n12345678-abcd-ef00-1111-abcdefabcdef = yes`,
  "access = http with somebody to ask": `${POOL}access = http\n[http]\nlocation = 127.0.0.1:13400`,
  "reserved addresses in and beside the pool": `${POOL}[static_dhcp]\n00-1E-4F-C4-95-EE = 192.168.1.20\n00-1E-4F-C4-95-EF = 192.168.1.101`,
  "an address of several cards of a machine": `${POOL}[static_dhcp]\n00-1E-4F-C4-95-EE = 192.168.1.20\n00-1E-4F-C4-95-EF = 192.168.1.20\nid:ff01 = 192.168.1.20`,
  "every variable of a filter": `${POOL}[filters]\n*.cfg = [{filename}/{file}/{mac}/{ip}/{uuid}/{arch}]`,
  "a server name that just fills its field": `${POOL}servername = ${"x".repeat(59)}\ndomain = lab`,
  "addresses of this host": `${POOL}address = 192.168.1.1\n[tftpd]\naddress = 10.20.0.1\n[httpd]\naddress = 0.0.0.0`,
};

for (const [rule, text] of Object.entries(FINE)) {
  await t.test(`takes ${rule}`, (t) => {
    t.strictSame(complaintsOf(t, text), []);
    t.end();
  });
}

await t.test("what only DHCP needs is not asked for where that is off", (t) => {
  const services = { dhcp: false, tftp: true, http: false };
  const text = "[bootpd]\naccess = mac\n[static_dhcp]\n00-1E-4F-C4-95-EE = 172.16.0.20";
  t.equal(loadText(t, text, { services }).network, undefined);
  t.end();
});
