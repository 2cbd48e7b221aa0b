import type { Mac } from "../net/mac.js";
import type { Uuid } from "../net/uuid.js";
import type { IpxeFacts } from "../options/ipxe.js";
import type { ClientId } from "./client-id.js";

/** Who sent a message, as far as the message itself tells. */
export interface Client {
  /** Its hardware address; the octets of its client identifier where it names no such address. */
  readonly mac: Mac;
  /** Option 61; undefined where it is absent, too short to be one (RFC 2132 9.14) or longer than any. */
  readonly clientId: ClientId | undefined;
  /** From option 97. */
  readonly uuid: Uuid | undefined;
  /**
   * `pxe` and `http`: firmware that boots by PXE or by UEFI HTTP; `dhcp`: anybody else, most often an operating
   * system; `bootp`: an RFC 951 client.
   */
  readonly kind: "pxe" | "http" | "dhcp" | "bootp";
  /** The number of the system architecture, where it names one; the first where it names several. */
  readonly architecture: number | undefined;
  /** All that it names, in its order. */
  readonly architectures: readonly number[];
  /** Option 60 as it came, without a NUL behind it; empty where there is none. */
  readonly vendorClass: string;
  readonly userClasses: readonly string[];
  /** What iPXE tells of itself; undefined for a client that is not iPXE. */
  readonly ipxe: IpxeFacts | undefined;
}

/** How firmware begins its vendor class (PXE 2.1, UEFI 2.10 24.7.3.1), and what an answer's option 60 says to it. */
export const VENDOR_CLASS = { pxe: "PXEClient", http: "HTTPClient" } as const;

/** Whether it is firmware that looks for something to boot. */
export function isFirmware(client: Client): boolean {
  return client.kind === "pxe" || client.kind === "http";
}
