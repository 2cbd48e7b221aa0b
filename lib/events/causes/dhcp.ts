import type { LeaseKey } from "../../machine/lease-key.js";
import { formatIpv4, type Ipv4 } from "../../net/ipv4.js";
import type { CauseOf, NoFacts, Sentences } from "./cause.js";

/** The other card of a machine, which holds the address reserved for both. */
export interface OtherCard {
  readonly key: LeaseKey;
  readonly address: Ipv4;
}

/** The facts of each cause by which a DHCP request gets no answer, or a DHCPNAK. */
export interface DhcpCauseFacts {
  /** Its source address can be no machine's. */
  "impossible-address": { address: Ipv4 };
  "impossible-relay": { giaddr: Ipv4 };
  "relay-is-us": { giaddr: Ipv4 };
  /** No network has the address that tells the machine's link; `by` is what that address is. */
  "network-not-served": {
    by: "relay" | "link-selection" | "subnet-selection";
    address: Ipv4;
    networks: readonly string[];
  };
  "interface-not-served": { interfaceName: string };
  "pool-exhausted": { networks: readonly string[]; otherCard: OtherCard | undefined };
  /** Each of `count` free addresses was found to be in use. */
  "addresses-in-use": { count: number };
  /** The machine took the offer of another server. */
  "took-other": { server: Ipv4 };
  "message-type": NoFacts;
  /** A REQUEST without an address; `selecting`: it takes an offer of ours. */
  "no-address-named": { selecting: boolean };
  /** Another server gives the address. */
  "not-ours": { address: Ipv4 };
  /** A rebooting machine has an address that nothing is known of here. */
  "no-record": { address: Ipv4 };
  "other-card": OtherCard;
  "not-in-network": { address: Ipv4; subnet: string };
  /** The machine has the address `own` instead. */
  "has-another": { own: Ipv4 };
  "not-free": NoFacts;
  /** Another machine got the address before the lease was kept; `refused`: the client gets a DHCPNAK. */
  "taken-by-now": { address: Ipv4; refused: boolean };
  "declines-offer-of-other": NoFacts;
  "declines-not-given": NoFacts;
  "declines-too-often": NoFacts;
  "declines-too-late": NoFacts;
  "releases-lease-of-other": NoFacts;
  "releases-not-own": NoFacts;
  "releases-too-late": NoFacts;
  "inform-without-address": NoFacts;
  "inform-impossible-address": { address: Ipv4 };
  "inform-outside-network": { address: Ipv4; subnet: string };
}

/** A cause by which a DHCP request gets no answer, or a DHCPNAK. */
export type DhcpCause<Code extends keyof DhcpCauseFacts = keyof DhcpCauseFacts> = CauseOf<DhcpCauseFacts, Code>;

/** The facts of the cause by which a lease could not be stored. */
export interface StoreCauseFacts {
  /** `error` is the system's code, such as ENOSPC. */
  "not-kept": { error: string | undefined; message: string };
}

/** The cause by which a lease could not be stored. */
export type StoreCause = CauseOf<StoreCauseFacts>;

/** The sentence of that cause. */
export const STORE_SENTENCES: Sentences<StoreCauseFacts> = {
  "not-kept": ({ message }) => `its lease cannot be kept: ${message}`,
};

/** Most characters of a client identifier in a sentence that is also sent in option 56. */
const LONGEST_NAME = 40;

const LINKS = {
  relay: "it was relayed by",
  "link-selection": "its relay agent selected the link",
  "subnet-selection": "it selected the subnet",
} as const;

const ownOf = (card: OtherCard | undefined): string =>
  card === undefined
    ? "the machine is not in [static_dhcp] or [hosts]"
    : `${formatIpv4(card.address)} is in use by another card of its machine, ${card.key}`;

const nowhere = (networks: readonly string[]): string =>
  networks.length === 1 ? `not in ${networks.join("")}` : `in none of ${networks.join(", ")}`;

/** The sentences of these causes; that of a DHCPNAK is sent to its client (option 56). */
export const DHCP_SENTENCES: Sentences<DhcpCauseFacts> = {
  "impossible-address": ({ address }) => `it asks from ${formatIpv4(address)}, which no machine can have`,
  "impossible-relay": ({ giaddr }) => `giaddr ${formatIpv4(giaddr)} can be no relay agent's address`,
  "relay-is-us": ({ giaddr }) => `giaddr ${formatIpv4(giaddr)} is this server's own address`,
  "network-not-served": ({ by, address, networks }) =>
    `${LINKS[by]} ${formatIpv4(address)}, which is ${nowhere(networks)}`,
  "interface-not-served": ({ interfaceName }) => `no network of ${interfaceName} is served`,
  "pool-exhausted": ({ networks, otherCard }) =>
    `no address is left in ${networks.join(" and ")}: the pool (pool_count) is exhausted and ${ownOf(otherCard)}`,
  "addresses-in-use": ({ count }) => `each of ${count} addresses that were free is in use`,
  "took-other": ({ server }) => `it took the offer of another DHCP server, ${formatIpv4(server)}`,
  "message-type": () => "its message type is not one that clients send",
  "no-address-named": ({ selecting }) => (selecting ? "it names no address to take" : "it names no address at all"),
  "not-ours": ({ address }) => `it has ${formatIpv4(address)}, which is not ours to give`,
  "no-record": ({ address }) => `it believes to have ${formatIpv4(address)}, of which we have no record`,
  "other-card": ({ key }) => `another card of its machine, ${key.slice(0, LONGEST_NAME)}, has it`,
  "not-in-network": ({ subnet }) => `it is not in ${subnet}`,
  "has-another": ({ own }) => `the machine's address is ${formatIpv4(own)}`,
  "not-free": () => "it is not free or not in the pool",
  "taken-by-now": ({ address, refused }) =>
    `${refused ? "" : `${formatIpv4(address)} cannot be given: `}another machine has it by now`,
  "declines-offer-of-other": () => "it declines another server's offer",
  "declines-not-given": () => "it declines an address it was not given",
  "declines-too-often": () => "it declines one address after the other",
  "declines-too-late": () => "it declines an address that it was not given (any more)",
  "releases-lease-of-other": () => "it releases another server's lease",
  "releases-not-own": () => "it releases an address that is not its own",
  "releases-too-late": () => "it releases an address that it does not hold (any more)",
  "inform-without-address": () => "it asks for parameters but has no address to send them to",
  "inform-impossible-address": ({ address }) =>
    `it asks for parameters at ${formatIpv4(address)}, which no other machine can have`,
  "inform-outside-network": ({ address, subnet }) =>
    `it asks for parameters at ${formatIpv4(address)}, which is not in ${subnet}`,
};
