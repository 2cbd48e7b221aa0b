import { asError } from "../common/error.js";
import type { Clock } from "../common/clock.js";
import type { Duty } from "../dhcp/duty.js";
import type { LeftCause } from "../events/causes/boot.js";
import type { EventBus } from "../events/event.js";
import type { Endpoint } from "../os/udp.js";

/** Milliseconds between two questions. */
const PERIOD_MILLISECONDS = 1000;
/** How many questions without an answer show that the master is away, and how many answers that it is back. */
const ENOUGH = 2;

/** The parts a {@link MasterWatch} is built from. */
export interface MasterWatchParts {
  readonly clock: Clock;
  readonly events: EventBus;
  /** Asks a master whether it serves. Resolves within a second; rejects with the reason where it does not serve. */
  readonly ping: (master: Endpoint) => Promise<void>;
}

/**
 * Watches the master of a standby: asks it once a second. The standby is silent until the master misses two questions,
 * and again when it has answered two.
 */
export class MasterWatch implements Duty {
  readonly #parts: MasterWatchParts;
  readonly #master: Endpoint;
  #cancel: () => void = () => undefined;
  #ended = false;
  /** When the first of the missed questions was asked, on the clock's scale; undefined while the master answers. */
  #awaySince: number | undefined;
  #serves = false;
  /** How many of the latest questions had the same outcome, against the present state. */
  #contrary = 0;

  constructor(master: Endpoint, parts: MasterWatchParts) {
    this.#parts = parts;
    this.#master = master;
  }

  get silence(): LeftCause | undefined {
    return this.#serves ? undefined : { code: "master-serves", master: this.#master.address };
  }

  /** Whether this watches a master at the same address and port. */
  watches({ address, port }: Endpoint): boolean {
    return this.#master.address === address && this.#master.port === port;
  }

  /** Asks now, and once a second from then on. */
  start(): void {
    const { clock, ping } = this.#parts;
    const asked = clock.now();
    this.#cancel = clock.after(PERIOD_MILLISECONDS, () => {
      this.start();
    });
    ping(this.#master).then(
      () => {
        this.#note(undefined, asked);
      },
      (error: unknown) => {
        this.#note(asError(error).message, asked);
      },
    );
  }

  /** Ends the watch; the standby stays as it is. */
  stop(): void {
    this.#ended = true;
    this.#cancel();
  }

  /** @param trouble why the master does not serve; undefined where it does */
  #note(trouble: string | undefined, asked: number): void {
    if (this.#ended) return;
    const isAway = trouble !== undefined;
    if (isAway) this.#awaySince ??= asked;
    else if (!this.#serves) this.#awaySince = undefined;
    this.#contrary = isAway === this.#serves ? 0 : this.#contrary + 1;
    if (this.#contrary < ENOUGH) return;
    this.#serves = isAway;
    this.#contrary = 0;
    const { address: master } = this.#master;
    if (isAway) {
      this.#parts.events.publish({ kind: "master-away", master, reason: trouble });
      return;
    }
    const seconds = (this.#parts.clock.now() - (this.#awaySince ?? asked)) / 1000;
    this.#awaySince = undefined;
    this.#parts.events.publish({ kind: "master-back", master, seconds });
  }
}
