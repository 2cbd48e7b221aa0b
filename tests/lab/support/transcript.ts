/** Text that arrives bit by bit (a program's output, a serial console) and that a test waits on. */

interface Waiter {
  readonly wanted: RegExp;
  readonly from: number;
  readonly found: (match: RegExpExecArray) => void;
  readonly failed: (why: string) => void;
}

/** Length of the quotation in an error message, in characters. */
const QUOTED = 4000;

export class Transcript {
  readonly #what: string;
  readonly #waiters = new Set<Waiter>();
  #text = "";
  #ended: string | undefined;

  /** @param what names the text's source in error messages, e.g. "serial console of m1" */
  constructor(what: string) {
    this.#what = what;
  }

  /** The text so far. */
  get text(): string {
    return this.#text;
  }

  append(more: string): void {
    this.#text += more;
    for (const waiter of [...this.#waiters]) {
      const match = this.#search(waiter.wanted, waiter.from);
      if (match !== undefined) waiter.found(match);
    }
  }

  /** Ends the text: pending waits fail at once, with `why` ("exit code 1"). */
  end(why: string): void {
    this.#ended = why;
    for (const waiter of [...this.#waiters]) waiter.failed(why);
  }

  /**
   * The first match of `wanted` at or after character `from`; matches at once if it has already arrived.
   * Throws, quoting the end of the text, when `timeoutSeconds` pass or the text ends without a match.
   */
  waitFor(wanted: RegExp, timeoutSeconds: number, from = 0): Promise<RegExpExecArray> {
    const already = this.#search(wanted, from);
    if (already !== undefined) return Promise.resolve(already);
    if (this.#ended !== undefined) return Promise.reject(this.#failure(wanted, this.#ended));
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
      };
      const waiter: Waiter = {
        wanted,
        from,
        found: (match) => {
          settle();
          resolve(match);
        },
        failed: (why) => {
          settle();
          reject(this.#failure(wanted, why));
        },
      };
      const timer = setTimeout(() => {
        waiter.failed(`${timeoutSeconds} s passed`);
      }, timeoutSeconds * 1000);
      this.#waiters.add(waiter);
    });
  }

  #search(wanted: RegExp, from: number): RegExpExecArray | undefined {
    // A copy without the g and y flags: lastIndex of the caller's expression must not matter.
    const once = new RegExp(wanted.source, wanted.flags.replace(/[gy]/g, ""));
    return once.exec(this.#text.slice(from)) ?? undefined;
  }

  #failure(wanted: RegExp, why: string): Error {
    const text = withoutEscapes(this.#text);
    const quoted = text.length > QUOTED ? `…${text.slice(-QUOTED)}` : text;
    return new Error(`${this.#what}: ${why} without ${wanted.toString()}; what it said:\n${quoted}`);
  }
}

/** The text without the escape sequences with which a terminal is coloured and its cursor moved. */
export function withoutEscapes(text: string): string {
  return text.replace(/\u001b(?:\[[0-9;?=]*[ -/]*[@-~]|[()][A-Z0-9]|[=>cM78])/g, "");
}
