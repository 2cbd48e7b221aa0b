/** Which script a machine gets. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import type { Host, Netboot } from "../../../lib/inventory/host.js";
import { OneShotFolder } from "../../../lib/boot/one-shots.js";
import { HostScripts } from "../../../lib/boot/ipxe/script-folder.js";
import { noHosts } from "../../../lib/inventory/source.js";
import { Scripts, type ScriptSettings } from "../../../lib/boot/ipxe/scripts.js";
import { ip, mac } from "../../support/values.js";

const MACHINE = mac("52:54:00:61:a1:70");
const NOTHING: ScriptSettings = { script: undefined, scriptUrl: undefined, kernel: undefined, forUnknown: true };
const KERNEL = {
  kernel: "debian/vmlinuz",
  initrds: ["/a.gz", "http://mirror/b.gz"],
  extraArgs: "auto=true name={hostname}",
  retries: 3,
};

function hostWith(netboot: Netboot): Host {
  return {
    macs: [MACHINE],
    address: ip("192.168.1.20"),
    hostName: "nas",
    facts: { dns: [ip("9.9.9.9"), ip("8.8.8.8")], router: ip("192.168.1.1") },
    netboot,
    vlan: 7,
    origins: [],
  };
}

interface Bench {
  readonly folder: string;
  readonly once: OneShotFolder;
  /** What was told of names that nobody knows the value of. */
  readonly unknown: readonly string[];
  /** Where the scripts came from. */
  readonly given: readonly string[];
  /** The script of a machine of which nothing is known. */
  readonly askUnknown: () => Promise<string | undefined>;
  readonly ask: (told?: Readonly<Record<string, string>>, origin?: string) => Promise<string | undefined>;
}

function bench(t: Test, settings: Partial<ScriptSettings>, host?: Host): Bench {
  const folder = t.testdir({ named: {} });
  const unknown: string[] = [];
  const given: string[] = [];
  const once = new OneShotFolder(join(folder, "once"));
  const scripts = new Scripts({
    hosts: { ...noHosts, find: () => host },
    named: new HostScripts(join(folder, "named")),
    once,
    settings: { ...NOTHING, ...settings },
    onUnknown: (name, of) => unknown.push(`${name} of ${of ?? "nobody"}`),
    onGiven: (source, to) => given.push(`${source} to ${to ?? "nobody"}`),
  });
  return {
    folder,
    once,
    unknown,
    given,
    askUnknown: () =>
      scripts.scriptFor(
        { mac: undefined, ip: undefined, uuid: undefined, arch: undefined, told: new Map() },
        { origin: "http://192.168.1.1", reports: true },
      ),
    ask: (told = {}, origin = "") =>
      scripts.scriptFor(
        { mac: MACHINE, ip: "192.168.1.100", uuid: undefined, arch: "7", told: new Map(Object.entries(told)) },
        { origin, reports: true },
      ),
  };
}

await t.test("a template with what is known of the machine, read each time", async (t) => {
  const path = join(t.testdir(), "boot.ipxe");
  const { ask } = bench(t, { script: path }, hostWith({ console: "ttyS0,115200" }));
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, "#!ipxe\necho {mac} {ip} {hostname} {arch} {nameServers} {vlanID} {console} {serial} {uuid}\n");
  t.equal(
    await ask({ serial: "A 1\nshell" }),
    "#!ipxe\necho 52-54-00-61-a1-70 192.168.1.100 nas 7 9.9.9.9,8.8.8.8 7 ttyS0,115200 A_1_shell ${uuid}\n",
  );
  writeFileSync(path, "#!ipxe\necho {manufacturer}\n");
  t.equal(await ask({ manufacturer: "Dell Inc." }), "#!ipxe\necho Dell_Inc.\n");
});

await t.test("the script in the folder, named by the MAC address, counts at once and before all others", async (t) => {
  const { ask, folder } = bench(t, { scriptUrl: "http://elsewhere/x.ipxe" }, hostWith({ script: "#!ipxe\nexit\n" }));
  t.equal(await ask(), "#!ipxe\nexit\n");
  writeFileSync(join(folder, "named", "52-54-00-61-a1-70"), "#!ipxe\necho {hostname}\n");
  t.equal(await ask(), "#!ipxe\necho nas\n");
});

await t.test("a URL of its own, or that of all, is gone on to", async (t) => {
  const own = bench(t, { scriptUrl: "http://all/x.ipxe" }, hostWith({ scriptUrl: "http://own/${mac}.ipxe" }));
  t.equal(await own.ask(), "#!ipxe\nchain --replace --autofree http://own/${mac}.ipxe\n");
  const all = bench(t, { scriptUrl: "http://all/x.ipxe" });
  t.equal(await all.ask(), "#!ipxe\nchain --replace --autofree http://all/x.ipxe\n");
});

await t.test("a kernel and its RAM disks, tried again where they cannot be fetched", async (t) => {
  const { ask } = bench(t, { kernel: KERNEL }, hostWith({ console: "ttyS0" }));
  const script = (await ask()) ?? "";
  t.match(script, /^#!ipxe\n/);
  t.match(
    script,
    "kernel /debian/vmlinuz initrd=initrd0.img initrd=initrd1.img console=ttyS0 auto=true name=nas || goto failed\n" +
      "initrd --name initrd0.img /a.gz || goto failed\n" +
      "initrd --name initrd1.img http://mirror/b.gz || goto failed\n" +
      "boot || goto failed\n",
  );
  t.match(script, "iseq ${tries} 3 && goto given_up ||\ninc tries\n");
  t.notMatch(script, /booted/, "who boots from here always has nothing to report");
  t.match(await ask({}, "http://192.168.1.1"), "kernel http://192.168.1.1/debian/vmlinuz ");
});

await t.test("a machine that boots once reports it, and boots from its own disk then, until it is reset", async (t) => {
  const { ask, once } = bench(t, { kernel: KERNEL }, hostWith({ once: true }));
  t.match(await ask(), "imgfetch --name booted /booted/52-54-00-61-a1-70 && imgfree booted ||\nboot ");
  once.finish(MACHINE, "script");
  t.match(await ask(), /^#!ipxe\n[^]*\nexit\n$/);
  t.notMatch(await ask(), /kernel/);
  once.reset(MACHINE);
  t.match(await ask(), /kernel/);
});

await t.test("where each script comes from is told", async (t) => {
  const script = "#!ipxe\nexit\n";
  const cases: readonly (readonly [source: string, Partial<ScriptSettings>, Host?])[] = [
    ["url", { scriptUrl: "http://all/x.ipxe" }],
    ["kernel", { kernel: KERNEL }],
    ["host", { kernel: KERNEL }, hostWith({ script })],
    ["host-url", { kernel: KERNEL }, hostWith({ scriptUrl: "http://own/x.ipxe" })],
    ["own-disk", { kernel: KERNEL }, hostWith({ allowPxe: false })],
  ];
  for (const [source, settings, host] of cases) {
    const { ask, given } = bench(t, settings, host);
    await ask();
    t.strictSame(given, [`${source} to ${MACHINE}`]);
  }
  const template = join(t.testdirName, "boot.ipxe");
  const { ask, folder, given } = bench(t, { script: template });
  writeFileSync(template, script);
  await ask();
  writeFileSync(join(folder, "named", "52-54-00-61-a1-70"), script);
  await ask();
  t.strictSame(given, [`template to ${MACHINE}`, `folder to ${MACHINE}`]);
  const nothing = bench(t, {});
  await nothing.ask();
  t.strictSame(nothing.given, [], "who gets none is given nothing");
});

await t.test("a machine that may not boot from here boots from its own disk", async (t) => {
  t.match(await bench(t, { kernel: KERNEL }, hostWith({ allowPxe: false })).ask(), /sanboot/);
});

await t.test("one that nobody knows gets the script of all, or none", async (t) => {
  t.match(await bench(t, { kernel: KERNEL }).ask(), /kernel/);
  t.equal(await bench(t, { kernel: KERNEL, forUnknown: false }).ask(), undefined);
  t.match(await bench(t, { kernel: KERNEL, forUnknown: false }, hostWith({})).ask(), /kernel/);
  t.equal(await bench(t, {}).ask(), undefined);
});

await t.test("what cannot be read is no script, with a reason", async (t) => {
  await t.rejects(bench(t, { script: "/absent/x.ipxe" }).ask(), { name: "FileError", kind: "not-found" });
});

await t.test("what is not known of a machine iPXE fills in itself, in the form that ours would have", async (t) => {
  const path = join(t.testdir(), "boot.ipxe");
  const { askUnknown, unknown } = bench(t, { script: path });
  mkdirSync(join(path, ".."), { recursive: true });
  const names = [
    "mac",
    "ip",
    "uuid",
    "hostname",
    "serial",
    "manufacturer",
    "ipAddress",
    "subnetMask",
    "defaultGateway",
  ];
  const more = ["nameServers", "domainName", "ntpServers", "broadcastAddress", "leaseTime", "MAC"];
  writeFileSync(path, `#!ipxe\n${[...names, ...more].map((name) => `{${name}}`).join(" ")}\n`);
  t.equal(
    await askUnknown(),
    "#!ipxe\n${netX/mac:hexhyp} ${netX/ip} ${uuid} ${hostname} ${serial} ${manufacturer} ${netX/ip} ${netX/netmask} " +
      "${netX/gateway} ${netX/dns} ${netX/domain} ${netX/42:ipv4} ${netX/28:ipv4} ${netX/51:int32} ${netX/mac:hexhyp}\n",
  );
  t.strictSame(unknown, []);
});

await t.test("of what iPXE has no setting for either, each name is told of once", async (t) => {
  const path = join(t.testdir(), "boot.ipxe");
  const { ask, askUnknown, unknown } = bench(t, { script: path });
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, "#!ipxe\necho {arch}x{console}y{nothing}\n");
  t.equal(await askUnknown(), "#!ipxe\necho xy{nothing}\n");
  t.equal(await ask(), "#!ipxe\necho 7xy{nothing}\n");
  writeFileSync(path, "#!ipxe\necho {vlanID}{ARCH}\n");
  await askUnknown();
  t.equal(await ask(), "#!ipxe\necho 7\n");
  t.strictSame(unknown, ["arch of nobody", "console of nobody", "vlanID of nobody"]);
});

await t.test("the script that is made here has iPXE's own settings too where nothing is known", async (t) => {
  const { askUnknown } = bench(t, {
    kernel: { ...KERNEL, kernel: "by-mac/{mac}/vmlinuz", extraArgs: "name={hostname} at={ip}" },
  });
  const script = await askUnknown();
  t.match(script, "kernel http://192.168.1.1/by-mac/${netX/mac:hexhyp}/vmlinuz");
  t.match(script, "name=${hostname} at=${netX/ip} ||");
});

await t.test("while the inventory is not known nobody gets the script of another machine", async (t) => {
  const scripts = new Scripts({
    hosts: { ...noHosts, state: () => ({ kind: "unknown", reason: "connect ECONNREFUSED" }) },
    named: undefined,
    once: { isDone: () => false },
    settings: { ...NOTHING, scriptUrl: "http://boot.example/install.ipxe" },
    onUnknown: () => undefined,
    onGiven: () => undefined,
  });
  const machine = { mac: MACHINE, ip: undefined, uuid: undefined, arch: undefined, told: new Map<string, string>() };
  await t.rejects(scripts.scriptFor(machine, { origin: "", reports: true }), {
    kind: "unavailable",
    message: "the inventory is not known yet: connect ECONNREFUSED",
  });
});
