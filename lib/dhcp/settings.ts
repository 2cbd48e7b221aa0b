import { menuOf } from "../boot/menu.js";
import { bootFilesIn, bootOriginsOf } from "../boot/origins.js";
import type { SettingOrigins } from "../config/origin.js";
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
import type { LeaseStore } from "../leases/lease.js";
import type { Clock } from "../common/clock.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { Mac } from "../net/mac.js";
import { chainSettings, type IpxeConfig } from "../boot/ipxe/settings.js";
import { makeAccess, rulesOf } from "../access/settings.js";
import { ReservationPlan } from "../inventory/reservation-plan.js";
import { makeProfiles, needsBootServer } from "./profile-settings.js";
import { makeScope, type ScopeParts } from "./scope-settings.js";

/** The parts of a configuration that the DHCP side uses. */
export interface DhcpConfig extends IpxeConfig {
  /** Says where the value of an option comes from. */
  readonly origins: SettingOrigins<"bootpd" | "menu" | "ipxe" | "hosts">;
  /** The path of the configuration file. */
  readonly file: string;
  readonly settings: DhcpSections & IpxeConfig["settings"];
  readonly subnets: readonly ServedSubnet[];
}

/** The services that the DHCP side uses. */
export interface DhcpParts
  extends Pick<DhcpOrder, "frames">, Pick<DhcpSettings, "conflicts">, Pick<ScopeParts, "readers"> {
  readonly clock: Clock;
  readonly sizes: KnownSizes;
  /** The DNS servers to announce in networks without their own. */
  readonly dns: readonly Ipv4[];
  /** The lease store. */
  readonly store: LeaseStore;
  /** The inventory. */
  readonly hosts: HostSource;
  /** The machines with `once` that have booted. */
  readonly once: DhcpSettings["once"];
  readonly events: Pick<EventBus, "publish">;
  /**
   * Returns the base URL of our HTTP server, without a path, for machines that reach us at an address; undefined
   * without HTTP.
   */
  readonly originAt: (address: Ipv4) => string | undefined;
}

/** Returns the order for the DHCP server of a configuration. Its networks hold no leases yet. */
export function dhcpOrder(config: DhcpConfig, parts: DhcpParts): DhcpOrder {
  const { frames, conflicts, hosts, once } = parts;
  const { settings, subnets } = config;
  const ownAddresses = subnets.flatMap((subnet) => subnet.ownAddresses);
  return {
    links: linksOf(config),
    frames,
    scopes: makeScopes(config, parts),
    access: makeAccess(settings, (mac) => isKnown(hosts, mac)),
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

/** Returns the networks of a configuration. Their reservations follow the inventory. */
export function makeScopes(config: DhcpConfig, parts: ScopeParts & Pick<DhcpParts, "events" | "hosts">): Scopes {
  const { settings, subnets } = config;
  const { events, hosts } = parts;
  const plan = new ReservationPlan(subnets);
  const first = plan.begin(hosts.known());
  for (const event of first.findings) events.publish(event);
  const scopes = subnets.map((subnet, index) =>
    makeScope(settings.bootpd, subnet, first.byNetwork[index]?.set ?? new Map(), parts),
  );
  hosts.onChange((changes) => {
    const { byNetwork, findings } = plan.apply(changes);
    for (const [index, differences] of byNetwork.entries()) scopes[index]?.leases.table.reserve(differences);
    return findings;
  });
  return new Scopes(
    scopes,
    subnets.flatMap((subnet) => subnet.ownAddresses),
    settings.bootpd.mode !== "server",
  );
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
    dryRun: bootpd.dry_run,
    menu: menuOf(settings),
    webRoot: (address) => {
      const origin = originAt(address);
      return origin === undefined ? undefined : `${origin}/`;
    },
    chain: chainSettings(config, originAt),
    addresses,
    declineSeconds: bootpd.decline_time,
    authoritative: bootpd.authoritative,
    listenAddress: bootpd.address,
    serverPort: bootpd.port,
    allowSimple: bootpd.allow_simple_dhcp,
    bootFiles: bootFilesIn(bootfile, origins),
    fallbackBootFile:
      fallback === undefined ? undefined : { value: fallback, origin: origins.of("bootpd", "boot_file") },
    bootOrigins: bootOriginsOf(settings, origins),
    broadcastOnly: new IdentifierList(rulesOf(buggy)),
    sizeOf: (name) => sizes.sizeOf(name),
  };
}

/**
 * Restores the leases of the store.
 *
 * @returns the number of leases that are in no present network or pool
 */
export function restore(scopes: Scopes, store: LeaseStore): number {
  let strays = 0;
  for (const lease of store.load()) {
    if (scopes.holding(lease.address)?.leases.restore(lease) !== true) strays += 1;
  }
  return strays;
}

/** Hands the leases of the former networks to the next ones, and restores those of added addresses from the store. */
export function handOver(former: Scopes, next: Scopes, store: LeaseStore): void {
  next.takeOver(former);
  if (next.areWithin(former)) return;
  for (const lease of store.load()) {
    if (former.holding(lease.address) === undefined) next.holding(lease.address)?.leases.restore(lease);
  }
}
