import { UNSPECIFIED, type Ipv4 } from "../net/ipv4.js";
import type { Mac } from "../net/mac.js";
import { remember } from "../common/remember.js";
import type { Endpoint } from "../os/udp.js";
import type { Service } from "./link.js";
import { addressOption, messageType, MessageType, type Message } from "./message.js";
import { Code } from "../options/registry.js";

/** The address that a machine takes, or has, by a REQUEST of its; 0.0.0.0 where it is none. */
export function takenAddress(message: Message): Ipv4 {
  if (messageType(message) !== MessageType.request) return UNSPECIFIED;
  return addressOption(message, Code.requestedAddress) ?? message.ciaddr;
}

/**
 * The address that firmware has by what it asks a boot server; 0.0.0.0 where it says none. Some says it in ciaddr, some
 * just sends from there, past any relay agent.
 */
export function heardAddress(message: Message, service: Service, source: Endpoint): Ipv4 {
  if (messageType(message) === MessageType.discover) return UNSPECIFIED;
  if (message.ciaddr !== UNSPECIFIED) return message.ciaddr;
  return service === "boot-server" && message.giaddr === UNSPECIFIED ? source.address : UNSPECIFIED;
}

/**
 * Which machine has which address where another server gives them: what firmware that we told of its boot file said
 * when it took an address, or asked for its boot file. Of too many, those that were seen least recently are forgotten.
 */
export class SnoopedAddresses {
  readonly #macs = new Map<Ipv4, Mac>();
  readonly #limit: number;

  /** @param limit of addresses remembered */
  constructor(limit: number) {
    this.#limit = limit;
  }

  note(address: Ipv4, mac: Mac): void {
    remember(this.#macs, address, mac, this.#limit);
  }

  macOf(address: Ipv4): Mac | undefined {
    return this.#macs.get(address);
  }
}
