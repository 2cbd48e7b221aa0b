import type { Config } from "../settings/load.js";
import { EventBus } from "../events/event.js";
import { FileHosts } from "./file/file-hosts.js";
import { IniHosts } from "./ini/ini-hosts.js";
import { JoinedHosts } from "./joined-hosts.js";
import { describeMisfit, reserveAddresses } from "./reservations.js";
import type { HostSource } from "./source.js";
import type { LeaseKey } from "../leases/lease.js";
import { systemClock, type Clock } from "../common/clock.js";
import type { Ipv4 } from "../net/ipv4.js";

/** Opens the sources that a configuration names. @throws {ConfigError} with all that is wrong with one */
export async function openHosts(
  { settings, file }: Pick<Config, "settings" | "file">,
  events: EventBus,
  clock: Clock,
): Promise<HostSource> {
  const own = new IniHosts(settings, file);
  const { file: path } = settings.hosts;
  return path === undefined ? own : new JoinedHosts([own, await FileHosts.open(path, events, clock)]);
}

/**
 * Reads the sources that a configuration names, without serving anything.
 *
 * @returns what is most likely not meant, a sentence each
 * @throws {ConfigError} with all that is wrong with one
 */
export async function checkHosts(config: Config): Promise<readonly string[]> {
  const hosts = await openHosts(config, new EventBus(), systemClock);
  const { misfits } = config.services.dhcp ? reserveAddresses(hosts.reserved(), config.subnets) : { misfits: [] };
  await hosts.close();
  return misfits.map(describeMisfit);
}

/** Who has an address of its own by now, for each network of a configuration; publishes which addresses are unfit. */
export function reservationsIn(
  { subnets }: Pick<Config, "subnets">,
  hosts: HostSource,
  events: EventBus,
): readonly ReadonlyMap<LeaseKey, Ipv4>[] {
  const { byNetwork, misfits } = reserveAddresses(hosts.reserved(), subnets);
  if (misfits.length > 0) events.publish({ kind: "hosts-unfit", problems: misfits.map(describeMisfit) });
  return byNetwork;
}
