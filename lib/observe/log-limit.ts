import type { Event } from "../events/event.js";
import type { Clock } from "../common/clock.js";
import { TokenBucket } from "../common/token-bucket.js";

/** How many lines of one kind may come at once, and how many a second in the long run. */
interface Allowance {
  readonly atOnce: number;
  readonly perSecond: number;
}

/** A rack that is switched on is logged whole. */
const OF_SERVICE: Allowance = { atOnce: 5000, perSecond: 200 };
/** What costs a stranger nothing but a packet. */
const OF_NOISE: Allowance = { atOnce: 500, perSecond: 20 };

/** A disk that is full says so to every request: once in a while is enough. */
const OF_FAULTS: Allowance = { atOnce: 1, perSecond: 1 / 60 };
/** Faults that are told apart; what comes on top counts as one. */
const MOST_FAULTS = 256;

const SERVICE: ReadonlySet<Event["kind"]> = new Set<Event["kind"]>([
  "boot-told",
  "dhcp-leased",
  "dhcp-offered",
  "file-refused",
  "http-served",
  "transfer-ended",
]);

/** How long what is left out is counted before it is said. */
const REPORT_MILLISECONDS = 10_000;

/** Keeps strangers from filling the log: of each kind of event there is a bound, and what is over it is counted. */
export class LogLimit {
  readonly #clock: Clock;
  readonly #report: (line: string) => void;
  readonly #buckets = new Map<string, TokenBucket>();
  readonly #leftOut = new Map<string, number>();
  #cancelReport: () => void = () => undefined;

  /** @param report told how many lines were left out, now and then */
  constructor(clock: Clock, report: (line: string) => void) {
    this.#clock = clock;
    this.#report = report;
  }

  /** Whether the line of this event is to be written. */
  admits(event: Event): boolean {
    // What is grave comes rarely already.
    if (event.kind === "dhcp-ignored" && event.grave) return true;
    if (this.#bucketOf(event).take()) return true;
    if (this.#leftOut.size === 0) {
      this.#cancelReport = this.#clock.after(REPORT_MILLISECONDS, () => {
        this.#say();
      });
    }
    this.#leftOut.set(event.kind, (this.#leftOut.get(event.kind) ?? 0) + 1);
    return false;
  }

  /** Says what is yet to be said. */
  close(): void {
    this.#cancelReport();
    if (this.#leftOut.size > 0) this.#say();
  }

  #bucketOf(event: Event): TokenBucket {
    const key = this.#buckets.size < MOST_FAULTS ? subjectOf(event) : event.kind;
    const known = this.#buckets.get(key);
    if (known !== undefined) return known;
    const { perSecond, atOnce } = allowanceOf(event);
    const bucket = new TokenBucket(this.#clock, perSecond, atOnce);
    this.#buckets.set(key, bucket);
    return bucket;
  }

  #say(): void {
    const counts = [...this.#leftOut].map(([kind, count]) => `${count} of ${kind}`);
    this.#leftOut.clear();
    this.#report(`too much happens to log it all: left out ${counts.join(", ")}`);
  }
}

function allowanceOf({ kind }: Event): Allowance {
  if (kind === "failed" || kind === "lease-lost") return OF_FAULTS;
  return SERVICE.has(kind) ? OF_SERVICE : OF_NOISE;
}

/** What is bounded as one. */
function subjectOf(event: Event): string {
  if (event.kind !== "failed" && event.kind !== "lease-lost") return event.kind;
  const { code, message }: NodeJS.ErrnoException = event.error;
  return `${event.kind} ${event.kind === "failed" ? event.where : ""} ${code ?? message}`;
}
