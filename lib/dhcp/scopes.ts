import { Refusal } from "../common/refusal.js";
import type { DhcpCause } from "../events/causes/dhcp.js";
import { groupByLink } from "./shared-networks.js";
import type { Identity } from "../machine/lease-key.js";
import { isLoopback, isUnicast, UNSPECIFIED, type Ipv4 } from "../net/ipv4.js";
import { isRelayAddress, linkOf, type ClientLink } from "./relay.js";
import type { Request } from "./request.js";
import type { Networks, Scope } from "./scope.js";
import { sortForRequest } from "./shared-network.js";

/** All networks to give addresses in. */
export class Scopes {
  readonly #scopes: readonly Scope[];
  readonly #byInterface = new Map<string, Scope>();
  /** All networks on the same link as a network, that one first. */
  readonly #onLink = new Map<Scope, Networks>();
  readonly #ownAddresses: ReadonlySet<Ipv4>;
  readonly #anywhere: boolean;

  /**
   * Groups the networks by link.
   *
   * @param ownAddresses of this host: no relay agent but ourselves has one of these
   * @param anywhere whether machines of unknown networks are served as those of the interface, as in the proxy modes
   */
  constructor(scopes: readonly Scope[], ownAddresses: readonly Ipv4[], anywhere = false) {
    this.#scopes = scopes;
    this.#anywhere = anywhere;
    this.#ownAddresses = new Set(ownAddresses);
    for (const scope of scopes) {
      const { interfaceName } = scope;
      if (interfaceName === undefined || this.#byInterface.has(interfaceName)) continue;
      this.#byInterface.set(interfaceName, scope);
    }
    for (const group of groupByLink(scopes)) {
      for (const scope of group) this.#onLink.set(scope, [scope, ...group.filter((other) => other !== scope)]);
    }
  }

  /** All networks, in the order of the configuration. */
  get all(): readonly Scope[] {
    return this.#scopes;
  }

  /** Returns the network that holds an address. */
  holding(address: Ipv4): Scope | undefined {
    return this.#scopes.find(({ subnet }) => subnet.contains(address));
  }

  /** Whether a single machine, this host included, can have an address, as far as these networks tell. */
  isMachines(address: Ipv4): boolean {
    if (!isUnicast(address) && !isLoopback(address)) return false;
    return !this.#scopes.some(({ subnet }) => subnet.isForAll(address));
  }

  /** Whether a single machine other than this host can have an address; on loopback every machine is this host. */
  isOthers(address: Ipv4): boolean {
    return this.isMachines(address) && (!this.#ownAddresses.has(address) || isLoopback(address));
  }

  /**
   * Chooses the networks of a client (RFC 2131 4.3.1, RFC 3011, RFC 3527): those of the link of its relay agent, or of
   * the interface that received the request.
   *
   * @returns the networks of its link, first the one that the request concerns; a refusal where there is none
   */
  choose(request: Request, client: Identity): Networks | Refusal<DhcpCause> {
    const entered = this.#entered(request);
    if (entered instanceof Refusal) return entered;
    const networks: Networks = this.#onLink.get(entered) ?? [entered];
    return networks.length === 1 ? networks : sortForRequest(networks, request.message, client);
  }

  /** Returns the network that a request comes in by; a refusal where there is none. */
  #entered({ message, notes, link, unicast }: Request): Scope | Refusal<DhcpCause> {
    const { giaddr } = message;
    if (giaddr !== UNSPECIFIED) {
      const possible = isRelayAddress(giaddr, link.address) && this.isMachines(giaddr);
      if (!possible) return new Refusal({ code: "impossible-relay", giaddr });
      if (this.#ownAddresses.has(giaddr)) return new Refusal({ code: "relay-is-us", giaddr });
    }
    const chosen = linkOf(message, notes);
    const here = this.#byInterface.get(link.interfaceName);
    if (chosen !== undefined) {
      const elsewhere = this.#anywhere ? here : undefined;
      return this.holding(chosen.address) ?? elsewhere ?? this.#notServed(chosen);
    }
    const renewed = unicast ? this.holding(message.ciaddr) : undefined;
    const { interfaceName } = link;
    return renewed ?? here ?? new Refusal({ code: "interface-not-served", interfaceName });
  }

  #notServed({ by, address }: ClientLink): Refusal<DhcpCause> {
    const networks = this.#scopes.map(({ subnet }) => subnet.toString());
    return new Refusal({ code: "network-not-served", by, address, networks });
  }
}
