import { asError } from "../../common/error.js";
import type { Clock } from "../../common/clock.js";
import type { EventBus } from "../../events/event.js";
import { HeldEvents } from "../../events/held-events.js";
import type { Identity } from "../../machine/lease-key.js";
import type { HostEntry } from "../entry.js";
import type { Host } from "../host.js";
import { Picture } from "../picture.js";
import { CURRENT, type HostListener, type HostSource, type SourceState } from "../source.js";
import { nextReading } from "./delays.js";
import { agrees, missingIn, type HeldReading } from "./fall.js";
import { ReadingError, type Reading, type RemoteReader } from "./reader.js";
import type { Snapshot, SnapshotFile } from "./snapshot.js";

/** Longest time of a reading, in milliseconds. */
const READING_MILLISECONDS = 30_000;

/** What {@link RemoteHosts} are made of. */
export interface RemoteParts {
  readonly reader: RemoteReader;
  /** Keeps the last good picture. */
  readonly snapshot: SnapshotFile;
  /** Seconds between readings. */
  readonly refreshSeconds: number;
  /** The longest time that opening waits for the first reading, in milliseconds. */
  readonly firstMilliseconds: number;
  readonly events: EventBus;
  readonly clock: Clock;
  /** Returns a number from 0 up to 1. */
  readonly random: () => number;
}

/**
 * The hosts of a server that may be away. Reads them again and again; between two readings, and while the server is
 * away, the last picture serves. That is kept on disk too.
 */
export class RemoteHosts implements HostSource {
  readonly #parts: RemoteParts;
  readonly #events: HeldEvents;
  readonly #picture: Picture;
  readonly #closing = new AbortController();
  #state: SourceState;
  /** When the picture was last known to be that of the server, in milliseconds since 1970. */
  #asOf: number | undefined;
  #cursor: string | undefined;
  #held: HeldReading | undefined;
  #failures = 0;
  /** When the server was first found away, by the clock; undefined where it is not. */
  #awaySince: number | undefined;
  #cancelNext: (() => void) | undefined;
  #reading: Promise<void> | undefined;
  #started = false;
  #isKept: boolean;

  private constructor(parts: RemoteParts, snapshot: Snapshot | undefined) {
    this.#parts = parts;
    this.#events = new HeldEvents(parts.events);
    this.#picture = new Picture(parts.reader.name, this.#events, snapshot?.entries ?? []);
    this.#cursor = snapshot?.cursor;
    this.#asOf = snapshot?.time;
    this.#isKept = snapshot !== undefined;
    this.#state = this.#limited("it was not read yet");
  }

  /** Takes up the last picture, and tries to read the hosts. Waits for the server for a while, but not on it. */
  static async open(parts: RemoteParts): Promise<RemoteHosts> {
    const { reader } = parts;
    const kept = await parts.snapshot.load(reader.identity);
    const useless = kept !== undefined && "useless" in kept ? kept.useless : undefined;
    const source = new RemoteHosts(parts, kept !== undefined && "entries" in kept ? kept : undefined);
    if (useless !== undefined) {
      source.#events.publish({ kind: "snapshot-ignored", source: reader.name, reason: useless });
    }
    await source.#read(parts.firstMilliseconds);
    return source;
  }

  start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#events.release();
    if (!this.#isKept) this.#keep();
    this.#schedule(undefined);
  }

  find(who: Identity): Host | undefined {
    return this.#picture.find(who);
  }

  known(): readonly HostEntry[] {
    return this.#picture.known();
  }

  state(): SourceState {
    return this.#state;
  }

  onChange(listener: HostListener): () => void {
    return this.#picture.onChange(listener);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#cancelNext?.();
    this.#picture.close();
    await this.#reading;
    await this.#parts.reader.close();
    await this.#parts.snapshot.close();
  }

  #schedule(askedSeconds: number | undefined): void {
    if (!this.#started || this.#closing.signal.aborted) return;
    const { clock, refreshSeconds, random } = this.#parts;
    const seconds = nextReading(this.#failures, refreshSeconds, random, askedSeconds);
    this.#cancelNext?.();
    this.#cancelNext = clock.after(seconds * 1000, () => {
      this.#reading = this.#read(READING_MILLISECONDS);
    });
  }

  /** Reads the hosts once, and plans the next reading. @param limit in milliseconds */
  async #read(limit: number): Promise<void> {
    const late = new AbortController();
    const cancel = this.#parts.clock.after(limit, () => {
      late.abort();
    });
    const signal = AbortSignal.any([late.signal, this.#closing.signal]);
    let askedSeconds: number | undefined;
    try {
      const reading = await this.#parts.reader.read(this.#held?.cursor ?? this.#cursor, signal);
      if (!this.#closing.signal.aborted) this.#take(reading);
    } catch (error) {
      if (this.#closing.signal.aborted) return;
      askedSeconds = error instanceof ReadingError ? error.retrySeconds : undefined;
      this.#miss(late.signal.aborted ? `no answer within ${limit / 1000} s` : asError(error).message);
    } finally {
      cancel();
    }
    this.#schedule(askedSeconds);
  }

  #take(reading: Reading): void {
    this.#failures = 0;
    this.#backAgain();
    const held = this.#held;
    if (reading.kind === "same") {
      if (held === undefined) this.#confirm();
      else this.#goBy(held.entries, held.cursor);
      return;
    }
    const { entries, cursor } = reading;
    const missing = missingIn(this.#picture.known(), entries);
    if (missing === undefined || (held !== undefined && agrees(held, entries))) this.#goBy(entries, cursor);
    else this.#hold({ entries, cursor, missing });
  }

  #goBy(entries: readonly HostEntry[], cursor: string | undefined): void {
    this.#held = undefined;
    this.#cursor = cursor;
    this.#state = CURRENT;
    this.#asOf = this.#parts.clock.date();
    this.#picture.take(entries);
    this.#isKept = false;
    if (this.#started) this.#keep();
  }

  #confirm(): void {
    this.#state = CURRENT;
    this.#asOf = this.#parts.clock.date();
    if (!this.#started) this.#picture.announce();
  }

  /** Holds back a reading that lacks many hosts, until another one agrees. */
  #hold(held: HeldReading): void {
    const { size } = held.missing;
    const known = this.#picture.size;
    this.#held = held;
    this.#state = this.#limited(`its last reading lacks ${size} of ${known} machines, and another one has to agree`);
    this.#events.publish({ kind: "hosts-held", source: this.#parts.reader.name, missing: size, known });
  }

  #miss(reason: string): void {
    const { reader, clock } = this.#parts;
    this.#failures += 1;
    this.#state = this.#limited(reason);
    if (this.#awaySince !== undefined) return;
    this.#awaySince = clock.now();
    const [asOf, known] = [this.#asOf, this.#picture.size];
    this.#events.publish({ kind: "hosts-away", source: reader.name, reason, known, asOf });
  }

  #backAgain(): void {
    const { reader, clock } = this.#parts;
    if (this.#awaySince === undefined) return;
    const seconds = (clock.now() - this.#awaySince) / 1000;
    this.#awaySince = undefined;
    this.#events.publish({ kind: "hosts-back", source: reader.name, seconds });
  }

  /** Returns the state without a good reading. */
  #limited(reason: string): SourceState {
    const { name } = this.#parts.reader;
    const why = `${name}: ${reason}`;
    return this.#asOf === undefined
      ? { kind: "unknown", reason: why }
      : { kind: "stale", since: this.#asOf, reason: why };
  }

  /** Keeps the picture on disk. Nothing waits for that. */
  #keep(): void {
    const { snapshot, reader, events } = this.#parts;
    if (this.#asOf === undefined) return;
    this.#isKept = true;
    const [identity, cursor, time, entries] = [reader.identity, this.#cursor, this.#asOf, this.#picture.known()];
    snapshot.save({ identity, cursor, time, entries }).catch((error: unknown) => {
      events.publish({ kind: "failed", where: `keeping the machines of ${reader.name}`, error: asError(error) });
    });
  }
}
