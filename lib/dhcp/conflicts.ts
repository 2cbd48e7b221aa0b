import type { AddressProber } from "../os/arp-prober.js";
import type { Clock } from "../common/clock.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { Mac } from "../net/mac.js";
import { remember } from "../common/remember.js";

/** Milliseconds for which an address without a user counts as free. */
const FRESH_MILLISECONDS = 60_000;
/** Maximum number of addresses probed at once; beyond that, under load, none is probed (RFC 2131 3.1: SHOULD). */
const MOST_AT_ONCE = 64;
const MOST_REMEMBERED = 4096;

/** Checks whether an address is in use before it is offered (RFC 2131 3.1, 4.4.1). */
export class Conflicts {
  readonly #prober: AddressProber;
  readonly #clock: Clock;
  readonly #asked = new Map<Ipv4, Promise<Mac | undefined>>();
  /** The time until which an address counts as free. */
  readonly #free = new Map<Ipv4, number>();

  constructor(prober: AddressProber, clock: Clock) {
    this.#prober = prober;
    this.#clock = clock;
  }

  /**
   * Probes an address for a user other than the machine itself.
   *
   * @returns a promise of the user's hardware address, or of undefined where there is none; undefined where no probe is
   *   needed
   */
  otherUser(address: Ipv4, machine: Mac): Promise<Mac | undefined> | undefined {
    if ((this.#free.get(address) ?? -Infinity) > this.#clock.now()) return undefined;
    if (!this.#asked.has(address) && this.#asked.size >= MOST_AT_ONCE) return undefined;
    return this.#ask(address).then((user) => (user === machine ? undefined : user));
  }

  close(): void {
    this.#prober.close();
  }

  #ask(address: Ipv4): Promise<Mac | undefined> {
    const known = this.#asked.get(address);
    if (known !== undefined) return known;
    const answer = this.#prober.whoHas(address).then((user) => {
      this.#asked.delete(address);
      if (user === undefined) remember(this.#free, address, this.#clock.now() + FRESH_MILLISECONDS, MOST_REMEMBERED);
      return user;
    });
    this.#asked.set(address, answer);
    return answer;
  }
}
