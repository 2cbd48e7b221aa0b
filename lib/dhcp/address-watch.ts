import type { Clock } from "../common/clock.js";
import type { Mac } from "../net/mac.js";
import { Cooldown } from "../common/cooldown.js";
import { remember } from "../common/remember.js";
import { messageType, MessageType, type Message } from "./message.js";

/** Firmware asks four times, at 0, 4, 12 and 28 s, and gives up (PXE 2.1 2.2.1). */
const TRIES = 4;
/** One request may be heard by several interfaces: so many tries take at least so long. */
const LEAST_MILLISECONDS = 10_000;
/** Who was silent for so long begins anew. */
const MOST_MILLISECONDS = 60_000;
/** How often the operator is told. */
const SECONDS = 3600;
/** How many machines are counted at once. */
const MOST_MACHINES = 1024;

interface Tries {
  readonly count: number;
  readonly first: number;
  readonly last: number;
}

/** Notices beside another DHCP server that there is none: firmware looks for an address, and nobody ever takes one. */
export class AddressWatch {
  readonly #clock: Clock;
  readonly #telling: Cooldown;
  readonly #tries = new Map<Mac, Tries>();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#telling = new Cooldown(clock, SECONDS);
  }

  /** @returns whether this is the request by which it shows, and the operator is to be told */
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
