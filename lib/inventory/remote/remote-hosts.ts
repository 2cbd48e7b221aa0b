import { asError } from "../../common/error.js";
import type { Clock } from "../../common/clock.js";
import type { EventBus } from "../../events/event.js";
import { HeldEvents } from "../../events/held-events.js";
import type { Identity } from "../../machine/lease-key.js";
import type { HostEntry } from "../entry.js";
import type { Host } from "../host.js";
import { Picture } from "../picture.js";
import type { HostListener, HostSource, SourceState } from "../source.js";
import { nextReading } from "./delays.js";
import { agrees, missingIn, type HeldReading } from "./fall.js";
import { Keeper } from "./keeper.js";
import { ReadingError, type Reading, type RemoteReader } from "./reader.js";
import type { Snapshot, SnapshotFile } from "./snapshot.js";
import { Standing } from "./standing.js";

/** Longest time of a reading, in milliseconds. */
const READING_MILLISECONDS = 30_000;

/** The parts of {@link RemoteHosts}. */
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
  readonly #standing: Standing;
  readonly #keeper: Keeper;
  #cursor: string | undefined;
  #held: HeldReading | undefined;
  #failures = 0;
  #cancelNext: (() => void) | undefined;
  #reading: Promise<void> | undefined;
  #started = false;
  #isKept: boolean;

  private constructor(parts: RemoteParts, snapshot: Snapshot | undefined) {
    this.#parts = parts;
    this.#events = new HeldEvents(parts.events);
    this.#picture = new Picture(parts.reader.name, this.#events, snapshot?.entries ?? []);
    this.#standing = new Standing(parts.reader.name, this.#events, parts.clock, snapshot?.time);
    this.#keeper = new Keeper({
      file: parts.snapshot,
      clock: parts.clock,
      events: parts.events,
      source: parts.reader.name,
      picture: () => this.#snapshot(),
    });
    this.#cursor = snapshot?.cursor;
    this.#isKept = snapshot !== undefined;
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
    return this.#standing.state;
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
    await this.#keeper.close();
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
    this.#standing.back();
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
    this.#standing.confirm();
    this.#picture.take(entries);
    this.#isKept = false;
    if (this.#started) this.#keep();
  }

  #confirm(): void {
    this.#standing.confirm();
    if (!this.#started) this.#picture.announce();
  }

  /** Holds back a reading that lacks many hosts, until another one agrees. */
  #hold(held: HeldReading): void {
    this.#held = held;
    this.#standing.hold(held.missing.size, this.#picture.size);
  }

  #miss(reason: string): void {
    this.#failures += 1;
    this.#standing.lose(reason, this.#picture.size);
  }

  /** Keeps the picture on disk. Nothing waits for that. */
  #keep(): void {
    if (this.#standing.asOf === undefined) return;
    this.#isKept = true;
    void this.#keeper.keep();
  }

  #snapshot(): Snapshot | undefined {
    const { asOf: time } = this.#standing;
    if (time === undefined) return undefined;
    const { identity } = this.#parts.reader;
    return { identity, cursor: this.#cursor, time, entries: this.#picture.known() };
  }
}
