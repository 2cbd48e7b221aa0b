import type { Clock } from "../common/clock.js";
import type { EventBus } from "../events/event.js";
import { notKnownYet, type Inventory } from "../inventory/source.js";

/**
 * Milliseconds for which a lease that could not be kept counts. Where the standby serves meanwhile, no lease may come that
 * shows that they can be kept again.
 */
const TROUBLE_MILLISECONDS = 30_000;

/** Whether this server can do what machines ask of it: whether it knows them, and what happened to the last lease. */
export class Health {
  readonly #clock: Clock;
  readonly #inventory: Pick<Inventory, "state">;
  readonly #unsubscribe: () => void;
  /** When a lease could not be kept, on the clock's scale; undefined since one was kept. */
  #failed: number | undefined;

  constructor(clock: Clock, events: EventBus, inventory: Pick<Inventory, "state">) {
    this.#clock = clock;
    this.#inventory = inventory;
    this.#unsubscribe = events.subscribe(({ kind }) => {
      if (kind === "lease-lost") this.#failed = clock.now();
      else if (kind === "dhcp-leased") this.#failed = undefined;
    });
  }

  /** Why machines are better served by a standby; undefined where all is well. */
  get trouble(): string | undefined {
    const isRecent = this.#failed !== undefined && this.#clock.now() - this.#failed < TROUBLE_MILLISECONDS;
    return isRecent ? "leases cannot be kept" : notKnownYet(this.#inventory);
  }

  stop(): void {
    this.#unsubscribe();
  }
}
