import { factsFor } from "../dhcp/host-facts.js";
import type { NetworkFacts } from "../dhcp/reply-facts.js";
import type { Scope } from "../dhcp/scope.js";
import type { Scopes } from "../dhcp/scopes.js";
import type { Host } from "../inventory/host.js";
import { notKnownYet, type Inventory } from "../inventory/source.js";
import { clientIdOfName, hasClientIdPrefix, parseClientId } from "../machine/client-id.js";
import type { Identity } from "../machine/lease-key.js";
import { formatIpv4, UNSPECIFIED, type Ipv4 } from "../net/ipv4.js";
import { NO_MAC, parseMac } from "../net/mac.js";
import { Code } from "../options/codes.js";
import { decodeAddresses, decodeDomains } from "../options/encodings.js";
import type { Answer, Method } from "./answer.js";
import type { Query } from "./query.js";

/** The sources of the API's answers. */
export interface AnswerSources {
  /** The inventory. */
  readonly hosts: Pick<Inventory, "find" | "state">;
  /** The networks that DHCP serves; undefined where it does not run. */
  readonly networks: () => Scopes | undefined;
}

/** The facts about the machine of a query. */
interface Found {
  readonly method: Method;
  readonly host: Host | undefined;
  readonly scope: Scope | undefined;
  readonly address: Ipv4 | undefined;
  readonly description: string;
}

/**
 * Returns the answer to a query: what the inventory knows of the machine, else its lease, with the parameters that DHCP
 * gives it.
 *
 * @returns a promise where a source has to be asked; it is rejected where the source cannot tell
 * @throws where no source can tell yet
 */
export function answerQuery(query: Query, sources: AnswerSources): Answer | Promise<Answer> {
  const who = identityOf(query);
  const host = sources.hosts.find(who);
  const answer = (known: Host | undefined): Answer => {
    const notKnown = known === undefined ? notKnownYet(sources.hosts) : undefined;
    if (notKnown !== undefined) throw new Error(`the inventory is not known yet: ${notKnown}`);
    return describe(query, findMachine(query, who, known, sources));
  };
  return host instanceof Promise ? host.then(answer) : answer(host);
}

/**
 * Returns whom a query is about. `client` is a client identifier with its prefix, or a name, as the identifier that holds
 * it. A query without a hardware address asks for one that no machine has.
 */
function identityOf({ mac, client }: Query): Identity {
  return {
    mac: parseMac(mac) ?? NO_MAC,
    clientId: hasClientIdPrefix(client) ? parseClientId(client) : clientIdOfName(client),
  };
}

function findMachine(query: Query, who: Identity, host: Host | undefined, { networks }: AnswerSources): Found {
  const scopes = networks();
  const lease = leaseOf(who, host, scopes);
  // A machine without an address would get one in the first network.
  const scope = lease === undefined ? scopes?.all[0] : lease.scope;
  if (host !== undefined) {
    const isClient = host.clientId !== undefined && host.clientId === who.clientId;
    const method = isClient ? "ByClientID" : "ByHardwareAddress";
    return { method, host, scope, address: lease?.address, description: "" };
  }
  // api-dhcpd records what it gives as a known machine: only the first answer says "Dynamic".
  const method = lease === undefined ? "Dynamic" : "ByHardwareAddress";
  const description = lease === undefined ? "" : `dynamic:${query.client}`;
  return { method, host, scope, address: lease?.address, description };
}

/** Returns the address that a machine has or is to get, with its network; undefined where it has none yet. */
function leaseOf(
  who: Identity,
  host: Host | undefined,
  scopes: Scopes | undefined,
): { readonly scope: Scope | undefined; readonly address: Ipv4 } | undefined {
  const reserved = host?.address;
  if (reserved !== undefined) return { scope: scopes?.holding(reserved), address: reserved };
  if (who.mac === NO_MAC) return undefined;
  for (const scope of scopes?.all ?? []) {
    const { allocator } = scope;
    const { state, held } = allocator.look(allocator.keyOf(who), UNSPECIFIED);
    if (state === "bound" && held !== undefined) return { scope, address: held };
  }
  return undefined;
}

function describe(query: Query, { method, host, scope, address, description }: Found): Answer {
  const parameters = scope === undefined ? ownParameters(host) : parametersIn(scope, host);
  return {
    mac: query.mac,
    client: query.client,
    hostname: host?.hostName ?? "",
    ip: address === undefined ? "" : formatIpv4(address),
    ...parameters,
    description,
    method,
  };
}

type Parameters = Pick<
  Answer,
  "gateway" | "netmask" | "broadcast" | "prefix" | "dns" | "domain" | "ntp" | "leaseSeconds"
>;

/** Returns what DHCP tells the machine in a network. The operator's options and those of the machine come first. */
function parametersIn(scope: Scope, host: Host | undefined): Parameters {
  const link = { interfaceName: scope.interfaceName ?? "", address: UNSPECIFIED };
  const general = scope.facts(link);
  const facts = host === undefined ? general : factsFor(host, general);
  const { subnet, router, dns, domain, leaseSeconds, options } = facts;
  const set = (code: number): readonly Ipv4[] | undefined => map(options.forAll.get(code)?.value, decodeAddresses);
  const mask = set(Code.subnetMask)?.[0] ?? subnet.mask;
  return {
    gateway: formatFirst(set(Code.router) ?? (router === undefined ? [] : [router])),
    netmask: formatIpv4(mask),
    broadcast: formatFirst(set(Code.broadcastAddress) ?? [subnet.broadcast]),
    prefix: prefixOf(mask),
    dns: formatAll(set(Code.domainNameServer) ?? dns),
    domain: domainsOf(options, domain),
    ntp: formatAll(set(Code.ntpServers) ?? []),
    leaseSeconds,
  };
}

/** Returns what the inventory says of a machine in a network that is not served. */
function ownParameters(host: Host | undefined): Parameters {
  const {
    mask,
    router,
    broadcast,
    dns = [],
    domain = "",
    domainSearch,
    ntp = [],
    leaseSeconds = 0,
  } = host?.facts ?? {};
  return {
    gateway: router === undefined ? "" : formatIpv4(router),
    netmask: mask === undefined ? "" : formatIpv4(mask),
    broadcast: broadcast === undefined ? "" : formatIpv4(broadcast),
    prefix: mask === undefined ? "" : prefixOf(mask),
    dns: formatAll(dns),
    domain: domainSearch?.join(",") ?? domain,
    ntp: formatAll(ntp),
    leaseSeconds,
  };
}

/** Returns the search list (option 119), which api-dhcpd means by `domain`; without one, the domain name. */
function domainsOf({ forAll }: NetworkFacts["options"], domain: string): string {
  const search = forAll.get(Code.domainSearch)?.value;
  if (search !== undefined) return decodeDomains(search).join(",");
  return forAll.get(Code.domainName)?.value.toString("utf8") ?? domain;
}

function prefixOf(mask: Ipv4): string {
  return String(Math.clz32(~mask));
}

function formatFirst([first]: readonly Ipv4[]): string {
  return first === undefined ? "" : formatIpv4(first);
}

function formatAll(addresses: readonly Ipv4[]): string {
  return addresses.map(formatIpv4).join(",");
}

function map<T, U>(value: T | undefined, make: (value: T) => U): U | undefined {
  return value === undefined ? undefined : make(value);
}
