/** The contract of the sources of machines, and what is special of those of the configuration file and of several. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { EventBus } from "../../lib/events/event.js";
import { FileHosts } from "../../lib/inventory/file/file-hosts.js";
import { describeOrigins, type Host } from "../../lib/inventory/host.js";
import { IniHosts } from "../../lib/inventory/ini/ini-hosts.js";
import { JoinedHosts } from "../../lib/inventory/joined-hosts.js";
import { noHosts, type HostListener, type HostSource } from "../../lib/inventory/source.js";
import { loadText } from "../support/configuration.js";
import { runHostSourceTests, type KnownMachine } from "./source-contract.js";
import { ManualClock } from "../support/manual-clock.js";
import { ip, mac } from "../support/values.js";

function iniHosts(t: Test, text: string): IniHosts {
  const { settings, file } = loadText(t, `[bootpd]\npool_start = 192.168.1.100\n${text}`);
  return new IniHosts(settings, file);
}

function iniWith(t: Test, machines: readonly KnownMachine[]): IniHosts {
  const lines = machines.map(
    ({ name, address, hostName = "" }) => `${name.replaceAll(":", "-").replace("id-", "id:")} = ${address} ${hostName}`,
  );
  return iniHosts(t, `[static_dhcp]\n${lines.join("\n")}\n`);
}

async function fileWith(t: Test, machines: readonly KnownMachine[]): Promise<FileHosts> {
  const path = join(t.testdir(), "hosts.yaml");
  const records = machines.map(({ name, address, hostName = "" }) => [
    name,
    { ipAddress: address, hostname: hostName },
  ]);
  writeFileSync(path, JSON.stringify(Object.fromEntries(records)));
  return FileHosts.open(path, new EventBus(), new ManualClock());
}

/** As a source that asks another host. */
function later(source: HostSource): HostSource {
  return {
    find: (who) => Promise.resolve(source.find(who)),
    known: () => source.known(),
    state: () => source.state(),
    onChange: (listener) => source.onChange(listener),
    start: () => {
      source.start();
    },
    close: () => source.close(),
  };
}

await t.test("the configuration file", (t) => runHostSourceTests(t, iniWith));
await t.test("a file", (t) => runHostSourceTests(t, fileWith));
await t.test("several", (t) =>
  runHostSourceTests(
    t,
    async (t, machines) =>
      new JoinedHosts([iniWith(t, machines.slice(0, 1)), noHosts, await fileWith(t, machines.slice(1))]),
  ),
);
await t.test("several of which one has to be asked", (t) =>
  runHostSourceTests(t, (t, machines) => new JoinedHosts([noHosts, later(iniWith(t, machines))]), true),
);

const ONE = { mac: mac("52-54-00-00-00-01"), clientId: undefined };
const TWO = { mac: mac("52-54-00-00-00-02"), clientId: undefined };

await t.test("what [mac] lists is known where access = mac goes by it, and only there", (t) => {
  const lists =
    "[mac]\n52-54-00-00-00-01 = enable\n52-54-00/24 = disable\n[static_dhcp]\n52-54-00-00-00-02 = 192.168.1.22\n";
  const hosts = iniHosts(t, `access = mac\n${lists}`);
  t.match(hosts.find(ONE), { disabled: false });
  t.match(hosts.find(TWO), { disabled: true, address: ip("192.168.1.22") });
  t.equal(hosts.find({ mac: mac("1C-69-7A-00-00-01"), clientId: undefined }), undefined);
  const open = iniHosts(t, lists);
  t.equal(open.find(ONE), undefined);
  t.equal(open.find(TWO)?.disabled, undefined);
  t.end();
});

function source(...hosts: readonly Partial<Host>[]): HostSource {
  const [host] = hosts.map((given) => ({ macs: [ONE.mac], facts: {}, netboot: {}, origins: [], ...given }));
  return { ...noHosts, find: () => host };
}

await t.test("of several sources each fact is that of the first that says it", (t) => {
  const first = source({
    address: ip("192.168.1.21"),
    facts: { domain: "first.example", dns: undefined },
    netboot: { script: "#!ipxe" },
    origins: [{ source: "pybootd.ini", line: 7 }],
  });
  const second = source({
    address: ip("192.168.1.99"),
    hostName: "second",
    facts: { domain: "second.example", dns: [ip("192.168.1.53")] },
    netboot: { allowPxe: false, scriptUrl: "http://second.example/" },
    origins: [{ source: "hosts.yaml", line: 3 }],
  });
  const host = new JoinedHosts([first, second]).find(ONE) as Host;
  t.match(host, {
    macs: [ONE.mac],
    address: ip("192.168.1.21"),
    hostName: "second",
    facts: { domain: "first.example", dns: [ip("192.168.1.53")] },
    netboot: { allowPxe: false, script: "#!ipxe", scriptUrl: undefined },
  });
  t.equal(describeOrigins(host), "pybootd.ini:7, hosts.yaml:3");
  t.end();
});

await t.test("a source that cannot tell leaves nobody in the belief that the machine is unknown", async (t) => {
  const broken = { ...noHosts, find: () => Promise.reject(new Error("no answer")) };
  await t.rejects(Promise.resolve(new JoinedHosts([source({}), broken]).find(ONE)), { message: "no answer" });
});

await t.test("a change of one of several is one of them all", async (t) => {
  const listeners = new Set<HostListener>();
  const changing: HostSource = {
    ...noHosts,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const joined = new JoinedHosts([noHosts, changing]);
  let heard = 0;
  const leave = joined.onChange(({ set }) => {
    heard += set.length;
    return [];
  });
  const host = { macs: [ONE.mac], facts: {}, netboot: {}, origins: [] };
  const changes = { set: [{ id: "one", place: 1, host }], moved: [], gone: [] };
  for (const listener of listeners) listener(changes);
  leave();
  for (const listener of listeners) listener(changes);
  t.equal(heard, 1);
  await joined.close();
});
