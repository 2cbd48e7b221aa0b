import type { Clock } from "../common/clock.js";
import type { InterfaceAddress } from "./interfaces.js";

/** Milliseconds between two looks at this host's addresses. */
const INTERVAL = 1000;

/** A change of this host's addresses. */
export interface AddressChange {
  /** All addresses now. */
  readonly now: readonly InterfaceAddress[];
  readonly gone: readonly InterfaceAddress[];
  readonly fresh: readonly InterfaceAddress[];
}

/** A poller that reports changes of this host's addresses. */
export class InterfaceWatch {
  readonly #look: () => readonly InterfaceAddress[];
  readonly #clock: Clock;
  readonly #onChange: (change: AddressChange) => void;
  #known: readonly InterfaceAddress[];
  #cancel: () => void;

  /**
   * @param look returns this host's addresses now; it may throw
   * @param known the addresses to compare with at the first look
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
      // Fails where no descriptor is left, for instance; the next look comes soon.
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
