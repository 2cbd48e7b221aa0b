import { accessSync, constants, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { stateFolder } from "../leases/open-store.js";
import type { Services } from "../service/services.js";
import { loadConfig, loadSettings, type Config, type Instead } from "../settings/load.js";
import { firstPrivateInterface, usableInterfaces } from "../dhcp/network.js";
import { architectureName, X86_BIOS } from "../machine/architecture.js";
import { SERVER_PORT } from "../dhcp/destination.js";
import { requireFreePort } from "../dhcp/link.js";
import type { InterfaceAddress } from "../os/interfaces.js";
import { formatIpv4, UNSPECIFIED } from "../net/ipv4.js";
import { findPortHolder } from "../os/port-holder.js";
import type { System } from "../os/system.js";
import type { UdpNetwork } from "../os/udp.js";
import { embeddedConfiguration } from "../common/package.js";
import { openingPort } from "../os/start-error.js";

/** The configuration to run when the user gives none, with notes about the choice for the log. */
export interface EmbeddedChoice {
  readonly config: Config;
  /** Values that replace the file's, chosen by the state of this host at the start. */
  readonly instead: Instead;
  readonly notes: readonly string[];
}

/** The interfaces to serve beside other DHCP servers of this host, and how to serve them. */
interface Place {
  readonly bootpd: NonNullable<Instead["bootpd"]>;
  readonly notes: readonly string[];
}

/**
 * Loads the embedded configuration: proxyDHCP on every interface that has an address, with a mirror's files.
 *
 * @param request the values that replace the file's on this host, and the configuration in effect
 * @throws {ConfigError} as loading does
 */
export function embeddedConfig(
  services: Services,
  interfaces: readonly InterfaceAddress[],
  { instead, former }: { readonly instead?: Instead | undefined; readonly former?: Config } = {},
): Config {
  const dhcp = former?.services.dhcp ?? (services.dhcp && usableInterfaces(interfaces).length > 0);
  const file = embeddedConfiguration;
  return loadConfig({ file, services: { ...services, dhcp }, interfaces, former, ...(instead && { instead }) });
}

/**
 * Chooses what to run when the user gives no configuration, beside the other servers of this host.
 *
 * @throws {ConfigError} as loading does
 * @throws {StartError} where the DHCP server port cannot be opened
 */
export async function chooseEmbedded(
  services: Services,
  interfaces: readonly InterfaceAddress[],
  { network, libc }: Pick<System, "network" | "libc">,
): Promise<EmbeddedChoice> {
  const usable = usableInterfaces(interfaces);
  // Without calls into the C library one process can serve only one interface.
  const likely = firstPrivateInterface(interfaces)?.name;
  const names = libc === undefined ? usable.filter((name) => name === (likely ?? usable[0])) : usable;
  const isProxy = services.dhcp && names.length > 0;
  const { bootpd, notes } = isProxy ? await placeOf(names, network) : { bootpd: {}, notes: [] };
  const instead = { bootpd, cache: { disk: diskCache() } };
  const config = embeddedConfig(services, interfaces, { instead });
  const alone =
    "this host has no IPv4 address but loopback, so no machine is told what to boot; give it one, and start again";
  return {
    config,
    instead,
    notes: [
      `no configuration given (-c FILE), so this is ${embeddedConfiguration}, which gives no addresses and is safe beside any DHCP server`,
      ...(services.dhcp && !isProxy ? [alone] : []),
      ...notes,
      ...(isProxy ? describeBoots(config) : []),
      `to change that: cp -r ${dirname(embeddedConfiguration)} boot; edit boot/embedded.ini; pybootd -c boot/embedded.ini`,
    ],
  };
}

/**
 * Chooses the interfaces with a free DHCP server port. Where no interface has one, serves only the boot server port.
 */
async function placeOf(names: readonly string[], network: UdpNetwork): Promise<Place> {
  const free: string[] = [];
  for (const name of names) if (await isFree(name, network)) free.push(name);
  if (free.length === names.length) return { bootpd: { interface: names }, notes: [] };
  const holder = await findPortHolder("udp", UNSPECIFIED, SERVER_PORT);
  const who = holder === undefined ? "another DHCP server of this host" : `${holder.name} (pid ${holder.pid})`;
  if (free.length > 0) {
    const taken = names.filter((name) => !free.includes(name));
    return {
      bootpd: { interface: free },
      notes: [`${who} has UDP port ${SERVER_PORT} on ${taken.join(" and ")}, so that is left alone`],
    };
  }
  return {
    bootpd: { interface: names, port67: false },
    notes: [
      `${who} has UDP port ${SERVER_PORT} of this host, so this runs as with port67 = no: machines come to us where that server sends them option 60, PXEClient (docs/booting.md)`,
    ],
  };
}

async function isFree(interfaceName: string, network: UdpNetwork): Promise<boolean> {
  const needed = { service: "DHCP", protocol: "udp", address: UNSPECIFIED, port: SERVER_PORT } as const;
  try {
    await requireFreePort(network, UNSPECIFIED, SERVER_PORT, interfaceName);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return false;
    return openingPort(needed, () => Promise.reject(error as Error));
  }
}

/** Returns the folder of the disk cache, or undefined where it cannot be created or written. */
function diskCache(): string | undefined {
  const folder = join(stateFolder(loadSettings(embeddedConfiguration)), "cache");
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    return folder;
  } catch {
    return undefined;
  }
}

/** Describes what a machine boots that is switched on now. */
function describeBoots({ settings, subnets, services }: Config): readonly string[] {
  const { bootfile, tftpd } = settings;
  const places = subnets.flatMap(({ link }) =>
    link === undefined ? [] : [`${formatIpv4(link.serverAddress)} (${link.interfaceName})`],
  );
  const boots = bootfile.map(({ key, value }) => `${architectureName(key === "default" ? X86_BIOS : key)} ${value}`);
  const byHttp = services.http ? ["UEFI HTTP Boot the same by URL"] : [];
  const from = tftpd.root.kind === "url" ? tftpd.root.url.href : tftpd.root.path;
  return [
    `it serves the networks of ${places.join(", ")}`,
    `a machine there that is switched on now, and boots from the network, gets ${[...boots, ...byHttp].join("; ")}; from ${from}`,
    "BIOS gets the installer by that; UEFI's GRUB does where the network's DHCP server says that we are its next server (docs/booting.md)",
  ];
}
