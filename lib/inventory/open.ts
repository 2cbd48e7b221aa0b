import { EventBus } from "../events/event.js";
import { FileHosts } from "./file/file-hosts.js";
import { IniHosts, type IniSections } from "./ini/ini-hosts.js";
import { JoinedHosts } from "./joined-hosts.js";
import { describeMisfit, describeShared, reserveAddresses, type ReservingNetwork } from "./reservations.js";
import type { InventorySections } from "./sections.js";
import type { HostSource } from "./source.js";
import type { LeaseKey } from "../machine/lease-key.js";
import { systemClock, type Clock } from "../common/clock.js";
import type { Ipv4 } from "../net/ipv4.js";

/** The part of a configuration that defines hosts or names sources of them. */
export interface InventoryConfig {
  /** The path of the configuration file. */
  readonly file: string;
  readonly settings: InventorySections & IniSections;
}

/** Opens the sources of hosts that a configuration names. @throws {ConfigError} with every problem of a source */
export async function openHosts(
  { settings, file }: InventoryConfig,
  events: EventBus,
  clock: Clock,
): Promise<HostSource> {
  const own = new IniHosts(settings, file);
  const { file: path } = settings.hosts;
  return path === undefined ? own : new JoinedHosts([own, await FileHosts.open(path, events, clock)]);
}

/**
 * Reads the sources of hosts that a configuration names, for `--check`.
 *
 * @returns a sentence each: reserved addresses that do not fit, and addresses that several cards share
 * @throws {ConfigError} with every problem of a source
 */
export async function checkHosts(
  config: InventoryConfig & {
    readonly services: { readonly dhcp: boolean };
    readonly subnets: readonly ReservingNetwork[];
  },
): Promise<Record<"unfit" | "shared", readonly string[]>> {
  const hosts = await openHosts(config, new EventBus(), systemClock);
  const reserved = config.services.dhcp ? hosts.reserved() : [];
  const { misfits, shared } = reserveAddresses(reserved, config.subnets);
  await hosts.close();
  return { unfit: misfits.map(describeMisfit), shared: shared.map(describeShared) };
}

/**
 * Returns the reserved addresses known so far, for each network of a configuration. Publishes which addresses do not
 * fit, and which ones several cards share.
 */
export function reservationsIn(
  { subnets }: { readonly subnets: readonly ReservingNetwork[] },
  hosts: HostSource,
  events: EventBus,
): readonly ReadonlyMap<LeaseKey, Ipv4>[] {
  const { byNetwork, misfits, shared } = reserveAddresses(hosts.reserved(), subnets);
  if (misfits.length > 0) events.publish({ kind: "hosts-unfit", problems: misfits.map(describeMisfit) });
  if (shared.length > 0) events.publish({ kind: "hosts-shared", addresses: shared.map(describeShared) });
  return byNetwork;
}
