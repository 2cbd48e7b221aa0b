import type { Ipv4 } from "../../net/ipv4.js";
import { type Mac, UNKNOWN_MAC } from "../../net/mac.js";
import { readIsoTime, readSeconds, UNKNOWN_START, type ImportCollector } from "./imported.js";
import { IscValues, kindOf, readHardware, readHostName, readUid } from "./isc-values.js";
import { clientIdFromOctets } from "../../machine/client-id.js";
import type { Token } from "./isc-tokens.js";
import type { LeaseState } from "../lease.js";
import type { LeaseKey } from "../../machine/lease-key.js";

/**
 * The states here for those of dhcpd. A lease that is free, or the failover peer's to give, counts as its last
 * machine's.
 */
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

/** A `lease` entry of dhcpd.leases, read statement by statement. */
export class IscLease {
  readonly #collector: ImportCollector;
  readonly #values: IscValues;
  /** dhcpd 2 writes no states; its entries are leases in use. */
  #state: LeaseState = "bound";
  #starts = UNKNOWN_START;
  #ends = Infinity;
  #mac: Mac | undefined;
  #clientId: LeaseKey | undefined;
  #hostName: string | undefined;

  constructor(collector: ImportCollector) {
    this.#collector = collector;
    this.#values = new IscValues(collector);
  }

  /** Processes a statement without its semicolon; counts those that pybootd keeps nothing of. */
  take([keyword, ...rest]: readonly Token[]): void {
    if (keyword === undefined) return;
    switch (keyword.text) {
      case "abandoned":
        // The only state that dhcpd 2 and OpenBSD's dhcpd write.
        this.#state = "declined";
        break;
      case "starts":
        this.#starts = this.#values.read(keyword, rest, TIME, readTime) ?? this.#starts;
        break;
      case "ends":
        this.#ends = this.#values.read(keyword, rest, `${TIME}, or \`never\``, readEnd) ?? this.#ends;
        break;
      case "binding":
        this.#state =
          this.#values.read(keyword, rest, `a state (${[...STATES.keys()].join(", ")})`, readState) ?? this.#state;
        break;
      case "hardware":
        this.#mac = this.#values.read(keyword, rest, "a type and a hardware address", readHardware);
        break;
      case "uid":
        this.#clientId = clientIdFromOctets(
          this.#values.read(keyword, rest, "a client identifier", readUid) ?? Buffer.alloc(0),
        );
        break;
      case "client-hostname":
        this.#hostName = this.#values.read(keyword, rest, "a host name in quotes", readHostName);
        break;
      default:
        this.#collector.leaveOut(kindOf(keyword));
    }
  }

  /** Completes the entry: it replaces earlier ones of its address, unless a part of it could not be read. */
  close(address: Ipv4, line: number): void {
    if (!this.#values.readable) return;
    const known = this.#mac ?? (this.#clientId === undefined ? undefined : UNKNOWN_MAC);
    // dhcpd does not keep the machine of an address that another one uses.
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
}

function readTime(tokens: readonly Token[]): number | undefined {
  const [first, second, third, zone, ...more] = tokens.map(({ text }) => text);
  if (first === "epoch") return third === undefined ? readSeconds(second ?? "") : undefined;
  // OpenBSD's dhcpd writes the zone; others omit it and mean UTC.
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
