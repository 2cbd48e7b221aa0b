/** What TFTP and HTTP know of an address, and who keeps one by reading at it. */

import t, { type Test } from "tap";
import { directoryOf } from "../../lib/dhcp/directory.js";
import { prepareScopes } from "../../lib/dhcp/settings.js";
import { MachineTable } from "../../lib/machine/records.js";
import { SnoopedAddresses } from "../../lib/dhcp/snooped-addresses.js";
import { EventBus } from "../../lib/events/event.js";
import { IniHosts } from "../../lib/inventory/ini/ini-hosts.js";
import type { ClientDirectory } from "../../lib/machine/directory.js";
import type { Allocator } from "../../lib/leases/allocator.js";
import { allocationInMemory } from "../../lib/leases/embedded-allocation.js";
import type { Mac } from "../../lib/net/mac.js";
import { loadText } from "../support/configuration.js";
import { ManualClock } from "../support/manual-clock.js";
import { ip, mac, uuid } from "../support/values.js";

const PI = mac("b8:27:eb:00:00:01");
const OTHER = mac("52:54:00:00:00:02");
const FIRST = ip("192.168.1.100");
const UUID = uuid("12345678-abcd-ef00-1111-abcdefabcdef");

interface Bench {
  readonly clock: ManualClock;
  readonly directory: ClientDirectory;
  readonly machines: MachineTable;
  readonly snooped: SnoopedAddresses;
  leases: Allocator;
  /** Makes the networks anew, as a reload does. */
  readonly reload: (more: string) => Promise<void>;
}

async function open(t: Test, neighbours: ReadonlyMap<string, Mac> = new Map(), more = ""): Promise<Bench> {
  const clock = new ManualClock();
  const [machines, snooped] = [new MachineTable(10), new SnoopedAddresses(10)];
  const allocation = allocationInMemory(clock);
  const load = async (lines: string): Promise<Allocator> => {
    const config = loadText(t, ["[bootpd]", "pool_start = 192.168.1.100", lines].join("\n"));
    const hosts = new IniHosts(config.settings, config.file);
    const { leases } = await prepareScopes(config, { clock, dns: [], allocation, events: new EventBus(), hosts });
    leases.transaction.commit();
    const found = allocation.at(FIRST);
    if (found === undefined) throw new Error("there is no such network");
    return found;
  };
  const neighbourAt = (address: number): Mac | undefined => neighbours.get(String(address));
  const bench: Bench = {
    clock,
    directory: directoryOf({ allocation: () => allocation, machines, snooped, neighbourAt }),
    machines,
    snooped,
    leases: await load(`pool_count = 1\n${more}`),
    reload: async (lines) => {
      bench.leases = await load(lines);
    },
  };
  return bench;
}

function knowFirmware({ machines }: Bench, who: Mac): void {
  const quirks = { maxBlockSize: 1024 };
  machines.update(who, {
    stage: "firmware",
    uuid: UUID,
    architecture: 0,
    isIpxe: false,
    hostName: undefined,
    file: undefined,
    quirks,
  });
}

await t.test(
  "a machine is known by its offer, with its UUID, its architecture and the limits of its profile",
  async (t) => {
    const bench = await open(t);
    knowFirmware(bench, PI);
    t.equal(bench.directory.find(FIRST), undefined);
    await bench.leases.hold({ key: PI, mac: PI }, undefined);
    t.match(bench.directory.find(FIRST), { mac: PI, uuid: UUID, architecture: 0, maxBlockSize: 1024 });
    bench.clock.advance(61_000);
    t.match(bench.directory.find(FIRST), { mac: PI }, "it may be slow");
    await bench.leases.hold({ key: OTHER, mac: OTHER }, undefined);
    t.match(bench.directory.find(FIRST), { mac: OTHER });
  },
);

await t.test("a machine is known by its reservation", async (t) => {
  const bench = await open(t, new Map(), "[static_dhcp]\nb8-27-eb-00-00-01 = 192.168.1.20");
  knowFirmware(bench, PI);
  t.match(bench.directory.find(ip("192.168.1.20")), { mac: PI, uuid: UUID });
});

await t.test("while it reads at an address that it was offered nobody else gets that one", async (t) => {
  const bench = await open(t);
  await bench.leases.hold({ key: PI, mac: PI }, undefined);
  const [first, second] = [bench.directory.reading(FIRST), bench.directory.reading(FIRST)];
  first();
  bench.clock.advance(600_000);
  t.equal(bench.leases.hold({ key: OTHER, mac: OTHER }, undefined), undefined, "one of two goes on");
  t.match(bench.directory.find(FIRST), { mac: PI });
  second();
  bench.clock.advance(59_000);
  t.equal(bench.leases.hold({ key: OTHER, mac: OTHER }, undefined), undefined);
  bench.clock.advance(2000);
  t.equal(bench.leases.hold({ key: OTHER, mac: OTHER }, undefined), FIRST);
  t.match(bench.directory.find(FIRST), { mac: OTHER });
});

await t.test("a reload with another pool changes nothing of that", async (t) => {
  const bench = await open(t);
  await bench.leases.hold({ key: PI, mac: PI }, undefined);
  const ended = bench.directory.reading(FIRST);
  bench.clock.advance(600_000);
  await bench.reload("pool_count = 2");
  t.not(bench.leases.hold({ key: OTHER, mac: OTHER }, undefined), FIRST);
  t.match(bench.directory.find(FIRST), { mac: PI });
  ended();
  bench.clock.advance(59_000);
  t.match(bench.directory.find(FIRST), { mac: PI });
});

await t.test("who reads at an address that is nobody's keeps it from nobody", async (t) => {
  const bench = await open(t);
  bench.directory.reading(FIRST);
  await bench.leases.hold({ key: PI, mac: PI }, undefined);
  bench.clock.advance(62_000);
  t.equal(bench.leases.hold({ key: OTHER, mac: OTHER }, undefined), FIRST);
});

await t.test("beside another server a machine is known by what was heard, or by its hardware address", async (t) => {
  const [seen, near, stranger] = [ip("192.168.1.7"), ip("192.168.1.8"), ip("192.168.1.9")];
  const neighbours = new Map([
    [String(near), PI],
    [String(stranger), OTHER],
  ]);
  const bench = await open(t, neighbours);
  knowFirmware(bench, PI);
  bench.snooped.note(seen, PI);
  t.match(bench.directory.find(seen), { mac: PI, uuid: UUID });
  t.match(bench.directory.find(near), { mac: PI, uuid: UUID });
  t.equal(bench.directory.find(stranger), undefined, "one that was told nothing here");
});
