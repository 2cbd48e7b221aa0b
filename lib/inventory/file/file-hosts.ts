import { dirname } from "node:path";
import { ConfigError, formatProblem } from "../../config/problem.js";
import type { EventBus } from "../../events/event.js";
import type { Identity } from "../../machine/lease-key.js";
import type { Clock } from "../../common/clock.js";
import { asError } from "../../common/error.js";
import { entriesOf, type HostEntry } from "../entry.js";
import type { Host } from "../host.js";
import { Picture } from "../picture.js";
import { CURRENT, type HostListener, type HostSource, type SourceState } from "../source.js";
import { parseAside } from "./parse-aside.js";
import type { ParsedHosts } from "./parse-hosts.js";
import { WatchedFile } from "./watched-file.js";

/**
 * The hosts of a YAML or JSON file. Follows the file: a valid edit replaces all hosts at once; an invalid one changes
 * nothing.
 */
export class FileHosts implements HostSource {
  readonly #path: string;
  readonly #events: EventBus;
  readonly #file: WatchedFile;
  readonly #picture: Picture;
  readonly #closing: AbortController;
  readonly #clock: Pick<Clock, "date">;
  #state = CURRENT;
  #started = false;

  private constructor(path: string, events: EventBus, { file, hosts, closing, clock }: Read) {
    this.#path = path;
    this.#clock = clock;
    this.#events = events;
    this.#file = file;
    this.#closing = closing;
    this.#picture = new Picture(path, events, entriesOf(hosts));
  }

  /**
   * Reads the file.
   *
   * @param path absolute
   * @throws {ConfigError} where it cannot be read, with every problem found
   */
  static async open(path: string, events: EventBus, clock: Clock): Promise<FileHosts> {
    const file = new WatchedFile(path, clock);
    const closing = new AbortController();
    const { hosts, problems } = await parse(path, await readFirst(path, file), closing.signal);
    if (problems.length > 0) throw new ConfigError(path, problems);
    return new FileHosts(path, events, { file, hosts, closing, clock });
  }

  start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#picture.announce();
    this.#file.follow({
      onContent: (text) => this.#take(text),
      onTrouble: (reason) => {
        this.#refuse([reason]);
      },
    });
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

  close(): void {
    this.#closing.abort();
    this.#file.close();
    this.#picture.close();
  }

  /** The number of hosts. */
  get size(): number {
    return this.#picture.size;
  }

  async #take(text: string): Promise<void> {
    // A file in the midst of being written has no content yet, and neither has one that a full disk cut off.
    if (text.trim() === "" && this.size > 0) {
      this.#refuse(["expected machines, got an empty file ({} stands for no machines)"]);
      return;
    }
    const { hosts, problems } = await parse(this.#path, text, this.#closing.signal);
    if (this.#closing.signal.aborted) return;
    if (problems.length > 0) this.#refuse(problems.map((problem) => formatProblem(this.#path, problem)));
    else {
      this.#state = CURRENT;
      this.#picture.take(entriesOf(hosts));
    }
  }

  #refuse(problems: readonly string[]): void {
    const since = this.#state.kind === "stale" ? this.#state.since : this.#clock.date();
    this.#state = { kind: "stale", since, reason: problems[0] ?? "" };
    this.#events.publish({ kind: "hosts-refused", source: this.#path, problems, kept: this.size });
  }
}

/** A file that was read. */
interface Read {
  readonly file: WatchedFile;
  readonly hosts: readonly Host[];
  /** Ends what is parsed when the source is closed. */
  readonly closing: AbortController;
  readonly clock: Pick<Clock, "date">;
}

async function readFirst(path: string, file: WatchedFile): Promise<string> {
  try {
    return await file.read();
  } catch (error) {
    const got = asError(error).message;
    throw new ConfigError(path, [{ expected: "a file of machines that can be read", got }]);
  }
}

function parse(path: string, text: string, signal: AbortSignal): Promise<ParsedHosts> {
  return parseAside({ text, source: path, directory: dirname(path) }, signal);
}
