import type { Event, EventBus } from "../events/event.js";

/** Reports the first lease that is stored after some could not be. */
export class StoreRecovery {
  readonly #events: EventBus;
  readonly #unsubscribe: () => void;
  /** The leases that could not be stored since the last one that was. */
  #lost = 0;

  constructor(events: EventBus) {
    this.#events = events;
    this.#unsubscribe = events.subscribe((event) => {
      this.#heed(event);
    });
  }

  stop(): void {
    this.#unsubscribe();
  }

  #heed({ kind }: Event): void {
    if (kind === "lease-lost") this.#lost += 1;
    // A lease is stored before it is confirmed.
    else if (kind === "dhcp-leased" && this.#lost > 0) {
      const lost = this.#lost;
      this.#lost = 0;
      this.#events.publish({ kind: "store-recovered", lost });
    }
  }
}
