import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../../settings/load.js";
import type { EventBus } from "../../events/event.js";
import type { FileSource } from "../../files/source.js";
import { OneShotFolder, type OneShots } from "../one-shots.js";
import { HostScripts } from "./script-folder.js";
import type { HostSource } from "../../inventory/source.js";
import { PROGRAM_NAMES } from "./binaries.js";
import type { ChainSettings } from "./chainload.js";
import { Scripts, type KernelSettings, type ServerAddress } from "./scripts.js";
import { formatIpv4, UNSPECIFIED, type Ipv4 } from "../../net/ipv4.js";
import type { Settings } from "../../settings/schema.js";
import { httpSettings } from "../../http/settings.js";
import { stateFolder } from "../../leases/open-store.js";

/** What a configuration has for iPXE. */
export interface Ipxe {
  readonly scripts: Scripts;
  readonly once: OneShots;
  /** iPXE's programs, where there is a folder of them. */
  readonly binaries: FileSource | undefined;
  /** How what is fetched by TFTP reaches this server. */
  readonly server: ServerAddress;
}

/** @param folder the files below a folder of this host, of which some may be links to anywhere */
export function makeIpxe(
  config: Config,
  hosts: Pick<HostSource, "find">,
  folder: (path: string, linked: ReadonlySet<string>) => FileSource,
  events: EventBus,
): Ipxe {
  const { ipxe, hosts: sources } = config.settings;
  const once = openOneShots(config);
  const scripts = new Scripts({
    hosts,
    named: sources.scripts === undefined ? undefined : new HostScripts(sources.scripts),
    once,
    settings: {
      script: ipxe.script,
      scriptUrl: ipxe.script_url,
      kernel: kernelOf(ipxe),
      forUnknown: ipxe.unknown === "default",
    },
    onUnknown: (variable, mac) => {
      events.publish({ kind: "script-lacks", variable, mac });
    },
  });
  // Debian's ipxe.efi is a link to /boot.
  const binaries = ipxe.binary_dir === undefined ? undefined : folder(ipxe.binary_dir, new Set(PROGRAM_NAMES));
  const origin = httpOrigin(config);
  return { scripts, once, binaries, server: { origin: origin ?? "", reports: origin !== undefined } };
}

/** Which machines that boot once have done so. */
export function openOneShots(config: Pick<Config, "settings">): OneShots {
  return new OneShotFolder(oneShotFolder(config));
}

/** Where that is kept. */
export function oneShotFolder(config: Pick<Config, "settings">): string {
  return join(stateFolder(config), "once");
}

function kernelOf({
  kernel,
  initrd,
  extra_kernel_args: extraArgs = "",
  retries,
}: Settings["ipxe"]): KernelSettings | undefined {
  return kernel === undefined ? undefined : { kernel, initrds: initrd ?? [], extraArgs, retries };
}

/**
 * Where our HTTP server is, as a URL without a path; undefined where it does not run, or on no address that is known.
 *
 * @param own the address that machines reach it at
 */
export function httpOrigin(config: Config, own = addressOf(config)): string | undefined {
  const { services, certificate } = config;
  const { port } = httpSettings(config).listen;
  if (!services.http || own === undefined) return undefined;
  const [protocol, usual] = certificate === undefined ? ["http", 80] : ["https", 443];
  return `${protocol}://${formatIpv4(own)}${port === usual ? "" : `:${port}`}`;
}

function addressOf(config: Config): Ipv4 | undefined {
  const { address } = httpSettings(config).listen;
  return address === UNSPECIFIED ? config.network?.serverAddress : address;
}

/** What the DHCP side tells machines of iPXE that reach us at an address. */
export function chainSettings(config: Config): (address: Ipv4) => ChainSettings {
  const { ipxe, hosts } = config.settings;
  const binaries = ipxe.binary_dir === undefined ? new Set<string>() : programsIn(ipxe.binary_dir);
  const scripted = [ipxe.script, ipxe.kernel, hosts.scripts].some((source) => source !== undefined);
  const { address: listening } = httpSettings(config).listen;
  return (address) => {
    const origin = httpOrigin(config, listening === UNSPECIFIED ? address : listening);
    const plainUrl = config.services.tftp ? `tftp://${formatIpv4(address)}/auto.ipxe` : undefined;
    const url = origin === undefined ? plainUrl : `${origin}/auto.ipxe`;
    return {
      binaries,
      // Machines with a script of their own get it from us, and the others are sent on from there.
      scriptUrl: (scripted ? url : undefined) ?? ipxe.script_url,
      plainScriptUrl: scripted ? plainUrl : undefined,
      own: { url, plainUrl, first: hosts.scripts !== undefined },
    };
  };
}

function programsIn(folder: string): ReadonlySet<string> {
  try {
    return new Set(readdirSync(folder, { recursive: true, encoding: "utf8" }));
  } catch {
    return new Set();
  }
}
