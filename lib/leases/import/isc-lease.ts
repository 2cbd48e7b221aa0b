import { isUtf8 } from "node:buffer";
import type { Ipv4 } from "../../net/ipv4.js";
import { type Mac, UNKNOWN_MAC } from "../../net/mac.js";
import {
  readHardwareAddress,
  readIsoTime,
  readOctets,
  readSeconds,
  UNKNOWN_START,
  type ImportCollector,
} from "./imported.js";
import { clientIdFromOctets } from "../../machine/client-id.js";
import type { Token } from "./isc-tokens.js";
import type { LeaseState } from "../lease.js";
import type { LeaseKey } from "../../machine/lease-key.js";

/** What dhcpd's states are here. One that is free, or the failover peer's to give, was its last machine's. */
const STATES: ReadonlyMap<string, LeaseState> = new Map([
  ["active", "bound"],
  ["abandoned", "declined"],
  ["free", "released"],
  ["released", "released"],
  ["expired", "released"],
  ["reset", "released"],
  ["backup", "released"],
]);

const TIME = "a time as `6 2026/11/21 15:23:50`, in UTC, or `epoch 1795274630`";

/** One entry of dhcpd's log of leases, statement by statement. */
export class IscLease {
  readonly #collector: ImportCollector;
  /** Files of dhcpd 2 tell no states; what they hold is held. */
  #state: LeaseState = "bound";
  #starts = UNKNOWN_START;
  #ends = Infinity;
  #mac: Mac | undefined;
  #clientId: LeaseKey | undefined;
  #hostName: string | undefined;
  #readable = true;

  constructor(collector: ImportCollector) {
    this.#collector = collector;
  }

  /** Takes a statement without its semicolon; those that tell nothing of what we keep are counted. */
  take([keyword, ...rest]: readonly Token[]): void {
    if (keyword === undefined) return;
    switch (keyword.text) {
      case "abandoned":
        // OpenBSD's dhcpd, and dhcpd 2, tell no other state.
        this.#state = "declined";
        break;
      case "starts":
        this.#starts = this.#read(keyword, rest, TIME, readTime) ?? this.#starts;
        break;
      case "ends":
        this.#ends = this.#read(keyword, rest, `${TIME}, or \`never\``, readEnd) ?? this.#ends;
        break;
      case "binding":
        this.#state = this.#read(keyword, rest, `a state (${[...STATES.keys()].join(", ")})`, readState) ?? this.#state;
        break;
      case "hardware":
        this.#mac = this.#read(keyword, rest, "a type and a hardware address", readHardware);
        break;
      case "uid":
        this.#clientId = clientIdFromOctets(
          this.#read(keyword, rest, "a client identifier", readUid) ?? Buffer.alloc(0),
        );
        break;
      case "client-hostname":
        this.#hostName = this.#read(keyword, rest, "a host name in quotes", readHostName);
        break;
      default:
        this.#collector.leaveOut(kindOf(keyword));
    }
  }

  /** The entry is complete: it takes the place of those before it, unless something in it could not be read. */
  close(address: Ipv4, line: number): void {
    if (!this.#readable) return;
    const known = this.#mac ?? (this.#clientId === undefined ? undefined : UNKNOWN_MAC);
    // dhcpd forgets the machine of an address that is in use by another.
    const mac = this.#state === "declined" ? (known ?? UNKNOWN_MAC) : known;
    if (this.#state === "released" && this.#mac === undefined) {
      this.#collector.forget(address);
      this.#collector.leaveOut("free lease of no machine");
    } else if (mac === undefined) {
      this.#collector.complain(line, "a lease with `hardware` or `uid`", "neither");
    } else {
      this.#collector.add({
        address,
        key: this.#clientId ?? mac,
        mac,
        state: this.#state,
        starts: this.#starts,
        ends: this.#ends,
        hostName: this.#hostName,
      });
    }
  }

  #read<T>(
    keyword: Token,
    rest: readonly Token[],
    expected: string,
    reader: (rest: readonly Token[]) => T | undefined,
  ): T | undefined {
    const value = reader(rest);
    if (value === undefined) {
      this.#readable = false;
      this.#collector.refuse(keyword.line, expected, [keyword, ...rest].map(({ text }) => text).join(" "));
    }
    return value;
  }
}

/** What a statement is counted as; the states that come next have names of two words. */
export function kindOf({ text }: Token): string {
  return text === "next" || text === "rewind" ? `${text} binding state` : text;
}

function readTime(tokens: readonly Token[]): number | undefined {
  const [first, second, third, zone, ...more] = tokens.map(({ text }) => text);
  if (first === "epoch") return third === undefined ? readSeconds(second ?? "") : undefined;
  // OpenBSD's dhcpd says it; all others mean it.
  if ((zone ?? "UTC") !== "UTC" || more.length > 0) return undefined;
  const date = (second ?? "").split("/").map(twoDigits).join("-");
  const time = (third ?? "").split(":").map(twoDigits).join(":");
  return readIsoTime(`${date}T${time}Z`);
}

function readEnd(tokens: readonly Token[]): number | undefined {
  return tokens[0]?.text === "never" ? Infinity : readTime(tokens);
}

function twoDigits(number: string): string {
  return number.padStart(2, "0");
}

function readState([, state]: readonly Token[]): LeaseState | undefined {
  return STATES.get(state?.text ?? "");
}

/** A type and an address, as `ethernet 52:54:00:12:34:56`. */
export function readHardware([, address]: readonly Token[]): Mac | undefined {
  return address === undefined ? undefined : readHardwareAddress(address.text);
}

/** In quotes, or in hexadecimal with colons. */
export function readUid([uid]: readonly Token[]): Buffer | undefined {
  return uid?.kind === "quoted" ? Buffer.from(uid.text, "latin1") : readOctets(uid?.text ?? "");
}

/** Names are UTF-8 where they can be, as they are in packets that we read ourselves. */
export function readHostName([name]: readonly Token[]): string | undefined {
  if (name?.kind !== "quoted") return undefined;
  const octets = Buffer.from(name.text, "latin1");
  return octets.toString(isUtf8(octets) ? "utf8" : "latin1");
}
