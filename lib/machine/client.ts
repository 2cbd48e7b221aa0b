import type { Mac } from "../net/mac.js";
import type { Uuid } from "../net/uuid.js";
import type { IpxeFacts } from "../options/ipxe.js";
import type { ClientId } from "./client-id.js";

/** The sender of a message, as far as the message describes it. */
export interface Client {
  /** The hardware address; without one, the octets of the client identifier. */
  readonly mac: Mac;
  /** Option 61; undefined where it is absent, or too short or too long (RFC 2132 9.14). */
  readonly clientId: ClientId | undefined;
  /** From option 97. */
  readonly uuid: Uuid | undefined;
  /**
   * `pxe` and `http`: firmware that boots by PXE or by UEFI HTTP; `dhcp`: any other DHCP client, usually an operating
   * system; `bootp`: an RFC 951 client.
   */
  readonly kind: "pxe" | "http" | "dhcp" | "bootp";
  /** The number of the system architecture; the first where the client sends several. */
  readonly architecture: number | undefined;
  /** All architectures that the client sends, in its order. */
  readonly architectures: readonly number[];
  /** Option 60 as received, without a trailing NUL; empty where absent. */
  readonly vendorClass: string;
  readonly userClasses: readonly string[];
  /** The facts that iPXE sends about itself; undefined for other clients. */
  readonly ipxe: IpxeFacts | undefined;
}

/** The prefixes of firmware's vendor classes (PXE 2.1, UEFI 2.10 24.7.3.1), and option 60 of answers to it. */
export const VENDOR_CLASS = { pxe: "PXEClient", http: "HTTPClient" } as const;

/** Whether a client is firmware that looks for something to boot. */
export function isFirmware(client: Client): boolean {
  return client.kind === "pxe" || client.kind === "http";
}
