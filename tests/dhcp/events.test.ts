/** The events of DHCP requests: who asked, and the cause by which one got no answer. */

import t from "tap";
import { StoreRecovery } from "../../lib/dhcp/store-recovery.js";
import type { Event, Machine } from "../../lib/events/event.js";
import type { LeaseStore } from "../../lib/leases/lease.js";
import { MemoryStore } from "../../lib/leases/store/memory-store.js";
import { DhcpBench, POOL_START, PXE, SERVER, type Way } from "../support/dhcp-bench.js";
import { MAC, quad, text } from "../support/dhcp-packet.js";
import { ip, mac, uuid } from "../support/values.js";

const ROOT = "0012345678abcdef001111abcdefabcdef";

function machineOf(events: readonly Event[]): Machine {
  const [event] = events;
  if (event === undefined || !("machine" in event)) throw new Error("no event of a machine");
  return event.machine;
}

await t.test("the machine of an event is what its request says of it", async (t) => {
  const bench = await DhcpBench.start();
  const options = [...PXE, [12, text("node7")], [77, text("iPXE")], [175, "eb03010f01"]] as const;
  bench.discover(options, { secs: 8, giaddr: "192.168.7.254" });
  const machine = machineOf(bench.events);
  t.match(machine, {
    mac: mac(MAC),
    uuid: uuid("12345678-abcd-ef00-1111-abcdefabcdef"),
    architecture: 0,
    kind: "pxe",
    vendorClass: "PXEClient:Arch:00000:UNDI:002001",
    userClasses: ["iPXE"],
    hostName: "node7",
    secs: 8,
    via: { interfaceName: "eth0", relay: ip("192.168.7.254") },
    ipxe: { version: "1.15.1" },
  });
  bench.events.splice(0);
  bench.discover();
  t.match(machineOf(bench.events), {
    vendorClass: "",
    userClasses: [],
    hostName: undefined,
    secs: 0,
    via: { interfaceName: "eth0", relay: undefined },
    ipxe: undefined,
  });
});

await t.test("the texts of a machine are cut at 255 octets", async (t) => {
  const bench = await DhcpBench.start();
  const long = text("x".repeat(200));
  // RFC 3396: an option that is longer than 255 octets comes in several parts.
  bench.discover([
    [97, ROOT],
    [60, long],
    [60, long],
    [12, long],
    [12, long],
    [77, text("u".repeat(200))],
    [77, text("u".repeat(200))],
  ]);
  const { vendorClass, hostName, userClasses } = machineOf(bench.events);
  t.equal(vendorClass, "x".repeat(255));
  t.equal(hostName, "x".repeat(255));
  t.strictSame(userClasses, ["u".repeat(255)]);
});

await t.test("who asks the boot server is told of, with the address", async (t) => {
  const bench = await DhcpBench.start({ proxy: true });
  const from = { address: ip("192.168.7.77"), port: 4011 };
  const way: Way = { from, to: { address: ip(SERVER), port: 4011 } };
  bench.ask({ ciaddr: "192.168.7.77", options: [[53, "03"], ...PXE] }, way);
  t.match(bench.details, [{ kind: "boot-asked", machine: { mac: mac(MAC), kind: "pxe" }, peer: from }]);
  bench.discover(PXE);
  t.equal(bench.details.length, 1, "what comes by port 67 is no such request");
});

await t.test("why a request gets no answer is a code with its facts", async (t) => {
  const bench = await DhcpBench.start({ allowSimple: true, poolCount: 1, authoritative: true });
  const causes = (): readonly unknown[] =>
    bench.events.splice(0).map((event) => ("cause" in event ? { kind: event.kind, ...event.cause } : event.kind));
  bench.obtain();
  bench.events.splice(0);
  bench.discover([], { chaddr: "52:54:00:00:00:99" });
  t.strictSame(causes(), [
    { kind: "dhcp-ignored", code: "pool-exhausted", networks: ["192.168.7.0/24"], otherCard: undefined },
  ]);
  bench.request("192.168.7.77");
  t.strictSame(causes(), [{ kind: "dhcp-refused", code: "has-another", own: ip(POOL_START) }]);
  bench.request("10.0.0.5", [], { chaddr: "52:54:00:00:00:99" });
  t.strictSame(causes(), [
    { kind: "dhcp-refused", code: "not-in-network", address: ip("10.0.0.5"), subnet: "192.168.7.0/24" },
  ]);
  const other = ip("192.168.7.9");
  bench.ask({
    options: [
      [53, "03"],
      [54, quad("192.168.7.9")],
      [50, quad(POOL_START)],
    ],
  });
  t.strictSame(causes(), [{ kind: "dhcp-ignored", code: "took-other", server: other }]);
  bench.ask({ giaddr: "172.16.0.1", options: [[53, "01"]] });
  t.strictSame(causes(), [
    {
      kind: "dhcp-ignored",
      code: "network-not-served",
      by: "relay",
      address: ip("172.16.0.1"),
      networks: ["192.168.7.0/24"],
    },
  ]);
  bench.ask({ op: 2, options: [[53, "01"]] });
  t.strictSame(causes(), [{ kind: "packet-dropped", code: "not-a-request" }]);
});

await t.test("firmware without a file is told of with the architecture that has none", async (t) => {
  const bench = await DhcpBench.start({ bootFiles: [[7, "boot.efi"]] });
  bench.discover(PXE);
  t.match(bench.events, [{ kind: "dhcp-offered", boot: { noFile: { code: "no-boot-file", architecture: 0 } } }]);
});

await t.test("a request that is left to another server is told of with the cause", async (t) => {
  const bench = await DhcpBench.start({ proxy: true });
  bench.discover();
  bench.discover([[60, text("PXEClient")]]);
  t.match(bench.events, [
    { kind: "dhcp-left", cause: { code: "not-firmware" } },
    { kind: "dhcp-left", cause: { code: "no-architecture" } },
  ]);
});

await t.test("a lease that cannot be kept is told of, and the first one that can be again", async (t) => {
  const memory = new MemoryStore();
  let full = true;
  const store: LeaseStore = Object.assign(Object.create(memory) as LeaseStore, {
    put: () =>
      full ? Promise.reject(Object.assign(new Error("the disk is full"), { code: "ENOSPC" })) : Promise.resolve(),
  });
  const bench = await DhcpBench.start({ allowSimple: true, store });
  const recovery = new StoreRecovery(bench.bus);
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  for (let count = 0; count < 2; count++) {
    bench.obtain();
    await settle();
  }
  full = false;
  for (let count = 0; count < 2; count++) {
    bench.obtain();
    await settle();
  }
  recovery.stop();
  const told = bench.events.filter(({ kind }) => kind !== "dhcp-offered");
  const lost = { kind: "lease-lost", cause: { code: "not-kept", error: "ENOSPC", message: "the disk is full" } };
  t.match(told, [lost, lost, { kind: "dhcp-leased" }, { kind: "store-recovered", lost: 2 }, { kind: "dhcp-leased" }]);
  t.equal(told.length, 5);
});
