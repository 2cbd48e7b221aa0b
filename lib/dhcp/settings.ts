import { menuOf } from "../boot/menu.js";
import { bootFilesIn, bootOriginsOf } from "../boot/origins.js";
import { memoize } from "../common/memoize.js";
import type { SettingOrigins } from "../config/origin.js";
import { isReservedOnly } from "./duty.js";
import type { DhcpSections } from "./sections.js";
import type { ServedSubnet } from "./subnets.js";
import { IdentifierList } from "../access/list.js";
import type { LinkPlace, ServicePort } from "./link.js";
import { Scopes } from "./scopes.js";
import type { DhcpOrder, DhcpSettings } from "./order.js";
import type { EventBus } from "../events/event.js";
import type { Host } from "../inventory/host.js";
import { notKnownYet, type HostSource } from "../inventory/source.js";
import type { KnownSizes } from "../files/known-sizes.js";
import type { Allocation, PreparedNetworks } from "../leases/allocation.js";
import type { ReservationChanges } from "../leases/reservations.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { Mac } from "../net/mac.js";
import { chainSettings, type IpxeConfig } from "../boot/ipxe/settings.js";
import { makeAccess, rulesOf, type AccessConfig } from "../access/settings.js";
import { ReservationPlan } from "../inventory/reservation-plan.js";
import { makeProfiles, needsBootServer } from "./profile-settings.js";
import { makeScope, networkPlan, type ScopeParts } from "./scope-settings.js";

/** The parts of a configuration that the DHCP side uses. */
export interface DhcpConfig extends IpxeConfig, Pick<AccessConfig, "lineOf"> {
  /** Says where the value of an option comes from. */
  readonly origins: SettingOrigins<"bootpd" | "menu" | "ipxe" | "hosts">;
  /** The path of the configuration file. */
  readonly file: string;
  readonly settings: DhcpSections & IpxeConfig["settings"];
  readonly subnets: readonly ServedSubnet[];
}

/** The services that the DHCP side uses. */
export interface DhcpParts extends Pick<DhcpOrder, "frames" | "scopes">, Pick<DhcpSettings, "conflicts"> {
  readonly sizes: KnownSizes;
  /** The inventory. */
  readonly hosts: HostSource;
  /** The machines with `once` that have booted. */
  readonly once: DhcpSettings["once"];
  /**
   * Returns the base URL of our HTTP server, without a path, for machines that reach us at an address; undefined
   * without HTTP.
   */
  readonly originAt: (address: Ipv4) => string | undefined;
}

/** Returns the order for the DHCP server of a configuration. */
export function dhcpOrder(config: DhcpConfig, parts: DhcpParts): DhcpOrder {
  const { frames, conflicts, hosts, once, scopes } = parts;
  const { settings, subnets } = config;
  const ownAddresses = subnets.flatMap((subnet) => subnet.ownAddresses);
  return {
    links: linksOf(config),
    frames,
    scopes,
    access: makeAccess(config, (mac) => isKnown(hosts, mac)),
    hosts,
    profiles: makeProfiles(settings, config.origins),
    settings: {
      ...serverSettings(config, parts, ownAddresses),
      conflicts,
      once: settings.bootpd.dry_run ? rehearsed(once) : once,
    },
  };
}

/** Returns one-shots that never finish: in a dry run nothing boots from here. */
function rehearsed(once: DhcpSettings["once"]): DhcpSettings["once"] {
  return { isDone: (mac) => once.isDone(mac), finish: () => false };
}

/** The networks of a configuration that is not in effect yet. */
export interface PreparedScopes {
  readonly scopes: Scopes;
  readonly leases: Pick<PreparedNetworks, "strays" | "transaction">;
}

/** Prepares the networks of a configuration. Their reservations follow the inventory. */
export async function prepareScopes(
  config: DhcpConfig,
  parts: ScopeParts & {
    readonly allocation: Allocation;
    readonly hosts: HostSource;
    readonly events: Pick<EventBus, "publish">;
  },
): Promise<PreparedScopes> {
  const { settings, subnets } = config;
  const { allocation, events, hosts } = parts;
  const reservations = new ReservationPlan(subnets);
  const first = reservations.begin(hosts.known());
  for (const event of first.findings) events.publish(event);
  const plans = subnets.map((subnet, index) =>
    networkPlan(settings.bootpd, subnet, first.byNetwork[index]?.set ?? new Map()),
  );
  const changed: (readonly ReservationChanges[])[] = [];
  let reserve = (byNetwork: readonly ReservationChanges[]): void => void changed.push(byNetwork);
  hosts.onChange((changes) => {
    const { byNetwork, findings } = reservations.apply(changes);
    reserve(byNetwork);
    return findings;
  });
  const { allocators, strays, transaction } = await allocation.prepare(plans);
  reserve = (byNetwork) => {
    for (const [index, differences] of byNetwork.entries()) allocators[index]?.reserve(differences);
  };
  for (const each of changed) reserve(each);
  const ownAddresses = subnets.flatMap((subnet) => subnet.ownAddresses);
  const networks = allocators.flatMap((allocator, index) => {
    const subnet = subnets[index];
    return subnet === undefined ? [] : [makeScope(settings.bootpd, subnet, allocator, parts)];
  });
  const scopes = new Scopes(networks, ownAddresses, settings.bootpd.mode !== "server");
  return { scopes, leases: { strays, transaction } };
}

/** Returns the interfaces with a network to serve, each with the server address of its first network. */
export function linksOf({ subnets }: Pick<DhcpConfig, "subnets">): readonly LinkPlace[] {
  const links = new Map<string, LinkPlace>();
  for (const { link } of subnets) {
    if (link === undefined || links.has(link.interfaceName)) continue;
    const { interfaceName, interfaceIndex, serverAddress: address } = link;
    links.set(interfaceName, { interfaceName, interfaceIndex, address });
  }
  return [...links.values()];
}

/** Returns the ports to open: the server port unless `port67 = no`, and the boot server port where needed. */
export function portsOf(settings: DhcpSections): readonly ServicePort[] {
  const { port, port67, pxe_port: bootPort } = settings.bootpd;
  return [
    ...(port67 ? [{ service: "dhcp", port } as const] : []),
    ...(needsBootServer(settings) ? [{ service: "boot-server", port: bootPort } as const] : []),
  ];
}

/** Whether a machine is known; also true as long as that cannot be told, since what it gets depends on that too. */
function isKnown(hosts: HostSource, mac: Mac): boolean | Promise<boolean> {
  const host = hosts.find({ mac, clientId: undefined });
  const known = (found: Host | undefined): boolean => found !== undefined || notKnownYet(hosts) !== undefined;
  return host instanceof Promise ? host.then(known, () => true) : known(host);
}

function serverSettings(
  config: DhcpConfig,
  { sizes, originAt }: Pick<DhcpParts, "sizes" | "originAt">,
  addresses: readonly Ipv4[],
): Omit<DhcpSettings, "conflicts" | "once"> {
  const { settings, origins } = config;
  const { bootpd, bootfile, buggy_clients: buggy } = settings;
  const { boot_file: fallback } = bootpd;
  return {
    ports: portsOf(settings),
    proxy: bootpd.mode !== "server",
    // With `access`, the access check already admits known machines only.
    knownOnly: bootpd.mode === "proxy" && bootpd.access === undefined,
    reservedOnly: isReservedOnly(bootpd),
    dryRun: bootpd.dry_run,
    menu: menuOf(settings),
    // Every request needs it, and this host has few addresses.
    webRoot: memoize(
      (address: Ipv4) => {
        const origin = originAt(address);
        return origin === undefined ? undefined : `${origin}/`;
      },
      (address) => address,
    ),
    chain: chainSettings(config, originAt),
    addresses,
    authoritative: bootpd.authoritative,
    listenAddress: bootpd.address,
    serverPort: bootpd.port,
    // A standby cannot know which machines booted by way of the other server.
    allowSimple: bootpd.allow_simple_dhcp || isReservedOnly(bootpd),
    bootFiles: bootFilesIn(bootfile, origins),
    fallbackBootFile:
      fallback === undefined ? undefined : { value: fallback, origin: origins.of("bootpd", "boot_file") },
    bootOrigins: bootOriginsOf(settings, origins),
    broadcastOnly: new IdentifierList(rulesOf(buggy, config.file)),
    sizeOf: (name) => sizes.sizeOf(name),
  };
}
