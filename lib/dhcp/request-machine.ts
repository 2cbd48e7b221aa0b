import type { Machine, Via } from "../events/event.js";
import type { Client } from "../machine/client.js";
import type { Mac } from "../net/mac.js";
import { UNSPECIFIED } from "../net/ipv4.js";
import type { Uuid } from "../net/uuid.js";
import { Code } from "../options/codes.js";
import type { Message } from "./message.js";
import type { Request } from "./request.js";

/**
 * Most octets of a text from a client, that of the longest host name (RFC 1035 2.3.4) and of a plain option. Limits what
 * a client can add to each lease on disk, and to what is remembered of it.
 */
const LONGEST_TEXT = 255;

/**
 * The machine of a request, for events. It refers to the request: texts are made when they are read, since every packet
 * has one of these. Who remembers it copies what it needs.
 */
export class RequestMachine implements Machine {
  readonly mac: Mac;
  readonly uuid: Uuid | undefined;
  readonly architecture: number | undefined;
  readonly kind: Machine["kind"];
  readonly #request: Request;
  readonly #client: Client;

  /** @param uuid the UUID that the machine sent before, for a request without one */
  constructor(request: Request, client: Client, uuid?: Uuid) {
    this.mac = client.mac;
    this.uuid = client.uuid ?? uuid;
    this.architecture = client.architecture;
    this.kind = client.kind;
    this.#request = request;
    this.#client = client;
  }

  get vendorClass(): string {
    return cut(this.#client.vendorClass);
  }

  get userClasses(): readonly string[] {
    return this.#client.userClasses.map((text) => cut(text));
  }

  get hostName(): string | undefined {
    return toldHostName(this.#request.message);
  }

  get secs(): number {
    return this.#request.message.secs;
  }

  get via(): Via {
    const { message, link } = this.#request;
    const relay = message.giaddr === UNSPECIFIED ? undefined : message.giaddr;
    return { interfaceName: link.interfaceName, relay };
  }

  get ipxe(): Machine["ipxe"] {
    return this.#client.ipxe;
  }
}

/** Returns the host name that a client sends (option 12); undefined where it sends none, or an empty one. */
export function toldHostName({ options }: Message): string | undefined {
  const told = options.get(Code.hostName)?.subarray(0, LONGEST_TEXT).toString("utf8").replace(/\0.*$/s, "");
  return told === "" ? undefined : told;
}

/** Cuts a text with a character for each octet (Latin-1). */
function cut(text: string): string {
  return text.slice(0, LONGEST_TEXT);
}
