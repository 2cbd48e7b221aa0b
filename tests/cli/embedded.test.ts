/** The embedded configuration is safe beside any DHCP server, also one of this host. */

import { join } from "node:path";
import t, { type Test } from "tap";
import { chooseEmbedded } from "../../lib/cli/embedded.js";
import type { InterfaceAddress } from "../../lib/os/interfaces.js";
import { UNSPECIFIED } from "../../lib/net/ipv4.js";
import type { Libc } from "../../lib/os/libc.js";
import type { UdpRequest } from "../../lib/os/udp.js";
import { HOST, interfaceWith } from "../support/configuration.js";
import { FakeNetwork } from "../support/fake-network.js";
import { ip } from "../support/values.js";

const ALL = { dhcp: true, tftp: true, http: false };
const MIRROR = "http://deb.debian.org/debian/dists/bookworm/main/installer-amd64/current/images/netboot/";

/** Nothing of it is called here: that it is there counts. */
const LIBC = {} as Libc;

/** Chooses on a host with these interfaces, where somebody has the servers' port on some of them. */
async function choose(
  t: Test,
  interfaces: readonly InterfaceAddress[],
  { taken = [], quick = true }: { readonly taken?: readonly Partial<UdpRequest>[]; readonly quick?: boolean } = {},
) {
  const former = process.env["STATE_DIRECTORY"];
  process.env["STATE_DIRECTORY"] = t.testdir({});
  t.teardown(() => {
    if (former === undefined) delete process.env["STATE_DIRECTORY"];
    else process.env["STATE_DIRECTORY"] = former;
  });
  const network = new FakeNetwork();
  const ignore = { onDatagrams: () => undefined, onError: () => undefined };
  for (const request of taken) await network.open({ address: UNSPECIFIED, port: 67, ...request }, ignore);
  const { config, notes } = await chooseEmbedded(ALL, interfaces, { network, libc: quick ? LIBC : undefined });
  t.equal(network.listening.length, taken.length, "nothing stays open");
  return { config, notes: notes.join("\n"), folder: t.testdirName };
}

await t.test("every interface that has an address is served, whatever its network, and loopback is not", async (t) => {
  const { config, notes, folder } = await choose(t, [...HOST, interfaceWith("wan", "203.0.113.9/24")]);
  const { settings, subnets, services } = config;
  t.equal(settings.bootpd.mode, "auto-proxy");
  t.strictSame(
    subnets.map(({ link }) => link),
    [
      { interfaceName: "eth0", interfaceIndex: 1, serverAddress: ip("192.168.1.1") },
      { interfaceName: "eth1", interfaceIndex: 1, serverAddress: ip("10.20.0.1") },
      { interfaceName: "wan", interfaceIndex: 1, serverAddress: ip("203.0.113.9") },
    ],
  );
  for (const { ranges } of subnets)
    t.notOk(
      ranges.some(({ count }) => count > 0),
      "no addresses to give",
    );
  t.strictSame(services, { dhcp: true, tftp: true, http: true });
  t.equal(settings.cache.disk, join(folder, "cache"));
  t.match(
    notes,
    /safe beside any DHCP server\n.*networks of 192\.168\.1\.1 \(eth0\), 10\.20\.0\.1 \(eth1\), 203\.0\.113\.9/,
  );
  t.match(
    notes,
    "gets x86 BIOS pxelinux.0; x64 UEFI debian-installer/amd64/bootnetx64.efi; ARM 64-bit UEFI debian-installer/arm64/bootnetaa64.efi; UEFI HTTP Boot the same by URL; from " +
      MIRROR,
  );
  t.match(notes, "UEFI's GRUB does where the network's DHCP server says that we are its next server (docs/booting.md)");
  t.match(notes, /to change that: cp -r \S+\/etc boot; edit boot\/embedded\.ini; pybootd -c boot\/embedded\.ini$/);
});

await t.test(
  "where another DHCP server of this host has the port on one interface, that one is left alone",
  async (t) => {
    const { config, notes } = await choose(t, HOST, { taken: [{ interfaceName: "eth1" }] });
    t.strictSame(
      config.subnets.map(({ link }) => link?.interfaceName),
      ["eth0"],
    );
    t.ok(config.settings.bootpd.port67);
    t.match(notes, /has UDP port 67 on eth1, so that is left alone/);
  },
);

await t.test("where it has the port on all, only the boot servers' is opened", async (t) => {
  const { config, notes } = await choose(t, HOST, { taken: [{}] });
  t.notOk(config.settings.bootpd.port67);
  t.equal(config.subnets.length, 2);
  t.match(notes, /has UDP port 67 of this host, so this runs as with port67 = no/);
});

await t.test("without any address TFTP and HTTP run alone, and it says so", async (t) => {
  const { config, notes } = await choose(t, HOST.slice(0, 1));
  t.strictSame(config.services, { dhcp: false, tftp: true, http: true });
  t.match(notes, /no IPv4 address but loopback, so no machine is told what to boot/);
});

await t.test("where one process can serve one interface, it is the likeliest", async (t) => {
  const { config } = await choose(t, [interfaceWith("wan", "203.0.113.9/24"), ...HOST], { quick: false });
  t.strictSame(
    config.subnets.map(({ link }) => link?.interfaceName),
    ["eth0"],
  );
});
