import type { Event } from "../events/event.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { HostEntry } from "./entry.js";
import { keysOf, type Host } from "./host.js";
import { describeMisfit, describeShared, type Reservations } from "./reservations.js";

/** Findings about reserved addresses: those that do not fit, and those that several cards share. */
export class ReservationFindings {
  /** The addresses that do not fit, by the keys of their host. */
  readonly #misfits = new Map<string, Ipv4>();
  /** The keys that share an address, by address. */
  readonly #shared = new Map<Ipv4, string>();

  /**
   * Goes by a new plan for some hosts.
   *
   * @param concerned these hosts, and those that were in their place
   * @returns the events of what was not found before
   */
  update(
    concerned: readonly HostEntry[],
    { misfits, shared }: Pick<Reservations, "misfits" | "shared">,
  ): readonly Event[] {
    const formerMisfits = takeFrom(this.#misfits, concerned, nameOf);
    const formerShared = takeFrom(this.#shared, concerned, ({ address }) => address);
    for (const { host, address } of misfits) this.#misfits.set(nameOf(host), address);
    for (const { address, hosts } of shared) this.#shared.set(address, hosts.map(nameOf).join(" "));
    const newMisfits = misfits.filter(({ host, address }) => formerMisfits.get(nameOf(host)) !== address);
    const newShared = shared.filter(({ address }) => formerShared.get(address) !== this.#shared.get(address));
    return [
      ...(newMisfits.length === 0 ? [] : [{ kind: "hosts-unfit", problems: newMisfits.map(describeMisfit) } as const]),
      ...(newShared.length === 0 ? [] : [{ kind: "hosts-shared", addresses: newShared.map(describeShared) } as const]),
    ];
  }
}

function nameOf(host: Host): string {
  return keysOf(host).join(",");
}

/** Removes what a map has of some hosts. @returns that */
function takeFrom<Key, Value>(
  map: Map<Key, Value>,
  concerned: readonly HostEntry[],
  keyOf: (host: Host) => Key | undefined,
): ReadonlyMap<Key, Value> {
  const taken = new Map<Key, Value>();
  for (const { host } of map.size === 0 ? [] : concerned) {
    const key = keyOf(host);
    const value = key === undefined ? undefined : map.get(key);
    if (key === undefined || value === undefined) continue;
    taken.set(key, value);
    map.delete(key);
  }
  return taken;
}
