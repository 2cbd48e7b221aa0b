import { networkInterfaceDefault } from "systeminformation";
import type { Services } from "./config/checks.js";
import { loadConfig, type Config } from "./config/load.js";
import { firstPrivateInterface, suggestPool } from "./config/network.js";
import { CLIENT_PORT } from "./dhcp/destination.js";
import { findDhcpServer } from "./dhcp/probe.js";
import type { InterfaceAddress } from "./net/interfaces.js";
import { formatIpv4, UNSPECIFIED } from "./net/ipv4.js";
import type { UdpNetwork } from "./net/udp.js";
import { shippedConfiguration } from "./package.js";
import { openingPort } from "./start-error.js";

/** The configuration to run when the user gives none, and what there is to say about the choice. */
export interface EmbeddedChoice {
  readonly config: Config;
  readonly notes: readonly string[];
}

/** What to do about the choice. */
const CHANGE = "To choose yourself, copy that file, set pool_start, and give it with -c.";

/**
 * The interface that the default serves: the first on a private network, the default route's before others.
 *
 * @returns undefined where this host is on no private network
 */
export async function embeddedInterface(
  interfaces: readonly InterfaceAddress[],
): Promise<InterfaceAddress | undefined> {
  const preferred = await networkInterfaceDefault();
  const ordered = interfaces.toSorted((a, b) => Number(b.name === preferred) - Number(a.name === preferred));
  return firstPrivateInterface(ordered);
}

/**
 * What runs when the user gives no configuration: the one we ship, with a pool on the network of `chosen`.
 *
 * @param chosen undefined to run without DHCP
 * @throws {ConfigError} as loading does
 */
export function embeddedConfig(
  services: Services,
  interfaces: readonly InterfaceAddress[],
  chosen: InterfaceAddress | undefined,
): Config {
  const dhcp = services.dhcp && chosen !== undefined;
  const poolStart = chosen === undefined ? undefined : suggestPool(chosen).start;
  return loadConfig({ file: shippedConfiguration, services: { ...services, dhcp }, interfaces, poolStart });
}

/**
 * Chooses what to run when the user gives no configuration. Where another DHCP server answers, or there is no private
 * network, TFTP and HTTP run alone.
 *
 * @throws {ConfigError} as loading does
 * @throws {StartError} where the clients' port cannot be opened, to look for another server
 */
export async function chooseEmbedded(
  services: Services,
  interfaces: readonly InterfaceAddress[],
  network: UdpNetwork,
): Promise<EmbeddedChoice> {
  const notes = [`no configuration given (-c FILE), so this is ${shippedConfiguration}. ${CHANGE}`];
  const chosen = services.dhcp ? await embeddedInterface(interfaces) : undefined;
  if (chosen === undefined) {
    const note = "this host is on no private network (RFC 1918), so DHCP stays off";
    return { config: embeddedConfig(services, interfaces, undefined), notes: services.dhcp ? [...notes, note] : notes };
  }
  const place = `${chosen.subnet.toString()} (${chosen.name})`;
  const needed = {
    service: "looking for other DHCP servers",
    protocol: "udp",
    address: UNSPECIFIED,
    port: CLIENT_PORT,
  } as const;
  const rival = await openingPort(needed, () => findDhcpServer(network, chosen.address));
  const note =
    rival === undefined
      ? `no other DHCP server answers on ${place}`
      : `another DHCP server, ${formatIpv4(rival)}, answers on ${place}, so ours stays off; TFTP and HTTP run alone`;
  return {
    config: embeddedConfig(services, interfaces, rival === undefined ? chosen : undefined),
    notes: [...notes, note],
  };
}
