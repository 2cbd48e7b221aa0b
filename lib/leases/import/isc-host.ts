import type { Ipv4 } from "../../net/ipv4.js";
import { parseMac, type Mac, UNKNOWN_MAC } from "../../net/mac.js";
import { readAddress, type ImportCollector } from "./imported.js";
import { clientIdFromOctets } from "../../machine/client-id.js";
import type { Token } from "./isc-tokens.js";
import { IscValues, kindOf, readHardware, readHostName, readUid } from "./isc-values.js";
import type { LeaseKey } from "../../machine/lease-key.js";

/** The host names that a line of `[static_dhcp]` accepts. */
const HOST_NAME = /^[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?$/i;

/** A `host` entry of dhcpd.leases: a machine added by OMAPI, which dhcpd.conf does not have. */
export class IscHost {
  readonly #collector: ImportCollector;
  readonly #values: IscValues;
  #deleted = false;
  #mac: Mac | undefined;
  #clientId: LeaseKey | undefined;
  #addresses: readonly Ipv4[] = [];
  #hostName: string | undefined;

  constructor(collector: ImportCollector) {
    this.#collector = collector;
    this.#values = new IscValues(collector);
  }

  /** Processes a statement without its semicolon; counts those that pybootd keeps nothing of. */
  take([keyword, ...rest]: readonly Token[]): void {
    if (keyword === undefined) return;
    switch (keyword.text) {
      case "dynamic":
        break;
      case "deleted":
        this.#deleted = true;
        break;
      case "hardware":
        this.#mac = this.#values.read(keyword, rest, "a type and the six octets of a MAC address", readMac);
        break;
      case "uid":
        this.#clientId = this.#values.read(keyword, rest, "a client identifier", readIdentifier);
        break;
      case "fixed-address":
        this.#addresses =
          this.#values.read(keyword, rest, "IPv4 addresses that a machine can have", readAddresses) ?? [];
        break;
      default:
        this.#takeOption(keyword, rest);
    }
  }

  /** Completes the entry: it replaces earlier ones of its name, unless a part of it could not be read. */
  close(name: string): void {
    if (!this.#values.readable) return;
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

  /** Processes `supersede host-name = "pc"` or `option host-name "pc"`; counts any other statement. */
  #takeOption(keyword: Token, rest: readonly Token[]): void {
    const [option, ...value] = rest.filter(({ text, kind }) => kind === "quoted" || text !== "=");
    const isName = ["supersede", "option"].includes(keyword.text) && option?.text === "host-name";
    const hostName = isName ? readHostName(value) : undefined;
    if (hostName !== undefined && HOST_NAME.test(hostName)) this.#hostName = hostName;
    else this.#collector.leaveOut(kindOf(keyword));
  }
}

function readMac(tokens: readonly Token[]): Mac | undefined {
  const mac = readHardware(tokens);
  return mac === undefined ? undefined : parseMac(mac);
}

function readIdentifier(tokens: readonly Token[]): LeaseKey | undefined {
  return clientIdFromOctets(readUid(tokens) ?? Buffer.alloc(0));
}

/** Reads addresses with commas between them. */
function readAddresses(tokens: readonly Token[]): readonly Ipv4[] | undefined {
  const texts = tokens.flatMap(({ text }) => text.split(",")).filter((text) => text !== "");
  const addresses = texts.map(readAddress).filter((address) => address !== undefined);
  return addresses.length === texts.length && texts.length > 0 ? addresses : undefined;
}
