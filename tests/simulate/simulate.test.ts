/** What `pybootd simulate` prints of machines, from the text of a configuration. */

import { join } from "node:path";
import t, { type Test } from "tap";
import type { Lease } from "../../lib/leases/lease.js";
import { parseUuid } from "../../lib/net/uuid.js";
import { firmwareOf, type SimulatedMachine } from "../../lib/simulate/machine.js";
import { Rehearsal } from "../../lib/simulate/rehearsal.js";
import { simulate } from "../../lib/simulate/simulate.js";
import { describeSimulation } from "../../lib/simulate/simulation-text.js";
import { loadFile } from "../support/configuration.js";
import { makeLease } from "../support/leases.js";
import { ip, mac } from "../support/values.js";

const MAC = "52:54:00:61:a1:70";
const UUID = "12345678-abcd-ef00-1111-abcdefabcdef";

const BASE = `[bootpd]
pool_start = 192.168.1.100
allow_simple_dhcp = yes
dns = 192.168.1.53
lease_time = 2h
[bootfile]
default = pxelinux.0
00007 = debian/bootnetx64.efi
[tftpd]
root = ./files
[httpd]
enable = yes
root = ./files
[filters]
pxelinux.cfg/* = pxe.cfg
[daemon]
state_dir = ./state
`;

const FILES = {
  files: {
    "pxelinux.0": "x".repeat(1000),
    debian: { "bootnetx64.efi": "shim", "grubx64.efi": "grub", linux: "kernel", "initrd.gz": "initrd" },
  },
  ipxe: { "undionly.kpxe": "ipxe", "ipxe.efi": "ipxe" },
  "pxe.cfg": "default install\nlabel install\n  kernel linux\n  append initrd=initrd.gz\n",
};

interface Asked extends Partial<Omit<SimulatedMachine, "mac">> {
  readonly mac?: string;
}

/** What is printed, without the folder of the test, and each run of blanks as one. */
async function told(
  t: Test,
  ini: string,
  asked: Asked = {},
  more: object = {},
  leases: readonly Lease[] = [],
): Promise<string> {
  const folder = t.testdir({ ...FILES, ...more, "pybootd.ini": ini });
  const config = loadFile(join(folder, "pybootd.ini"), { services: { dhcp: true, tftp: true, http: false } });
  if (config.network === undefined) throw new Error("the test has no network");
  const rehearsal = await Rehearsal.open(config, config.network, leases);
  const { architecture = 0, firmware = firmwareOf(architecture), stage = "rom", via } = asked;
  const uuid = parseUuid(UUID);
  if (uuid === undefined) throw new Error("the test has no UUID");
  const machine = { mac: mac(asked.mac ?? MAC), uuid, architecture, firmware, stage, via };
  try {
    const lines = describeSimulation(await simulate(rehearsal, machine));
    return lines.map((line) => line.trim().replace(/ +/g, " ").replaceAll(`${folder}/`, "")).join("\n");
  } finally {
    await rehearsal.close();
  }
}

await t.test(
  "a BIOS ROM: every option with the line that sets it, its file, and PXELINUX's configuration",
  async (t) => {
    const text = await told(t, BASE);
    t.equal(
      text,
      `52:54:00:61:a1:70, architecture 0 (x86 BIOS), by pybootd.ini
without a network, as if nobody had an address

1. its firmware
asks DHCPDISCOVER as PXEClient:Arch:00000:UNDI:002001
known by no source of machines
profile none: as every machine
access granted to everybody (the default of [bootpd] access)
address 192.168.1.100: a free one of the pool (pybootd.ini:2 [bootpd] pool_start)
answer DHCPOFFER to 255.255.255.255:68
yiaddr 192.168.1.100 see address
siaddr 192.168.1.1 this server, on eth0
sname 192.168.1.1 this server, on eth0
file pxelinux.0 pybootd.ini:7 [bootfile] default
53 message-type DHCPOFFER RFC 2131
54 server-identifier 192.168.1.1 this server, on eth0
51 lease-time 7200 s pybootd.ini:5 [bootpd] lease_time
1 subnet-mask 255.255.255.0 the network 192.168.1.0/24 of eth0
3 routers 192.168.1.1 this server: the default of [bootpd] gateway
6 domain-name-servers 192.168.1.53 pybootd.ini:4 [bootpd] dns
13 boot-file-size 2 blocks of 512 octets the size of that file
15 domain-name localdomain the default of [bootpd] domain
43 vendor-specific 6 discovery control 8 (take the boot file at once) bypass (pxe_style)
60 vendor-class PXEClient bypass (pxe_style)
67 boot-file-name pxelinux.0 pybootd.ini:7 [bootfile] default
97 client-machine-id 12345678-abcd-ef00-1111-abcdefabcdef as the request has it
takes it DHCPACK, which says the same
boots pxelinux.0, by TFTP from 192.168.1.1: files/pxelinux.0, 1000 octets
next PXELINUX asks for its configuration: pxelinux.cfg/12345678-abcd-ef00-1111-abcdefabcdef, by TFTP from 192.168.1.1: pxe.cfg, 71 octets; by pybootd.ini:15 [filters] pxelinux.cfg/*
default install
label install
kernel linux
append initrd=initrd.gz`,
    );
  },
);

await t.test("UEFI: shim, and GRUB beside it", async (t) => {
  const text = await told(t, BASE, { architecture: 7 });
  t.match(text, "asks DHCPDISCOVER as PXEClient:Arch:00007:UNDI:003000\n");
  t.match(text, "\nfile debian/bootnetx64.efi pybootd.ini:8 [bootfile] 7 (x64 UEFI)\n");
  t.match(text, "\nboots debian/bootnetx64.efi, by TFTP from 192.168.1.1: files/debian/bootnetx64.efi, 4 octets\n");
  t.match(
    text,
    "\nnext shim fetches GRUB: debian/grubx64.efi, by TFTP from 192.168.1.1: files/debian/grubx64.efi, 4 octets",
  );
});

await t.test("HTTP boot: a URL of ours, and what is behind it", async (t) => {
  const text = await told(t, BASE, { architecture: 16 });
  t.match(text, "asks DHCPDISCOVER as HTTPClient:Arch:00016:UNDI:003000\n");
  t.match(text, "\n60 vendor-class HTTPClient what HTTP boot firmware takes\n");
  t.match(text, "\n67 boot-file-name http://192.168.1.1/debian/bootnetx64.efi pybootd.ini:8 [bootfile] 7 (x64 UEFI)\n");
  t.match(
    text,
    "\nboots http://192.168.1.1/debian/bootnetx64.efi, by HTTP from 192.168.1.1: files/debian/bootnetx64.efi, 4 octets\n",
  );
  t.match(text, "\nnext shim fetches GRUB: /debian/grubx64.efi, by HTTP");
});

const CHAIN = `${BASE}[ipxe]
binary_dir = ipxe
kernel = debian/linux
initrd = debian/initrd.gz
extra_kernel_args = auto=true
`;

await t.test("a ROM that is sent to iPXE, the script, and the kernel", async (t) => {
  const text = await told(t, CHAIN);
  t.match(text, "\nfile ipxe/undionly.kpxe pybootd.ini:19 [ipxe] binary_dir\n");
  t.match(text, "\nboots ipxe/undionly.kpxe, by TFTP from 192.168.1.1: ipxe/undionly.kpxe, 4 octets\n\n2. iPXE\n");
  t.match(text, "\n175 ipxe 0xb00101 iPXE need not wait for a proxyDHCP server\n");
  t.match(text, "\n67 boot-file-name http://192.168.1.1/auto.ipxe pybootd.ini:20 [ipxe] kernel\n");
  t.match(
    text,
    "\nboots http://192.168.1.1/auto.ipxe, by HTTP from 192.168.1.1: a script that is made for it\n#!ipxe\n",
  );
  t.match(text, "\nkernel /debian/linux initrd=initrd0.img auto=true || goto failed\n");
  t.match(text, "\nfetches kernel /debian/linux, by HTTP from 192.168.1.1: files/debian/linux, 6 octets\n");
  t.match(text, "\ninitrd /debian/initrd.gz, by HTTP from 192.168.1.1: files/debian/initrd.gz, 6 octets");
});

await t.test("iPXE alone, and UEFI HTTP boot to iPXE", async (t) => {
  const ipxe = await told(t, CHAIN, { stage: "ipxe" });
  t.match(ipxe, "1. iPXE\nasks DHCPDISCOVER as PXEClient:Arch:00000:UNDI:002001\n");
  t.match(ipxe, "\nboots http://192.168.1.1/auto.ipxe, by HTTP");
  const http = await told(t, CHAIN, { architecture: 16 });
  t.match(
    http,
    "\nboots http://192.168.1.1/ipxe/ipxe.efi, by HTTP from 192.168.1.1: ipxe/ipxe.efi, 4 octets\n\n2. iPXE\n",
  );
  t.match(http, "2. iPXE\nasks DHCPDISCOVER as PXEClient:Arch:00007:");
});

await t.test("a known machine: its address, its options, its script, and where they are said", async (t) => {
  const machines = `${MAC}:
  ipAddress: 192.168.1.20
  hostname: build
  nameServers: [192.168.1.54]
  leaseTime: 600
  netboot: {ipxeScript: "#!ipxe\\necho {hostname}\\n"}
`;
  const text = await told(t, `${CHAIN}[hosts]\nfile = hosts.yaml\n`, { stage: "ipxe" }, { "hosts.yaml": machines });
  t.match(text, "\nknown hosts.yaml:1\n");
  t.match(text, "\naddress 192.168.1.20: reserved for it, hosts.yaml:1\n");
  t.match(text, "\n6 domain-name-servers 192.168.1.54 hosts.yaml:1\n");
  t.match(text, "\n51 lease-time 600 s hosts.yaml:1\n");
  t.match(text, "\n12 host-name build hosts.yaml:1\n");
  t.match(text, /\necho build$/);
});

await t.test("an operating system: an address, where its firmware was served first", async (t) => {
  const text = await told(t, BASE.replace("allow_simple_dhcp = yes\n", ""), { stage: "os" });
  t.match(
    text,
    "1. its operating system\nnote only after its firmware was served here (allow_simple_dhcp is off)\nasks DHCPDISCOVER\n",
  );
  t.match(text, "\nanswer DHCPOFFER to 192.168.1.100:68, in a frame to 52:54:00:61:a1:70\n");
  t.match(text, /\ntakes it DHCPACK, which says the same$/);
});

await t.test("a machine that is refused by access, and one that it lets in", async (t) => {
  const list = `[mac]\n52-54-00-61-a1-70 = disable\n52-54-00/24 = enable\n`;
  const ini = `${BASE.replace("[bootpd]\n", "[bootpd]\naccess = mac\n")}${list}`;
  const refused = await told(t, ini);
  t.match(refused, "\naccess refused: MAC 52:54:00:61:a1:70 is disabled in [mac] (pybootd.ini:2 [bootpd] access)\n");
  t.match(refused, /\nanswer none: .*is disabled in \[mac\]$/);
  t.match(await told(t, ini, { mac: "52:54:00:00:00:01" }), "\naccess granted (pybootd.ini:2 [bootpd] access)\n");
});

await t.test("access = http: the authority is not asked", async (t) => {
  const ini = `${BASE.replace("[bootpd]\n", "[bootpd]\naccess = http\n")}[http]\nlocation = http://127.0.0.1:9/\n`;
  t.match(
    await told(t, ini),
    "\naccess taken for granted: its authority is not asked (pybootd.ini:2 [bootpd] access)\n",
  );
});

await t.test("an architecture without a boot file, and one that nobody knows", async (t) => {
  const known = await told(t, BASE, { architecture: 11 });
  t.match(known, /\nboots nothing from here: \[bootfile\] has no entry for architecture 11 \(ARM 64-bit UEFI\)$/);
  const unknown = await told(t, BASE, { architecture: 999 });
  t.match(unknown, "52:54:00:61:a1:70, architecture 999, by");
  t.match(unknown, /\nboots nothing from here: \[bootfile\] has no entry for architecture 999$/);
});

await t.test("behind a relay agent: the network of its address, and one that is not served", async (t) => {
  const subnet =
    "[subnet lab]\nnetwork = 10.7.0.0/24\npool_start = 10.7.0.50\ngateway = 10.7.0.1\nboot_file = lab.0\nntp-servers = 10.7.0.9\n";
  const text = await told(t, `${BASE}${subnet}`, { via: ip("10.7.0.1") });
  t.match(text, "architecture 0 (x86 BIOS), behind the relay agent 10.7.0.1, by");
  t.match(text, "\naddress 10.7.0.50: a free one of the pool ([subnet lab])\n");
  t.match(text, "\nanswer DHCPOFFER to 10.7.0.1:67\n");
  t.match(text, "\n1 subnet-mask 255.255.255.0 [subnet lab] network\n");
  t.match(text, "\n3 routers 10.7.0.1 pybootd.ini:21 [subnet lab] gateway\n");
  t.match(text, "\nfile lab.0 pybootd.ini:22 [subnet lab] boot_file\n");
  t.match(text, "\nboots lab.0, by TFTP from 192.168.1.1: NOT SERVED: there is no files/lab.0");
  const elsewhere = await told(t, BASE, { via: ip("10.99.0.1") });
  t.match(elsewhere, "\naccess not asked\n");
  t.match(elsewhere, /\nanswer none: .*it was relayed by 10\.99\.0\.1, which is not in 192\.168\.1\.0\/24$/);
});

await t.test("beside another DHCP server: an offer without an address, and port 4011", async (t) => {
  const ini = BASE.replace("pool_start = 192.168.1.100", "mode = auto-proxy\naddress = 192.168.1.1");
  const text = await told(t, ini, { architecture: 7 });
  t.match(text, "\nprofile [profile uefi-proxy], built in: some UEFI firmware ignores");
  t.notMatch(text, "yiaddr");
  t.match(text, "\n60 vendor-class PXEClient binl (pxe_style), [profile uefi-proxy]\n");
  t.match(text, "\nthen it asks the boot server, port 4011\nasks DHCPREQUEST as PXEClient:");
  t.match(text, "\nanswer DHCPACK to 192.168.1.254:68\n");
  t.match(text, "\nboots debian/bootnetx64.efi, by TFTP");
});

await t.test("a menu: what each of its entries boots", async (t) => {
  const menu = "[menu]\nprompt = Choose\nDebian = pxelinux.0\nMemory test = memtest\nThis disk = local\n";
  const text = await told(t, `${BASE}${menu}`);
  t.match(
    text,
    /\n43 vendor-specific 6 discovery control 3; 8 boot server 0x8000 at 192\.168\.1\.1; .*10 prompt "Choose"/,
  );
  t.match(text, "\nmenu Debian: pxelinux.0, by TFTP from 192.168.1.1: files/pxelinux.0, 1000 octets\n");
  t.match(text, "\nMemory test: memtest, by TFTP from 192.168.1.1: NOT SERVED: there is no files/memtest\n");
  t.match(text, /\nThis disk: the machine's own disk$/);
});

await t.test("what is behind a URL, or on another server, is named and not asked", async (t) => {
  const mirror = BASE.replace("[tftpd]\nroot = ./files", "[tftpd]\nroot = http://127.0.0.1:9/netboot/");
  t.match(
    await told(t, mirror),
    "\nboots pxelinux.0, by TFTP from 192.168.1.1: http://127.0.0.1:9/netboot/pxelinux.0 (not asked: that takes a network)\n",
  );
  const next = BASE.replace("[bootpd]\n", "[bootpd]\nnext_server = 192.168.1.9\n");
  const text = await told(t, next);
  t.match(text, "\nsiaddr 192.168.1.9 pybootd.ini:2 [bootpd] next_server\n");
  t.match(text, /\nboots pxelinux\.0, by TFTP from 192\.168\.1\.9, which is not this server$/);
});

await t.test("the lease that a machine has is what it would get, and options are as [option] says", async (t) => {
  const lease = makeLease({ address: ip("192.168.1.105"), key: mac(MAC), mac: mac(MAC), ends: Infinity });
  const text = await told(t, `${BASE}[option]\nntp-servers = 192.168.1.7\nrouters = none\n`, { architecture: 7 }, {}, [
    lease,
  ]);
  t.match(text, "beside the 1 lease that is kept");
  t.match(text, "\naddress 192.168.1.105: the one that it has or had\n");
  t.match(text, "\n42 ntp-servers 192.168.1.7 pybootd.ini:19 [option] ntp-servers (42)\n");
  t.notMatch(text, "routers");
});

await t.test("a machine that booted once gets nothing more, and simulating is no boot", async (t) => {
  const machines = `${MAC}: {netboot: {once: true}}\n`;
  const ini = `${BASE}[hosts]\nfile = hosts.yaml\n`;
  t.match(await told(t, ini, { stage: "os" }, { "hosts.yaml": machines }), "takes it DHCPACK");
  t.match(await told(t, ini, {}, { "hosts.yaml": machines }), "\nboots pxelinux.0");
  const state = { once: { "52-54-00-61-a1-70": "{}" } };
  const done = await told(t, ini, {}, { "hosts.yaml": machines, state });
  t.match(done, /\nboots nothing from here: it boots from here once, and has done so \(pybootd hosts reset 52:54/);
});

await t.test("what the services refuse is not served here either", async (t) => {
  const elsewhere = BASE.replace("[tftpd]\n", "[tftpd]\nclients = 10.0.0.0/8\n");
  t.match(
    await told(t, elsewhere),
    /\nboots pxelinux\.0, by TFTP from 192\.168\.1\.1: NOT SERVED: .*\[tftpd\] clients/,
  );
  const own = BASE.replace("[filters]\n", "[filters]\nipxe/* = none.cfg\n") + "[ipxe]\nbinary_dir = ipxe\n";
  t.match(
    await told(t, own),
    "\nboots ipxe/undionly.kpxe, by TFTP from 192.168.1.1: ipxe/undionly.kpxe, 4 octets\n",
    "a filter that does not count for it is not named",
  );
});

await t.test("a host's own option counts before that of its network, and says so", async (t) => {
  const machines = `${MAC}: {ipAddress: 10.7.0.20, nameServers: [10.7.0.54]}\n`;
  const subnet = "[subnet lab]\nnetwork = 10.7.0.0/24\npool_start = 10.7.0.50\ndns-servers = 10.7.0.53\n";
  const ini = `${BASE}[hosts]\nfile = hosts.yaml\n${subnet}`;
  const text = await told(t, ini, { via: ip("10.7.0.1") }, { "hosts.yaml": machines });
  t.match(text, "\n6 domain-name-servers 10.7.0.54 hosts.yaml:1\n");
});
