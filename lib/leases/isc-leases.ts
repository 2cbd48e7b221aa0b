import type { Ipv4 } from "../net/ipv4.js";
import { ImportCollector, readAddress, type Imported } from "./imported.js";
import { IscLease } from "./isc-lease.js";
import { tokensOf, type Token } from "./isc-tokens.js";

/** No statement that we read is longer. */
const LONGEST_STATEMENT = 8;

/**
 * Reads the leases of ISC's dhcpd (dhcpd.leases(5)). The file is a log: the last entry of an address that can be read
 * counts. What is not about leases of DHCPv4, and all that is nested in them, is left out.
 */
export function parseIscLeases(text: string): Imported {
  const reader = new Reader();
  for (const token of tokensOf(text)) reader.take(token);
  return reader.result();
}

/** Follows the blocks of a file; what it knows of the open ones does not grow with their depth. */
class Reader {
  readonly #collector = new ImportCollector();
  #statement: Token[] = [];
  #lease: { readonly head: Token; readonly address: Ipv4 | undefined; readonly content: IscLease } | undefined;
  /** How deep we are in blocks of no interest, and the line of the outermost. */
  #depth = 0;
  #blockLine = 0;

  take(token: Token): void {
    switch (token.kind) {
      case "{":
        this.#open(token);
        break;
      case "}":
        this.#close(token);
        break;
      case ";":
        if (this.#depth === 0) this.#lease?.content.take(this.#statement);
        break;
      case "word":
      case "quoted":
      case "broken":
        if (this.#statement.length < LONGEST_STATEMENT) this.#statement.push(token);
        return;
    }
    this.#statement = [];
  }

  result(): Imported {
    this.#complainOfOpen("the end of the text");
    return this.#collector.result();
  }

  #open(token: Token): void {
    const [keyword, address, ...rest] = this.#statement;
    const known = readAddress(address?.text ?? "");
    if (keyword?.text === "lease" && rest.length === 0 && (known !== undefined || this.#depth === 0)) {
      // A lease is in no other block: one that is open was cut off there.
      this.#statement = [];
      this.#complainOfOpen(`a lease at line ${keyword.line}`);
      if (known === undefined) {
        // Of dhcpd's client (dhclient.leases(5)), for one, whose leases have no address here.
        this.#collector.refuse(keyword.line, "a lease's IPv4 address behind `lease`", address?.text ?? "{");
      }
      this.#depth = 0;
      this.#lease = { head: keyword, address: known, content: new IscLease(this.#collector) };
      return;
    }
    if (this.#depth === 0) this.#blockLine = keyword?.line ?? token.line;
    this.#depth++;
  }

  #close(token: Token): void {
    if (this.#depth > 0) {
      this.#depth--;
      return;
    }
    const lease = this.#lease;
    const [unended] = this.#statement;
    if (lease === undefined) {
      this.#collector.complain(token.line, "a block before its }", "a }");
      return;
    }
    this.#lease = undefined;
    if (unended !== undefined) {
      this.#collector.refuse(unended.line, "a statement that ends with ;", unended.text);
    } else if (lease.address !== undefined) {
      lease.content.close(lease.address, lease.head.line);
    }
  }

  #complainOfOpen(got: string): void {
    const [unended] = this.#statement;
    if (this.#lease !== undefined) {
      this.#collector.complain(this.#lease.head.line, "a lease that ends with }", got);
    } else if (this.#depth > 0) {
      this.#collector.complain(this.#blockLine, "a block that ends with }", got);
    } else if (unended !== undefined) {
      this.#collector.complain(unended.line, "a statement that ends with ;", got);
    }
  }
}
