import type { Ipv4 } from "../../net/ipv4.js";
import { ImportCollector, readAddress, type Imported } from "./imported.js";
import { IscHost } from "./isc-host.js";
import { IscLease } from "./isc-lease.js";
import { tokensOf, type Token } from "./isc-tokens.js";
import { kindOf } from "./isc-values.js";

/** The maximum number of tokens of a statement that is read; the longest is a host with many addresses. */
const LONGEST_STATEMENT = 64;

/**
 * Reads the leases of ISC's and OpenBSD's dhcpd (dhcpd.leases(5)), and the hosts added to dhcpd by OMAPI. The file is a
 * log: for each address and each host name the last readable entry counts. Other statements, and blocks nested in
 * entries, are counted by kind.
 */
export function parseIscLeases(text: string): Required<Imported> {
  const reader = new Reader();
  for (const token of tokensOf(text)) reader.take(token);
  return reader.result();
}

/** An open `lease` or `host` block. */
interface Entry {
  readonly head: Token;
  readonly content: Pick<IscLease, "take">;
  close(): void;
}

/** Tracks the blocks of a file; its memory does not grow with their depth. */
class Reader {
  readonly #collector = new ImportCollector();
  #statement: Token[] = [];
  #entry: Entry | undefined;
  /** The nesting depth in ignored blocks, and the line of the outermost. */
  #depth = 0;
  #blockLine = 0;

  take(token: Token): void {
    this.#takeBroken();
    switch (token.kind) {
      case "{":
        this.#open(token);
        break;
      case "}":
        this.#close(token);
        break;
      case ";":
        this.#endStatement();
        break;
      case "word":
      case "quoted":
      case "broken":
        if (this.#statement.length < LONGEST_STATEMENT) this.#statement.push(token);
        return;
    }
    this.#statement = [];
  }

  result(): Required<Imported> {
    this.#complainOfOpen("the end of the text");
    return this.#collector.resultWithBeside();
  }

  /**
   * Handles a quoted text that does not end. At the end of the file the text is cut off; elsewhere the rest of the line
   * is lost.
   */
  #takeBroken(): void {
    const last = this.#statement.at(-1);
    if (last?.kind !== "broken") return;
    this.#endStatement();
    this.#collector.break(last.line, last.text);
    this.#statement = [];
  }

  #endStatement(): void {
    const [keyword] = this.#statement;
    if (this.#depth > 0 || keyword === undefined) return;
    if (this.#entry === undefined) this.#collector.leaveOut(kindOf(keyword));
    else this.#entry.content.take(this.#statement);
  }

  #open(token: Token): void {
    const [keyword] = this.#statement;
    const begin = this.#entryOf(this.#statement);
    if (keyword !== undefined && begin !== undefined) {
      // Leases and hosts are never nested: an open block was cut off here.
      this.#statement = [];
      this.#complainOfOpen(`a ${keyword.text} at line ${keyword.line}`);
      this.#depth = 0;
      this.#entry = begin();
      return;
    }
    if (this.#depth === 0) {
      this.#blockLine = keyword?.line ?? token.line;
      if (keyword !== undefined) this.#collector.leaveOut(kindOf(keyword));
    }
    this.#depth++;
  }

  /** Returns what opens the lease or host that these tokens begin; undefined for any other block. */
  #entryOf([keyword, ...rest]: readonly Token[]): (() => Entry) | undefined {
    if (keyword === undefined) return undefined;
    const [name = "{", ...more] = rest.map(({ text }) => text);
    const address = readAddress(name);
    if (keyword.text === "lease" && more.length === 0 && (address !== undefined || this.#depth === 0)) {
      return () => this.#lease(keyword, name, address);
    }
    // dhcpd does not quote a name with blanks.
    const isHost = keyword.text === "host" && rest.length > 0 && this.#depth === 0;
    return isHost ? () => this.#host(keyword, [name, ...more].join(" ")) : undefined;
  }

  #lease(head: Token, name: string, address: Ipv4 | undefined): Entry {
    const content = new IscLease(this.#collector);
    if (address === undefined) {
      // Such as in dhclient.leases(5), where `lease` has no address.
      this.#collector.refuse(head.line, "a lease's IPv4 address behind `lease`", name);
    }
    return {
      head,
      content,
      close() {
        if (address !== undefined) content.close(address, head.line);
      },
    };
  }

  #host(head: Token, name: string): Entry {
    const content = new IscHost(this.#collector);
    return {
      head,
      content,
      close() {
        content.close(name);
      },
    };
  }

  #close(token: Token): void {
    if (this.#depth > 0) {
      this.#depth--;
      return;
    }
    const entry = this.#entry;
    const [unended] = this.#statement;
    if (entry === undefined) {
      this.#collector.complain(token.line, "a block before its }", "a }");
      return;
    }
    this.#entry = undefined;
    if (unended === undefined) entry.close();
    else this.#collector.refuse(unended.line, "a statement that ends with ;", unended.text);
  }

  #complainOfOpen(got: string): void {
    const [unended] = this.#statement;
    if (this.#entry !== undefined) {
      const { line, text } = this.#entry.head;
      this.#collector.complain(line, `a ${text === "lease" ? "lease" : "block"} that ends with }`, got);
    } else if (this.#depth > 0) {
      this.#collector.complain(this.#blockLine, "a block that ends with }", got);
    } else if (unended !== undefined) {
      this.#collector.complain(unended.line, "a statement that ends with ;", got);
    }
  }
}
