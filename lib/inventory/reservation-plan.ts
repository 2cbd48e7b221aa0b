import type { Event } from "../events/event.js";
import type { ReservationChanges } from "../leases/reservations.js";
import type { LeaseKey } from "../machine/lease-key.js";
import type { Ipv4 } from "../net/ipv4.js";
import { byPrecedence, type HostChanges, type HostEntry } from "./entry.js";
import { EntryGroups } from "./entry-groups.js";
import { keysOf, type Host } from "./host.js";
import { ReservationFindings } from "./reservation-findings.js";
import { reserveAddresses, type ReservingNetwork } from "./reservations.js";

/** The effect of a change of hosts on the reservations. */
export interface ReplannedReservations {
  /**
   * The differences in each network, in the order of the networks. Of an address of which something changed, all keys
   * that share it end and are set again, in order of precedence.
   */
  readonly byNetwork: readonly ReservationChanges[];
  /** The addresses that do not fit, and those that several cards share, as far as they did not before. */
  readonly findings: readonly Event[];
}

/**
 * The reserved addresses of hosts, by differences: a change plans anew only for the hosts that share a key or an address
 * with those that changed, directly or through others. The result is that of {@link reserveAddresses} for all hosts.
 */
export class ReservationPlan {
  readonly #networks: readonly ReservingNetwork[];
  /** The hosts with an address, by id, by key and by address. */
  readonly #hosts = new Map<string, HostEntry>();
  readonly #byKey = new EntryGroups<LeaseKey>();
  readonly #byAddress = new EntryGroups<Ipv4>();
  /** The network in which a key has its address. */
  readonly #reserved = new Map<LeaseKey, number>();
  readonly #findings = new ReservationFindings();

  constructor(networks: readonly ReservingNetwork[]) {
    this.#networks = networks;
  }

  /** Goes by the first hosts, of which there were none before. */
  begin(entries: Iterable<HostEntry>): ReplannedReservations {
    for (const entry of entries) this.#add(entry);
    return this.#replan([...this.#hosts.values()], []);
  }

  /** Goes by a change of the hosts, in time proportional to it and to the hosts that it concerns. */
  apply({ set, moved, gone }: HostChanges): ReplannedReservations {
    if (this.#hosts.size === 0) return this.begin(set);
    const next = [...set];
    for (const entry of moved) {
      // A host that shares nothing has what it had, wherever it is.
      if (this.#isAlone(entry)) this.#replace(entry);
      else next.push(entry);
    }
    const former = [...next, ...gone].flatMap(({ id }) => this.#hosts.get(id) ?? []);
    const before = this.#connected(former);
    for (const entry of former) this.#remove(entry);
    for (const entry of next) this.#add(entry);
    const still = [...before, ...next].flatMap(({ id }) => this.#hosts.get(id) ?? []);
    return this.#replan(this.#connected(still), former);
  }

  #replan(entries: readonly HostEntry[], former: readonly HostEntry[]): ReplannedReservations {
    const sorted = entries.toSorted(byPrecedence);
    const concerned = [...former, ...sorted];
    const planned = reserveAddresses(
      sorted.map(({ host }) => host),
      this.#networks,
    );
    const gone = this.#networks.map((): LeaseKey[] => []);
    for (const [key, index] of this.#takeReserved(concerned)) {
      const set = planned.byNetwork[index];
      // Several keys are reserved anew, since their order may be another one.
      if (set?.has(key) !== true || set.size > 1) gone[index]?.push(key);
    }
    for (const [index, reserved] of planned.byNetwork.entries()) {
      for (const key of reserved.keys()) this.#reserved.set(key, index);
    }
    const byNetwork = planned.byNetwork.map((set, index) => ({ set, gone: gone[index] ?? [] }));
    return { byNetwork, findings: this.#findings.update(concerned, planned) };
  }

  /** Forgets what is reserved for some hosts. @returns the keys, with the network of each */
  #takeReserved(entries: readonly HostEntry[]): readonly (readonly [LeaseKey, number])[] {
    const taken: [LeaseKey, number][] = [];
    for (const { host } of this.#reserved.size === 0 ? [] : entries) {
      for (const key of keysOf(host)) {
        const index = this.#reserved.get(key);
        if (index !== undefined) taken.push([key, index]);
        this.#reserved.delete(key);
      }
    }
    return taken;
  }

  /** Returns the hosts that share a key or an address with some, directly or through others, and these. */
  #connected(some: readonly HostEntry[]): readonly HostEntry[] {
    const found = new Map(some.map((entry) => [entry.id, entry]));
    // A map is iterated in the order of insertion, so what is added meanwhile has its turn too.
    for (const { host } of found.values()) {
      for (const other of this.#sharing(host)) if (!found.has(other.id)) found.set(other.id, other);
    }
    return [...found.values()];
  }

  #replace(entry: HostEntry): void {
    const former = this.#hosts.get(entry.id);
    if (former !== undefined) this.#remove(former);
    this.#add(entry);
  }

  #isAlone({ id }: HostEntry): boolean {
    const former = this.#hosts.get(id);
    if (former === undefined) return true;
    for (const { id: other } of this.#sharing(former.host)) if (other !== id) return false;
    return true;
  }

  *#sharing(host: Host): Iterable<HostEntry> {
    for (const key of keysOf(host)) yield* this.#byKey.of(key);
    if (host.address !== undefined) yield* this.#byAddress.of(host.address);
  }

  #add(entry: HostEntry): void {
    const { id, host } = entry;
    if (host.address === undefined) return;
    this.#hosts.set(id, entry);
    this.#byAddress.add(host.address, entry);
    for (const key of keysOf(host)) this.#byKey.add(key, entry);
  }

  #remove(entry: HostEntry): void {
    const { id, host } = entry;
    this.#hosts.delete(id);
    if (host.address !== undefined) this.#byAddress.delete(host.address, entry);
    for (const key of keysOf(host)) this.#byKey.delete(key, entry);
  }
}
