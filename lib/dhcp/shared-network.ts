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
  const there = scopes.findIndex(({ subnet }) => subnet.contains(named));
  const type = messageType(message);
  // An address that is given up, or used without a lease, belongs to the network that holds it.
  if (givesUpAddress(message) || type === MessageType.inform) return scopes[there];
  const views = scopes.map(({ allocator }) => allocator.look(allocator.keyOf(client), named));
  const reserved = views.findIndex((view) => view.reserved && view.own !== undefined);
  if (reserved >= 0) return scopes[reserved];
  if (type === MessageType.request && views[there]?.own === named) return scopes[there];
  const bound = views.findIndex((view) => view.state === "bound" && view.own !== undefined);
  const held = bound >= 0 ? bound : views.findIndex((view) => view.own !== undefined);
  if (held >= 0) return scopes[held];
  return type === MessageType.request || views[there]?.mayHave === true ? scopes[there] : undefined;
}

/** Returns the address that a client has or asks for; 0.0.0.0 where it names none. */
function namedAddress(message: Message): Ipv4 {
  return message.ciaddr === UNSPECIFIED
    ? (addressOption(message, Code.requestedAddress) ?? UNSPECIFIED)
    : message.ciaddr;
}
