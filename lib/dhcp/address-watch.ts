import type { Clock } from "../common/clock.js";
import type { Mac } from "../net/mac.js";
import { Cooldown } from "../common/cooldown.js";
import { remember } from "../common/remember.js";
import { messageType, MessageType, type Message } from "./message.js";

/** Number of DISCOVERs of firmware, at 0, 4, 12 and 28 s, before it gives up (PXE 2.1 2.2.1). */
const TRIES = 4;
/** Minimum time these take, in milliseconds: several interfaces may receive the same DISCOVER. */
const LEAST_MILLISECONDS = 10_000;
/** Milliseconds of silence after which a machine starts anew. */
const MOST_MILLISECONDS = 60_000;
/** Seconds between two reports to the operator. */
const SECONDS = 3600;
/** Maximum number of machines counted at once. */
const MOST_MACHINES = 1024;

interface Tries {
  readonly count: number;
  readonly first: number;
  readonly last: number;
}

/**
 * Detects in the proxy modes that no DHCP server gives addresses: firmware repeats its DISCOVER, and no client ever
 * sends a REQUEST.
 */
export class AddressWatch {
  readonly #clock: Clock;
  readonly #telling: Cooldown;
  readonly #tries = new Map<Mac, Tries>();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#telling = new Cooldown(clock, SECONDS);
  }

  /** Counts a message. @returns whether the operator is to be told now that addresses are missing */
  heard(message: Message, mac: Mac): boolean {
    const type = messageType(message);
    if (type === MessageType.request) this.#tries.clear();
    if (type !== MessageType.discover) return false;
    const now = this.#clock.now();
    const former = this.#tries.get(mac);
    const goesOn = former !== undefined && now - former.last < MOST_MILLISECONDS;
    const tries = goesOn ? { ...former, count: former.count + 1, last: now } : { count: 1, first: now, last: now };
    remember(this.#tries, mac, tries, MOST_MACHINES);
    return tries.count >= TRIES && now - tries.first >= LEAST_MILLISECONDS && this.#telling.due();
  }
}
