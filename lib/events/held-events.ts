import type { Event, EventBus } from "./event.js";

/** Events of what is prepared: they are held until it takes effect, and never published where it does not. */
export class HeldEvents implements Pick<EventBus, "publish"> {
  readonly #bus: EventBus;
  #held: Event[] | undefined = [];

  constructor(bus: EventBus) {
    this.#bus = bus;
  }

  publish(event: Event): void {
    if (this.#held === undefined) this.#bus.publish(event);
    else this.#held.push(event);
  }

  /** Publishes the events so far, and every further one at once. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const event of held) this.#bus.publish(event);
  }
}
