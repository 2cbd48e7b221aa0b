import type { Ipv4 } from "../net/ipv4.js";
import { formatIpv4, UNSPECIFIED } from "../net/ipv4.js";
import type { LeaseKey } from "../machine/lease-key.js";
import type { Subnet } from "../net/subnet.js";
import { addressOption, messageType, MessageType, type Message } from "./message.js";
import { Code } from "../options/registry.js";

/** What of the leases a decision needs to know. */
export interface LeaseView {
  addressOf(key: LeaseKey): Ipv4 | undefined;
  mayHave(key: LeaseKey, address: Ipv4): boolean;
  /** Whether the address is one that this server gives to somebody, now or ever. */
  isOurs(address: Ipv4): boolean;
  /** Whether the machine has an address from here that it may not keep, or is reserved one that another uses. */
  hasLost(key: LeaseKey, address: Ipv4): boolean;
  /** The other card of the machine that has taken the address that is reserved for both. */
  otherHolder(key: LeaseKey): { readonly key: LeaseKey; readonly address: Ipv4 } | undefined;
  /** Whether one more address is left alone since this machine says that another uses it. */
  mayDecline(key: LeaseKey): boolean;
}

/** What a decision is made from beside the message. */
export interface DecisionContext {
  readonly leases: LeaseView;
  readonly subnet: Subnet;
  /** Where the message came from; 0.0.0.0 for a client that has no address yet. */
  readonly source: Ipv4;
  /** Whether one machine beside this host can have an address. */
  readonly isOthers: (address: Ipv4) => boolean;
  /** By which addresses a client may mean this server; the first is what it is told. */
  readonly serverIdentifiers: readonly Ipv4[];
  /** Whether what is not known here is wrong: there is no other server that may know it. */
  readonly authoritative: boolean;
}

/** How much of a client identifier is told in a reason, which is an option of the answer too. */
const LONGEST_NAME = 40;

/** What is to be done with a message. `ignore` says why in words that complete "ignored …: ". */
export type Decision =
  | { readonly kind: "offer"; readonly requested: Ipv4 | undefined }
  | { readonly kind: "acknowledge"; readonly address: Ipv4 }
  | { readonly kind: "refuse"; readonly address: Ipv4; readonly reason: string }
  | { readonly kind: "inform"; readonly address: Ipv4 }
  | { readonly kind: "bootp" }
  | { readonly kind: "release"; readonly address: Ipv4 }
  | { readonly kind: "decline"; readonly address: Ipv4 }
  | { readonly kind: "withdraw"; readonly reason: string; readonly server: Ipv4 }
  | { readonly kind: "ignore"; readonly reason: string };

/** Decides what a message of a client that may be served asks for and what it gets. Changes nothing. */
export function decide(message: Message, key: LeaseKey, context: DecisionContext): Decision {
  switch (messageType(message)) {
    case undefined:
      return { kind: "bootp" };
    case MessageType.discover:
      return { kind: "offer", requested: addressOption(message, Code.requestedAddress) };
    case MessageType.request:
      return decideRequest(message, key, context);
    case MessageType.decline:
      return decideDecline(message, key, context);
    case MessageType.release:
      return decideRelease(message, key, context);
    case MessageType.inform:
      return decideInform(message, context);
    default:
      return ignore("its message type is not one that clients send");
  }
}

/** RFC 2131 4.3.2: the fields that are set tell the state that the client is in. */
function decideRequest(message: Message, key: LeaseKey, context: DecisionContext): Decision {
  const server = addressOption(message, Code.serverIdentifier);
  const requested = addressOption(message, Code.requestedAddress);
  if (server !== undefined && !context.serverIdentifiers.includes(server)) {
    const reason = `it took the offer of another DHCP server, ${formatIpv4(server)}`;
    return { kind: "withdraw", reason, server };
  }
  if (requested !== undefined) return decideInitial(requested, key, context, server === undefined);
  // Some clients that renew name us in option 54 too, against RFC 2131 table 5; ciaddr tells that they have an address.
  if (message.ciaddr !== UNSPECIFIED) return decideRenewal(message.ciaddr, key, context);
  return ignore(server === undefined ? "it names no address at all" : "it names no address to take");
}

/** RENEWING or REBINDING. A machine whose own server is away for a while must not lose its address through us. */
function decideRenewal(address: Ipv4, key: LeaseKey, context: DecisionContext): Decision {
  const { leases, authoritative } = context;
  if (leases.addressOf(key) === undefined && !leases.isOurs(address) && !authoritative) {
    return ignore(`it has ${formatIpv4(address)}, which is not ours to give`);
  }
  return grantOrRefuse(address, key, context);
}

/** SELECTING, or INIT-REBOOT where `rebooting`. */
function decideInitial(requested: Ipv4, key: LeaseKey, context: DecisionContext, rebooting: boolean): Decision {
  if (context.leases.hasLost(key, requested)) return grantOrRefuse(requested, key, context);
  // RFC 2131 4.3.2: a server that has no record of a rebooting client must remain silent; another may have one.
  if (rebooting && context.leases.addressOf(key) === undefined && context.subnet.contains(requested)) {
    const reason = `it believes to have ${formatIpv4(requested)}, of which we have no record`;
    return context.authoritative ? { kind: "refuse", address: requested, reason } : ignore(reason);
  }
  return grantOrRefuse(requested, key, context);
}

function grantOrRefuse(address: Ipv4, key: LeaseKey, { leases, subnet }: DecisionContext): Decision {
  if (leases.mayHave(key, address)) return { kind: "acknowledge", address };
  const other = leases.otherHolder(key);
  const reason =
    other?.address === address
      ? `another card of its machine, ${other.key.slice(0, LONGEST_NAME)}, has it`
      : refusalReason(address, leases.addressOf(key), subnet);
  return { kind: "refuse", address, reason };
}

function refusalReason(address: Ipv4, own: Ipv4 | undefined, subnet: Subnet): string {
  if (!subnet.contains(address)) return `it is not in ${subnet.toString()}`;
  if (own !== undefined) return `the machine's address is ${formatIpv4(own)}`;
  return "it is not free or not in the pool";
}

function decideDecline(message: Message, key: LeaseKey, { leases, serverIdentifiers }: DecisionContext): Decision {
  const address = addressOption(message, Code.requestedAddress);
  const server = addressOption(message, Code.serverIdentifier);
  if (server === undefined || !serverIdentifiers.includes(server)) return ignore("it declines another server's offer");
  if (address === undefined || leases.addressOf(key) !== address)
    return ignore("it declines an address it was not given");
  if (!leases.mayDecline(key)) return ignore("it declines one address after the other");
  return { kind: "decline", address };
}

function decideRelease(message: Message, key: LeaseKey, { leases, serverIdentifiers }: DecisionContext): Decision {
  const server = addressOption(message, Code.serverIdentifier);
  if (server !== undefined && !serverIdentifiers.includes(server)) return ignore("it releases another server's lease");
  if (leases.addressOf(key) !== message.ciaddr) return ignore("it releases an address that is not its own");
  return { kind: "release", address: message.ciaddr };
}

/** RFC 2131 4.3.5. One who forgets to say its address has one all the same, or a relay agent that knows the way. */
function decideInform({ ciaddr, giaddr }: Message, { source, subnet, isOthers }: DecisionContext): Decision {
  const address = [ciaddr, giaddr, source].find((each) => each !== UNSPECIFIED);
  if (address === undefined) return ignore("it asks for parameters but has no address to send them to");
  if (address !== giaddr && !isOthers(address))
    return ignore(`it asks for parameters at ${formatIpv4(address)}, which no other machine can have`);
  // What is answered elsewhere is answered to a victim of who sent this.
  if (address === giaddr || subnet.contains(address)) return { kind: "inform", address };
  return ignore(`it asks for parameters at ${formatIpv4(address)}, which is not in ${subnet.toString()}`);
}

function ignore(reason: string): Decision {
  return { kind: "ignore", reason };
}
