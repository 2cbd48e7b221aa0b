import type { Identity } from "../machine/lease-key.js";
import { UNSPECIFIED, type Ipv4 } from "../net/ipv4.js";
import { addressOption, givesUpAddress, messageType, MessageType, type Message } from "./message.js";
import { Code } from "../options/codes.js";
import type { Networks, Scope } from "./scope.js";

/**
 * Sorts the networks of one link for a request: first the one that the request concerns, then those that may serve
 * instead.
 *
 * A reservation takes precedence over an address that the machine has, and that over one it asks for. Otherwise the
 * order of `scopes` holds: the next network serves when those before it have no address left.
 *
 * @param scopes the networks, first the one that the request came in by
 */
export function sortForRequest(scopes: Networks, message: Message, client: Identity): Networks {
  const first = choose(scopes, message, client);
  return first === undefined ? scopes : [first, ...scopes.filter((scope) => scope !== first)];
}

function choose(scopes: Networks, message: Message, client: Identity): Scope | undefined {
  const named = namedAddress(message);
  const there = scopes.find(({ subnet }) => subnet.contains(named));
  const type = messageType(message);
  // An address that is given up, or used without a lease, belongs to the network that holds it.
  if (givesUpAddress(message) || type === MessageType.inform) return there;
  const isOwn = ({ leases }: Scope): boolean => leases.table.addressOf(leases.keyOf(client)) !== undefined;
  const reserved = scopes.find((scope) => scope.leases.table.isReserved(scope.leases.keyOf(client)) && isOwn(scope));
  if (reserved !== undefined) return reserved;
  const isNamed = ({ leases }: Scope): boolean => leases.table.addressOf(leases.keyOf(client)) === named;
  if (type === MessageType.request && there !== undefined && isNamed(there)) return there;
  const isBound = ({ leases }: Scope): boolean => leases.table.isBound(leases.keyOf(client));
  const held = scopes.find((scope) => isBound(scope) && isOwn(scope)) ?? scopes.find(isOwn);
  if (held !== undefined || there === undefined) return held;
  const { leases } = there;
  return type === MessageType.request || leases.table.mayHave(leases.keyOf(client), named) ? there : undefined;
}

/** Returns the address that a client has or asks for; 0.0.0.0 where it names none. */
function namedAddress(message: Message): Ipv4 {
  return message.ciaddr === UNSPECIFIED
    ? (addressOption(message, Code.requestedAddress) ?? UNSPECIFIED)
    : message.ciaddr;
}
