import { UNSPECIFIED, type Ipv4 } from "../net/ipv4.js";
import type { Mac } from "../net/mac.js";
import { remember } from "../common/remember.js";
import type { Endpoint } from "../os/udp.js";
import type { Service } from "./link.js";
import { addressOption, messageType, MessageType, type Message } from "./message.js";
import { Code } from "../options/codes.js";

/** Returns the address that a machine takes or has, from its REQUEST; 0.0.0.0 for any other message. */
export function takenAddress(message: Message): Ipv4 {
  if (messageType(message) !== MessageType.request) return UNSPECIFIED;
  return addressOption(message, Code.requestedAddress) ?? message.ciaddr;
}

/**
 * Returns the address of firmware from its request to a boot server; 0.0.0.0 where it is not known. Some firmware sets
 * ciaddr; some only sends from its address, without a relay agent.
 */
export function heardAddress(message: Message, service: Service, source: Endpoint): Ipv4 {
  if (messageType(message) === MessageType.discover) return UNSPECIFIED;
  if (message.ciaddr !== UNSPECIFIED) return message.ciaddr;
  return service === "boot-server" && message.giaddr === UNSPECIFIED ? source.address : UNSPECIFIED;
}

/**
 * The addresses of machines that another server gives addresses to, learned from firmware that got its boot file here:
 * from its REQUEST for an address, or for the boot file. When full, forgets the least recently seen.
 */
export class SnoopedAddresses {
  readonly #macs = new Map<Ipv4, Mac>();
  readonly #limit: number;

  /** @param limit maximum number of addresses remembered */
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
