import type { Ipv4 } from "../net/ipv4.js";
import { AddressMap } from "./address-map.js";
import { ExpiryQueue, type Queued } from "./expiry-queue.js";
import type { LeaseKey } from "../machine/lease-key.js";

/** `offered`: held until the machine takes it; `bound`: the machine has it; `released`: it gave it back. */
export type HoldingState = "offered" | "bound" | "released";

/** An address, and the machine that has it or had it last. */
export interface Holding {
  readonly key: LeaseKey;
  readonly address: Ipv4;
  readonly state: HoldingState;
  /** When another machine may have it, on the clock's scale; Infinity for never. */
  readonly ends: number;
  /** When half of the lease is over: a machine that still uses the address has renewed by then (RFC 2131 4.4.5). */
  readonly halfway: number;
}

interface Held extends Holding, Queued<Held> {
  state: HoldingState;
  ends: number;
  halfway: number;
}

/**
 * The one-to-one map of machines and addresses. Addresses that may go to another machine are queued by expiry. Every
 * operation takes constant time.
 */
export class Holdings {
  readonly #mayPass: (address: Ipv4) => boolean;
  readonly #byKey = new Map<LeaseKey, Held>();
  readonly #byAddress = new AddressMap<Held>();
  readonly #offers = new ExpiryQueue<Held>();
  readonly #leases = new ExpiryQueue<Held>();

  /** @param mayPass whether an address may go to another machine on expiry */
  constructor(mayPass: (address: Ipv4) => boolean) {
    this.#mayPass = mayPass;
  }

  of(key: LeaseKey): Holding | undefined {
    return this.#byKey.get(key);
  }

  at(address: Ipv4): Holding | undefined {
    return this.#byAddress.get(address);
  }

  has(address: Ipv4): boolean {
    return this.#byAddress.has(address);
  }

  all(): Iterable<Holding> {
    return this.#byKey.values();
  }

  /** Adds or changes the holding of a machine; neither the machine nor the address may have another one. */
  set({ key, address, state, ends, halfway }: Holding): Holding {
    let held = this.#byKey.get(key);
    if (held === undefined) {
      held = { key, address, state, ends, halfway, before: undefined, after: undefined };
      this.#byKey.set(key, held);
      this.#byAddress.set(address, held);
    } else {
      this.#queueOf(held).delete(held, held.ends);
      held.state = state;
      held.ends = ends;
      held.halfway = halfway;
    }
    if (ends !== Infinity && this.#mayPass(address)) this.#queueOf(held).add(held, ends);
    return held;
  }

  delete({ key, address }: Holding): void {
    const held = this.#byKey.get(key);
    if (held === undefined) return;
    this.#queueOf(held).delete(held, held.ends);
    this.#byKey.delete(key);
    this.#byAddress.delete(address);
  }

  /** Returns the expired offer that ran out first. */
  oldestOffer(now: number): Holding | undefined {
    return this.#offers.oldest(now);
  }

  /** Returns the expired or released lease that ran out first. */
  oldestLease(now: number): Holding | undefined {
    return this.#leases.oldest(now);
  }

  #queueOf({ state }: Held): ExpiryQueue<Held> {
    return state === "offered" ? this.#offers : this.#leases;
  }
}
