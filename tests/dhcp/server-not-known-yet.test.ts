/** What machines get while the inventory is not known yet: nobody loses anything for want of knowledge. */

import t from "tap";
import { macAccess, IdentifierList } from "../../lib/access/list.js";
import type { Host } from "../../lib/inventory/host.js";
import { noHosts, type HostSource, type SourceState } from "../../lib/inventory/source.js";
import { MemoryStore } from "../../lib/leases/store/memory-store.js";
import type { LeaseKey } from "../../lib/machine/lease-key.js";
import { DhcpBench, POOL_START, PXE, SERVER, type Answered, type BenchOptions } from "../support/dhcp-bench.js";
import { MAC, quad } from "../support/dhcp-packet.js";
import { clientId, ip, mac } from "../support/values.js";

const OTHER = "52:54:00:aa:bb:02";
const REASON = "the inventory is not known yet: connect ECONNREFUSED";

/** A source that has not been read, but for a machine that another source knows. */
function unread(known?: string): HostSource & { state: () => SourceState; read: (hosts: HostSource["find"]) => void } {
  const host = (of: string): Host => ({ macs: [mac(of)], facts: {}, netboot: {}, origins: [] });
  let state: SourceState = { kind: "unknown", reason: "connect ECONNREFUSED" };
  let find: HostSource["find"] = (who) => (known !== undefined && who.mac === mac(known) ? host(known) : undefined);
  return {
    ...noHosts,
    find: (who) => find(who),
    state: () => state,
    read(hosts) {
      state = { kind: "current" };
      find = hosts;
    },
  };
}

/** Starts a server without an inventory. @param leased the addresses that machines have, by key */
async function start(leased: Readonly<Record<string, string>>, options: BenchOptions = {}): Promise<DhcpBench> {
  const store = new MemoryStore();
  const bench = await DhcpBench.start({ allowSimple: true, authoritative: true, hosts: unread(), store, ...options });
  for (const [name, address] of Object.entries(leased)) {
    const key: LeaseKey = name.startsWith("id:") ? clientId(name) : mac(name);
    const starts = bench.clock.date();
    const of = name.startsWith("id:") ? mac(MAC) : mac(name);
    const lease = { key, mac: of, address: ip(address), state: "bound", hostName: undefined } as const;
    bench.leases.restore({ ...lease, starts, ends: starts + 3_600_000 });
  }
  return bench;
}

/** Sends a request. @returns the reply, of which there is one at most */
function ask(bench: DhcpBench, request: Parameters<DhcpBench["ask"]>[0]): Answered | undefined {
  const [answer, ...more] = bench.ask(request);
  if (more.length > 0) throw new Error("there are several replies");
  return answer;
}

await t.test("a lease is renewed as it is, outside of the pool too", async (t) => {
  const bench = await start({ [MAC]: "192.168.7.20", [OTHER]: POOL_START });
  for (const [chaddr, address] of [
    [MAC, "192.168.7.20"],
    [OTHER, POOL_START],
  ] as const) {
    const renewed = ask(bench, { chaddr, ciaddr: address, options: [[53, "03"]] });
    t.match(renewed, { yiaddr: address });
    t.equal(renewed?.options.get(53), "05");
    const rebooted = ask(bench, {
      chaddr,
      options: [
        [53, "03"],
        [50, quad(address)],
      ],
    });
    t.equal(rebooted?.options.get(53), "05", "INIT-REBOOT");
  }
});

await t.test("a machine without a lease gets silence and no NAK, and the log says why", async (t) => {
  const bench = await start({ [OTHER]: POOL_START });
  const discover = [[53, "01"]] as const;
  const asked = [
    { chaddr: MAC, options: discover },
    { chaddr: MAC, options: [...discover, ...PXE] },
    { chaddr: MAC, ciaddr: "192.168.7.101", options: [[53, "03"]] as const },
    { chaddr: MAC, ciaddr: "10.0.0.1", options: [[53, "03"]] as const },
    {
      chaddr: MAC,
      options: [
        [53, "03"],
        [50, quad(POOL_START)],
      ] as const,
    },
    {
      chaddr: MAC,
      options: [
        [53, "03"],
        [54, quad(SERVER)],
        [50, quad("192.168.7.102")],
      ] as const,
    },
    { chaddr: MAC, ciaddr: "192.168.7.101", options: [[53, "08"]] as const },
    { chaddr: MAC, options: [] },
  ];
  for (const request of asked) {
    bench.log();
    t.equal(ask(bench, request), undefined, JSON.stringify(request));
    t.match(bench.log(), [new RegExp(`: ignored .*: ${REASON}$`)]);
  }
});

await t.test("a machine that has a lease and asks for another address keeps the one that it has", async (t) => {
  const bench = await start({ [MAC]: "192.168.7.20", [OTHER]: POOL_START });
  t.equal(ask(bench, { chaddr: MAC, options: [[53, "01"]] }), undefined, "nothing else is offered to it");
  t.equal(ask(bench, { chaddr: MAC, ciaddr: POOL_START, options: [[53, "03"]] }), undefined);
  t.match(ask(bench, { chaddr: OTHER, options: [[53, "01"]] }), { yiaddr: POOL_START }, "its own may be offered");
  t.equal(ask(bench, { chaddr: OTHER, options: [[53, "01"], ...PXE] }), undefined, "its firmware waits");
  t.match(ask(bench, { chaddr: MAC, ciaddr: "192.168.7.20", options: [[53, "03"]] }), { yiaddr: "192.168.7.20" });
});

await t.test("the key of a lease may be the name that the inventory reserves for", async (t) => {
  const id = "id:ff00a1b2";
  const options = [
    [53, "03"],
    [61, "ff00a1b2"],
  ] as const;
  const byId = await start({ [id]: "192.168.7.20" });
  t.match(ask(byId, { chaddr: MAC, ciaddr: "192.168.7.20", options }), { yiaddr: "192.168.7.20" });
  const byMac = await start({ [MAC]: "192.168.7.20" }, { clientKey: "client-id" });
  t.match(ask(byMac, { chaddr: MAC, ciaddr: "192.168.7.20", options }), { yiaddr: "192.168.7.20" });
});

await t.test("a machine that another source knows is served, and gets no NAK either", async (t) => {
  const bench = await start({}, { hosts: unread(MAC) });
  t.match(ask(bench, { chaddr: MAC, options: [[53, "01"]] }), { yiaddr: POOL_START });
  bench.log();
  t.equal(ask(bench, { chaddr: MAC, ciaddr: "192.168.7.20", options: [[53, "03"]] }), undefined);
  t.match(bench.log(), [new RegExp(REASON)]);
  const other = await start({ [MAC]: "192.168.7.20" }, { hosts: unread(MAC) });
  t.match(ask(other, { chaddr: MAC, ciaddr: "192.168.7.20", options: [[53, "03"]] }), { yiaddr: "192.168.7.20" });
});

await t.test("no stage is forgotten, and all is as usual once the inventory is read", async (t) => {
  const hosts = unread();
  const bench = await start({}, { hosts, allowSimple: false });
  bench.machines.update(mac(MAC), { ...bench.machines.get(mac(MAC)), stage: "system" });
  t.equal(ask(bench, { chaddr: MAC, options: [[53, "01"]] }), undefined);
  t.equal(bench.machines.get(mac(MAC)).stage, "system");
  hosts.read(() => undefined);
  t.match(ask(bench, { chaddr: MAC, options: [[53, "01"]] }), { yiaddr: POOL_START });
});

await t.test("boot requests of unknown machines beside another server wait too", async (t) => {
  const bench = await DhcpBench.start({ proxy: true, hosts: unread() });
  t.equal(ask(bench, { chaddr: MAC, options: [[53, "01"], ...PXE] }), undefined);
  t.match(bench.log(), [new RegExp(REASON)]);
});

await t.test("a source that cannot be asked takes no lease away either", async (t) => {
  const hosts = { ...noHosts, find: () => Promise.reject(new Error("the database is away")) };
  const access = macAccess(new IdentifierList([]), () => true);
  const bench = await start({ [MAC]: "192.168.7.20" }, { hosts, access });
  bench.machines.update(mac(OTHER), { ...bench.machines.get(mac(OTHER)), stage: "system" });
  ask(bench, { chaddr: MAC, ciaddr: "192.168.7.20", options: [[53, "03"]] });
  ask(bench, { chaddr: OTHER, ciaddr: "192.168.7.21", options: [[53, "03"]] });
  await new Promise(setImmediate);
  t.match(bench.answers(), [{ yiaddr: "192.168.7.20" }]);
  t.equal(bench.machines.get(mac(OTHER)).stage, "system");
});
