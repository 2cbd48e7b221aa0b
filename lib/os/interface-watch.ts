import type { Clock } from "../common/clock.js";
import type { InterfaceAddress } from "./interfaces.js";

/** How often this host's addresses are looked at, in milliseconds. */
const INTERVAL = 1000;

/** What changed of this host's addresses. */
export interface AddressChange {
  /** Those that there are now. */
  readonly now: readonly InterfaceAddress[];
  readonly gone: readonly InterfaceAddress[];
  readonly fresh: readonly InterfaceAddress[];
}

/** Looks whether this host's addresses become others. */
export class InterfaceWatch {
  readonly #look: () => readonly InterfaceAddress[];
  readonly #clock: Clock;
  readonly #onChange: (change: AddressChange) => void;
  #known: readonly InterfaceAddress[];
  #cancel: () => void;

  /**
   * @param look this host's addresses now; it may throw
   * @param known those that whoever wants to know has begun with
   */
  constructor(
    look: () => readonly InterfaceAddress[],
    known: readonly InterfaceAddress[],
    clock: Clock,
    onChange: (change: AddressChange) => void,
  ) {
    this.#look = look;
    this.#known = known;
    this.#clock = clock;
    this.#onChange = onChange;
    this.#cancel = this.#later();
  }

  stop(): void {
    this.#cancel();
  }

  #later(): () => void {
    return this.#clock.after(INTERVAL, () => {
      this.#compare();
      this.#cancel = this.#later();
    });
  }

  #compare(): void {
    let now: readonly InterfaceAddress[];
    try {
      now = this.#look();
    } catch {
      // Such as without a descriptor left: it is looked at again soon.
      return;
    }
    const gone = without(this.#known, now);
    const fresh = without(now, this.#known);
    this.#known = now;
    if (gone.length + fresh.length > 0) this.#onChange({ now, gone, fresh });
  }
}

function without(some: readonly InterfaceAddress[], others: readonly InterfaceAddress[]): readonly InterfaceAddress[] {
  const keys = new Set(others.map(keyOf));
  return some.filter((entry) => !keys.has(keyOf(entry)));
}

function keyOf({ name, index, address, subnet }: InterfaceAddress): string {
  return `${name} ${index} ${address} ${subnet.toString()}`;
}
