import type { Clock } from "../../common/clock.js";
import type { EventBus } from "../../events/event.js";
import { CURRENT, type SourceState } from "../source.js";

/** How far what is known of a server can be relied on; publishes when that changes. */
export class Standing {
  readonly #name: string;
  readonly #events: Pick<EventBus, "publish">;
  readonly #clock: Clock;
  #state: SourceState;
  /** When the picture was last known to be that of the server, in milliseconds since 1970. */
  #asOf: number | undefined;
  #awaySince: number | undefined;

  /** @param asOf when the picture was right that is known at the start; undefined without one */
  constructor(name: string, events: Pick<EventBus, "publish">, clock: Clock, asOf: number | undefined) {
    this.#name = name;
    this.#events = events;
    this.#clock = clock;
    this.#asOf = asOf;
    this.#state = this.#limited("it was not read yet");
  }

  get state(): SourceState {
    return this.#state;
  }

  get asOf(): number | undefined {
    return this.#asOf;
  }

  /** Notes that all was read, and counts. */
  confirm(): void {
    this.back();
    this.#asOf = this.#clock.date();
    this.#state = CURRENT;
  }

  /** Notes that the server answers; publishes that where it was away. */
  back(): void {
    if (this.#awaySince === undefined) return;
    const seconds = (this.#clock.now() - this.#awaySince) / 1000;
    this.#awaySince = undefined;
    this.#events.publish({ kind: "hosts-back", source: this.#name, seconds });
  }

  /** Notes that a current picture was right until now: the server told of each change. */
  followed(): void {
    if (this.#state.kind === "current") this.#asOf = this.#clock.date();
  }

  /**
   * Notes that the server is away. Publishes that once for each outage.
   *
   * @param known the number of machines that are known
   * @param tellAgain whether to publish the reason although the server is away already
   */
  lose(reason: string, known: number, tellAgain = false): void {
    this.#state = this.#limited(reason);
    if (this.#awaySince === undefined || tellAgain) {
      this.#events.publish({ kind: "hosts-away", source: this.#name, reason, known, asOf: this.#asOf });
    }
    this.#awaySince ??= this.#clock.now();
  }

  /** Notes a reading that lacks many machines, which does not count until another one agrees. */
  hold(missing: number, known: number): void {
    this.back();
    this.#state = this.#limited(`its last reading lacks ${missing} of ${known} machines, and another one has to agree`);
    this.#events.publish({ kind: "hosts-held", source: this.#name, missing, known });
  }

  #limited(reason: string): SourceState {
    const why = `${this.#name}: ${reason}`;
    return this.#asOf === undefined
      ? { kind: "unknown", reason: why }
      : { kind: "stale", since: this.#asOf, reason: why };
  }
}
