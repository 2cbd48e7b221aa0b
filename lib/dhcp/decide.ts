import type { DhcpCause } from "../events/causes/dhcp.js";
import type { InventoryCause } from "../events/causes/inventory.js";
import { UNSPECIFIED, type Ipv4 } from "../net/ipv4.js";
import type { LeaseView } from "../leases/allocator.js";
import type { Subnet } from "../net/subnet.js";
import { addressOption, messageType, MessageType, type Message } from "./message.js";
import { Code } from "../options/codes.js";

/** The inputs of a decision beside the message. */
export interface DecisionContext {
  /** The view of the machine's leases, and of its {@link askedAddress}. */
  readonly leases: LeaseView;
  readonly subnet: Subnet;
  /** The source address of the message; 0.0.0.0 for a client without an address. */
  readonly source: Ipv4;
  /** Whether a single machine other than this host can have the address. */
  readonly isOthers: (address: Ipv4) => boolean;
  /** The addresses accepted as this server's identifier; the first is the one announced. */
  readonly serverIdentifiers: readonly Ipv4[];
  /** Whether this is the only server, so that unknown addresses are refused. */
  readonly authoritative: boolean;
}

/** The action for a message. */
export type Decision =
  | { readonly kind: "offer"; readonly requested: Ipv4 | undefined }
  | { readonly kind: "acknowledge"; readonly address: Ipv4 }
  | { readonly kind: "refuse"; readonly address: Ipv4; readonly cause: DhcpCause }
  | { readonly kind: "inform"; readonly address: Ipv4 }
  | { readonly kind: "bootp" }
  | { readonly kind: "release"; readonly address: Ipv4 }
  | { readonly kind: "decline"; readonly address: Ipv4 }
  | { readonly kind: "withdraw"; readonly cause: DhcpCause<"took-other"> }
  | { readonly kind: "ignore"; readonly cause: DhcpCause | InventoryCause };

/** Returns the address that a client asks for, takes, has or gives up; 0.0.0.0 where it names none. */
export function askedAddress(message: Message): Ipv4 {
  return addressOption(message, Code.requestedAddress) ?? message.ciaddr;
}

/** Decides what a message of an admitted client asks for and gets. Changes nothing. */
export function decide(message: Message, context: DecisionContext): Decision {
  switch (messageType(message)) {
    case undefined:
      return { kind: "bootp" };
    case MessageType.discover:
      return { kind: "offer", requested: addressOption(message, Code.requestedAddress) };
    case MessageType.request:
      return decideRequest(message, context);
    case MessageType.decline:
      return decideDecline(message, context);
    case MessageType.release:
      return decideRelease(message, context);
    case MessageType.inform:
      return decideInform(message, context);
    default:
      return ignore({ code: "message-type" });
  }
}

/** Decides on a REQUEST. The fields that are set tell the state of the client (RFC 2131 4.3.2). */
function decideRequest(message: Message, context: DecisionContext): Decision {
  const server = addressOption(message, Code.serverIdentifier);
  const requested = addressOption(message, Code.requestedAddress);
  if (server !== undefined && !context.serverIdentifiers.includes(server)) {
    return { kind: "withdraw", cause: { code: "took-other", server } };
  }
  if (requested !== undefined) return decideInitial(requested, context, server === undefined);
  // Some clients fill option 54 when renewing, against RFC 2131 table 5; ciaddr shows that they have an address.
  if (message.ciaddr !== UNSPECIFIED) return decideRenewal(message.ciaddr, context);
  return ignore({ code: "no-address-named", selecting: server !== undefined });
}

/**
 * Decides on a REQUEST in RENEWING or REBINDING. A machine whose own server is down must not lose its address through
 * us.
 */
function decideRenewal(address: Ipv4, context: DecisionContext): Decision {
  const { leases, authoritative } = context;
  if (leases.own === undefined && !leases.isOurs && !authoritative) {
    return ignore({ code: "not-ours", address });
  }
  return grantOrRefuse(address, context);
}

/** Decides on a REQUEST in SELECTING, or in INIT-REBOOT where `rebooting`. */
function decideInitial(requested: Ipv4, context: DecisionContext, rebooting: boolean): Decision {
  if (context.leases.hasLost) return grantOrRefuse(requested, context);
  // RFC 2131 4.3.2: a server without a record of a rebooting client must remain silent; another server may have one.
  if (rebooting && context.leases.own === undefined && context.subnet.contains(requested)) {
    const cause = { code: "no-record", address: requested } as const;
    return context.authoritative ? { kind: "refuse", address: requested, cause } : ignore(cause);
  }
  return grantOrRefuse(requested, context);
}

function grantOrRefuse(address: Ipv4, { leases, subnet }: DecisionContext): Decision {
  if (leases.mayHave) return { kind: "acknowledge", address };
  const other = leases.otherCard;
  const cause =
    other?.address === address
      ? ({ code: "other-card", ...other } as const)
      : refusalCause(address, leases.own, subnet);
  return { kind: "refuse", address, cause };
}

function refusalCause(address: Ipv4, own: Ipv4 | undefined, subnet: Subnet): DhcpCause {
  if (!subnet.contains(address)) return { code: "not-in-network", address, subnet: subnet.toString() };
  return own === undefined ? { code: "not-free" } : { code: "has-another", own };
}

function decideDecline(message: Message, { leases, serverIdentifiers }: DecisionContext): Decision {
  const address = addressOption(message, Code.requestedAddress);
  const server = addressOption(message, Code.serverIdentifier);
  if (server === undefined || !serverIdentifiers.includes(server)) return ignore({ code: "declines-offer-of-other" });
  if (address === undefined || leases.own !== address) return ignore({ code: "declines-not-given" });
  if (!leases.mayDecline) return ignore({ code: "declines-too-often" });
  return { kind: "decline", address };
}

function decideRelease(message: Message, { leases, serverIdentifiers }: DecisionContext): Decision {
  const server = addressOption(message, Code.serverIdentifier);
  if (server !== undefined && !serverIdentifiers.includes(server)) return ignore({ code: "releases-lease-of-other" });
  if (leases.own !== message.ciaddr) return ignore({ code: "releases-not-own" });
  return { kind: "release", address: message.ciaddr };
}

/**
 * Decides on an INFORM (RFC 2131 4.3.5). Without ciaddr the answer goes to the relay agent or to the source address.
 */
function decideInform({ ciaddr, giaddr }: Message, { source, subnet, isOthers }: DecisionContext): Decision {
  const address = [ciaddr, giaddr, source].find((each) => each !== UNSPECIFIED);
  if (address === undefined) return ignore({ code: "inform-without-address" });
  if (address !== giaddr && !isOthers(address)) return ignore({ code: "inform-impossible-address", address });
  // An answer to an address outside the network could flood a victim through a forged source.
  if (address === giaddr || subnet.contains(address)) return { kind: "inform", address };
  return ignore({ code: "inform-outside-network", address, subnet: subnet.toString() });
}

function ignore(cause: DhcpCause): Decision {
  return { kind: "ignore", cause };
}
