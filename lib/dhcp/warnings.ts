import { formatIpv4 } from "../net/ipv4.js";
import { optionWarnings } from "../options/checks.js";
import type { DhcpCircumstances } from "./checks.js";
import { missingInterfaces } from "./network.js";
import type { NetworkSections } from "./sections.js";
import { sharedNetworkWarnings } from "./shared-networks.js";
import type { ServedSubnet } from "./subnets.js";
import { unservedInterfaceWarnings } from "./unserved-interfaces.js";

/** Returns warnings about interfaces and a pool of `[bootpd]` that are not there in part, a sentence each. */
export function bootpdWarnings(settings: NetworkSections, circumstances: DhcpCircumstances): readonly string[] {
  return [...absenceWarnings(settings, circumstances), ...poolWarning(settings, circumstances.subnets)];
}

/**
 * Returns warnings about likely mistakes in networks, a sentence each.
 *
 * @param file the path of the configuration as the user gave it
 */
export function networkWarnings(
  settings: NetworkSections,
  { subnets, interfaces }: DhcpCircumstances,
  file: string,
): readonly string[] {
  return [
    ...sharedNetworkWarnings(subnets),
    ...unservedInterfaceWarnings(settings, subnets, interfaces, file),
    ...optionWarnings(subnets),
  ];
}

/** Returns warnings about the interfaces of `[bootpd]` that do not exist now. */
function absenceWarnings(
  { bootpd }: NetworkSections,
  { runs, interfaces, subnets }: DhcpCircumstances,
): readonly string[] {
  const missing = missingInterfaces(bootpd, interfaces);
  const { pool_start: start } = bootpd;
  const hasPool =
    start === undefined || subnets.some(({ link, subnet }) => link !== undefined && subnet.contains(start));
  return [
    ...missing.map(
      (name) =>
        `[bootpd] interface: this host has no ${name} with an IPv4 address now; it is served when it comes, the others are meanwhile`,
    ),
    ...(missing.length === 0 || hasPool || !runs
      ? []
      : [`[bootpd] pool_start: ${formatIpv4(start)} is in the network of no interface that is there now`]),
  ];
}

/** Returns a warning where the pool of `[bootpd]` exceeds its network. */
function poolWarning({ bootpd }: NetworkSections, subnets: readonly ServedSubnet[]): readonly string[] {
  const first = subnets.find(({ name }) => name === undefined);
  const [pool] = first?.ranges ?? [];
  if (first === undefined || pool === undefined) return [];
  if (bootpd.mode !== "server" || pool.count >= bootpd.pool_count) return [];
  return [
    `[bootpd] pool_count: only ${pool.count} of ${bootpd.pool_count} addresses from ${formatIpv4(pool.start)} on ${pool.count === 1 ? "is" : "are"} in ${first.subnet.toString()}`,
  ];
}
