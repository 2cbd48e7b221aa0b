import type { Clock } from "../common/clock.js";
import type { Ipv4 } from "../net/ipv4.js";
import { remember } from "../common/remember.js";

/**
 * How long a refusal counts, in milliseconds: as long as Linux keeps the path MTU that routers reported
 * (net.ipv4.route.mtu_expires).
 */
const REFUSED_MILLISECONDS = 10 * 60 * 1000;

/** The most hosts that are remembered. */
const MOST_REMEMBERED = 4096;

interface Refusal {
  /** The largest datagrams that the kernel may still cut messages into; 0 for none. */
  readonly largest: number;
  readonly until: number;
}

/**
 * The hosts for which the kernel does not cut messages into datagrams (UDP_SEGMENT of udp(7)): it refuses datagrams
 * that are longer than the path carries whole, and for some network devices refuses all.
 */
export class TrainLimits {
  readonly #clock: Pick<Clock, "now">;
  readonly #refusals = new Map<Ipv4, Refusal>();

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  /** Returns the largest datagrams for a host that the kernel may cut a message into, in octets of their payload. */
  largestFor(address: Ipv4): number {
    if (this.#refusals.size === 0) return Infinity;
    const refusal = this.#refusals.get(address);
    if (refusal === undefined) return Infinity;
    if (this.#clock.now() < refusal.until) return refusal.largest;
    this.#refusals.delete(address);
    return Infinity;
  }

  /** Records that the kernel refused to cut a message for a host into datagrams larger than `largest` octets. */
  refused(address: Ipv4, largest: number): void {
    const until = this.#clock.now() + REFUSED_MILLISECONDS;
    remember(this.#refusals, address, { largest: Math.min(largest, this.largestFor(address)), until }, MOST_REMEMBERED);
  }
}
