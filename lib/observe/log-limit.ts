import type { Event } from "../events/event.js";
import type { Clock } from "../common/clock.js";
import { TokenBucket } from "../common/token-bucket.js";

/** The allowance for one kind of line: the burst, and the long-term rate. */
interface Allowance {
  readonly atOnce: number;
  readonly perSecond: number;
}

/** Large enough to log a whole rack that is switched on at once. */
const OF_SERVICE: Allowance = { atOnce: 5000, perSecond: 200 };
/** For events that anyone can cause with a single packet. */
const OF_NOISE: Allowance = { atOnce: 500, perSecond: 20 };

/** For faults: a full disk fails every request, and one line now and then is enough. */
const OF_FAULTS: Allowance = { atOnce: 1, perSecond: 1 / 60 };
/** Most faults that are limited separately; further ones share a limit with their kind. */
const MOST_FAULTS = 256;

const SERVICE: ReadonlySet<Event["kind"]> = new Set<Event["kind"]>([
  "boot-asked",
  "boot-told",
  "dhcp-leased",
  "dhcp-offered",
  "file-refused",
  "http-served",
  "script-given",
  "transfer-began",
  "transfer-ended",
]);

/** Interval between reports of suppressed lines. */
const REPORT_MILLISECONDS = 10_000;

/**
 * Limits the lines of each kind of event, so that no client can fill the log. Counts and reports the suppressed ones.
 */
export class LogLimit {
  readonly #clock: Clock;
  readonly #report: (line: string) => void;
  readonly #buckets = new Map<string, TokenBucket>();
  readonly #leftOut = new Map<string, number>();
  #cancelReport: () => void = () => undefined;

  /** @param report called now and then with a line that counts the suppressed ones */
  constructor(clock: Clock, report: (line: string) => void) {
    this.#clock = clock;
    this.#report = report;
  }

  /** Whether to write the line of this event. */
  admits(event: Event): boolean {
    // Grave events are rare already.
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

  /** Stops the limiter and reports the suppressed lines that are not reported yet. */
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

/** Returns the key of the limit that an event counts against. */
function subjectOf(event: Event): string {
  if (event.kind !== "failed" && event.kind !== "lease-lost") return event.kind;
  if (event.kind === "lease-lost") return `lease-lost ${event.cause.error ?? event.cause.message}`;
  const { code, message }: NodeJS.ErrnoException = event.error;
  return `failed ${event.where} ${code ?? message}`;
}
