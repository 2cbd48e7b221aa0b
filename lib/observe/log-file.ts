import { createWriteStream, type WriteStream } from "node:fs";
import Transport from "winston-transport";
import { counted } from "../common/counted.js";
import { asError } from "../common/error.js";
import { openToAppend } from "../os/append.js";

/** Pause after a failed write before the file is opened again, in milliseconds. */
const PAUSE_MILLISECONDS = 1000;

/**
 * A transport that appends lines to a file. Where that fails, as on a full disk, counts the lost lines and tries again
 * after a pause; then writes to the file how many lines are missing.
 */
export class FileTransport extends Transport {
  readonly #path: string;
  readonly #onTrouble: (error: Error) => void;
  readonly #now: () => number;
  #stream: WriteStream | undefined;
  /** The earliest time of the next attempt, in milliseconds of `now`. */
  #resume = 0;
  #troubled = false;
  #missing = 0;

  /**
   * @param onTrouble called with the first failure after a success
   * @param now a monotonic clock, in milliseconds
   */
  constructor(path: string, onTrouble: (error: Error) => void, now: () => number = () => performance.now()) {
    super();
    this.#now = now;
    this.#path = path;
    this.#onTrouble = onTrouble;
  }

  override log(info: Record<string | symbol, unknown>, next: () => void): void {
    this.#write(String(info[Symbol.for("message")]));
    next();
  }

  /** Closes the file; calls `done` once all lines are written. */
  override _final(done: () => void): void {
    if (this.#stream === undefined) done();
    else {
      this.#stream.once("close", done);
      this.#stream.end();
    }
  }

  #write(text: string): void {
    const stream = this.#open();
    const lines = text.split("\n").length;
    if (stream === undefined) {
      this.#missing += lines;
      return;
    }
    const missing = this.#missing;
    this.#missing = 0;
    const gap =
      missing === 0
        ? ""
        : `(${counted(missing, "line is missing here: it", "lines are missing here: they")} could not be written)\n`;
    stream.write(`${gap}${text}\n`, (error) => {
      if (error === null || error === undefined) this.#troubled = false;
      else this.#missing += missing + lines;
    });
  }

  #open(): WriteStream | undefined {
    if (this.#stream !== undefined) return this.#stream;
    if (this.#now() < this.#resume) return undefined;
    try {
      const stream = createWriteStream("", { fd: openToAppend(this.#path) });
      stream.once("error", (error) => {
        this.#fail(error);
      });
      this.#stream = stream;
    } catch (error) {
      this.#fail(asError(error));
    }
    return this.#stream;
  }

  #fail(error: Error): void {
    this.#stream = undefined;
    this.#resume = this.#now() + PAUSE_MILLISECONDS;
    if (!this.#troubled) this.#onTrouble(error);
    this.#troubled = true;
  }
}
