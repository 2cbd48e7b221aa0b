import type { Ipv4 } from "../../net/ipv4.js";
import { parseMac, type Mac, UNKNOWN_MAC } from "../../net/mac.js";
import { readAddress, type ImportCollector } from "./imported.js";
import { clientIdFromOctets } from "../../machine/client-id.js";
import { kindOf, readHardware, readHostName, readUid } from "./isc-lease.js";
import type { Token } from "./isc-tokens.js";
import type { LeaseKey } from "../../machine/lease-key.js";

/** No name in a line of `[static_dhcp]` has other letters, or more. */
const HOST_NAME = /^[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?$/i;

/** One `host` of dhcpd's log: a machine that was made known by OMAPI, which dhcpd.conf does not hold. */
export class IscHost {
  readonly #collector: ImportCollector;
  #deleted = false;
  #mac: Mac | undefined;
  #clientId: LeaseKey | undefined;
  #addresses: readonly Ipv4[] = [];
  #hostName: string | undefined;
  #readable = true;

  constructor(collector: ImportCollector) {
    this.#collector = collector;
  }

  /** Takes a statement without its semicolon; those that tell nothing of what we keep are counted. */
  take([keyword, ...rest]: readonly Token[]): void {
    if (keyword === undefined) return;
    switch (keyword.text) {
      case "dynamic":
        break;
      case "deleted":
        this.#deleted = true;
        break;
      case "hardware":
        this.#mac = this.#read(keyword, rest, "a type and the six octets of a MAC address", readMac);
        break;
      case "uid":
        this.#clientId = this.#read(keyword, rest, "a client identifier", readIdentifier);
        break;
      case "fixed-address":
        this.#addresses = this.#read(keyword, rest, "IPv4 addresses that a machine can have", readAddresses) ?? [];
        break;
      default:
        this.#takeOption(keyword, rest);
    }
  }

  /** The entry is complete: it takes the place of those of its name, unless something in it could not be read. */
  close(name: string): void {
    if (!this.#readable) return;
    const key = this.#mac ?? this.#clientId;
    const mac = this.#mac ?? UNKNOWN_MAC;
    const hostName = this.#hostName;
    const kept = !this.#deleted && key !== undefined && this.#addresses.length > 0;
    this.#collector.reserve(name, kept ? this.#addresses.map((address) => ({ address, key, mac, hostName })) : []);
    if (this.#deleted) this.#collector.leaveOut("deleted host");
    else if (key === undefined) this.#collector.leaveOut("host without hardware or uid");
    else if (this.#addresses.length === 0) this.#collector.leaveOut("host without fixed-address");
    else if (this.#mac !== undefined && this.#clientId !== undefined) this.#collector.leaveOut("uid beside hardware");
  }

  /** `supersede host-name = "pc"`, `option host-name "pc"`. */
  #takeOption(keyword: Token, rest: readonly Token[]): void {
    const [option, ...value] = rest.filter(({ text, kind }) => kind === "quoted" || text !== "=");
    const isName = ["supersede", "option"].includes(keyword.text) && option?.text === "host-name";
    const hostName = isName ? readHostName(value) : undefined;
    if (hostName !== undefined && HOST_NAME.test(hostName)) this.#hostName = hostName;
    else this.#collector.leaveOut(kindOf(keyword));
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

function readMac(tokens: readonly Token[]): Mac | undefined {
  const mac = readHardware(tokens);
  return mac === undefined ? undefined : parseMac(mac);
}

function readIdentifier(tokens: readonly Token[]): LeaseKey | undefined {
  return clientIdFromOctets(readUid(tokens) ?? Buffer.alloc(0));
}

/** With commas between them. */
function readAddresses(tokens: readonly Token[]): readonly Ipv4[] | undefined {
  const texts = tokens.flatMap(({ text }) => text.split(",")).filter((text) => text !== "");
  const addresses = texts.map(readAddress).filter((address) => address !== undefined);
  return addresses.length === texts.length && texts.length > 0 ? addresses : undefined;
}
