import type { Ipv4 } from "../net/ipv4.js";
import type { Mac } from "../net/mac.js";
import type { Uuid } from "../net/uuid.js";

/** The facts that the DHCP service has about the client with an address. */
export interface ClientFacts {
  readonly mac: Mac;
  readonly uuid: Uuid | undefined;
  /** The file that an HTTP authority named for the client. */
  readonly file: string | undefined;
  readonly architecture: number | undefined;
  /** Largest TFTP block in octets (blksize) that the client handles, where that is less than its link carries. */
  readonly maxBlockSize?: number | undefined;
  /** TFTP options that the client asks for but does not handle, in lower case. */
  readonly refuseOptions?: readonly string[] | undefined;
  /** Shortest wait before TFTP sends a packet again: seconds, or `timeout` for the whole timeout. */
  readonly leastWait?: number | "timeout" | undefined;
  /** Whether the last DHCP request came from iPXE. */
  readonly isIpxe?: boolean | undefined;
}

/** Finds clients by address for the services that see only the address. */
export interface ClientDirectory {
  /** @returns undefined for an address without a lease of this server */
  find(address: Ipv4): ClientFacts | undefined;
  /**
   * Marks an address as reading files; it is not given to another client meanwhile.
   *
   * @returns a function to call once at the end
   */
  reading(address: Ipv4): () => void;
}

/** A directory without clients, for use without a DHCP service. */
export const emptyDirectory: ClientDirectory = { find: () => undefined, reading: () => () => undefined };
