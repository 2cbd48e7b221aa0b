import type { Origin } from "../config/origin.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { BootContent } from "./boot-options.js";

/** The content of one reply. */
export interface ReplyContent extends BootContent {
  /** A value of option 53; undefined for a BOOTP reply. */
  readonly type: number | undefined;
  /** The address given, or 0.0.0.0. */
  readonly yiaddr: Ipv4;
  /** The lease time that was granted, in seconds; undefined in an offer, which names the one of the network. */
  readonly leaseSeconds?: number | undefined;
  readonly hostName?: string | undefined;
  /** Where the address and the host name come from, where that is to be told. */
  readonly addressOrigin?: Origin | undefined;
  readonly hostNameOrigin?: Origin | undefined;
  /** The text of option 56 in a DHCPNAK, for the client's log. */
  readonly message?: string | undefined;
}

/**
 * Returns the content of a reply with an address. Copies field by field: `...` is slow, and this runs for each packet.
 */
export function replyContent(
  boot: BootContent,
  type: number | undefined,
  yiaddr: Ipv4,
  leaseSeconds: number | undefined,
  { hostName, addressOrigin, hostNameOrigin }: Pick<ReplyContent, "hostName" | "addressOrigin" | "hostNameOrigin">,
): ReplyContent {
  const { bootFile, bootFileBlocks, menu, bootItem, pxeStyle, menuLabel, vendorClass, nulTerminate } = boot;
  const { origin, quirkOrigins } = boot;
  return {
    bootFile,
    bootFileBlocks,
    menu,
    bootItem,
    pxeStyle,
    menuLabel,
    vendorClass,
    nulTerminate,
    origin,
    quirkOrigins,
    type,
    yiaddr,
    leaseSeconds,
    hostName,
    addressOrigin,
    hostNameOrigin,
  };
}
