import type { Ipv4 } from "../net/ipv4.js";
import type { Mac } from "../net/mac.js";
import type { Uuid } from "../net/uuid.js";

/** What the DHCP side knows of the machine that holds an address. */
export interface ClientFacts {
  readonly mac: Mac;
  readonly uuid: Uuid | undefined;
  /** The file that an HTTP authority named for it. */
  readonly file: string | undefined;
  readonly architecture: number | undefined;
  /** The largest block that it takes by TFTP, in octets, where that is less than its link carries. */
  readonly maxBlockSize?: number | undefined;
  /** TFTP options that it asks for and cannot take, in lower case. */
  readonly refuseOptions?: readonly string[] | undefined;
  /** How long TFTP waits at least before a packet is sent again, in seconds, or the whole timeout. */
  readonly leastWait?: number | "timeout" | undefined;
  /** Whether iPXE was the last to ask by DHCP. */
  readonly isIpxe?: boolean | undefined;
}

/** Tells the services that see only an address whose it is. */
export interface ClientDirectory {
  /** @returns undefined for an address that no machine has from here: it was not given, or was given back */
  find(address: Ipv4): ClientFacts | undefined;
  /**
   * A machine begins to read files at an address, which no other machine is given meanwhile.
   *
   * @returns what to call once when it ends
   */
  reading(address: Ipv4): () => void;
}

/** Knows nobody: what there is without a DHCP side. */
export const emptyDirectory: ClientDirectory = { find: () => undefined, reading: () => () => undefined };
