import { memoize } from "../../common/memoize.js";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { EventBus } from "../../events/event.js";
import type { FileSource } from "../../files/source.js";
import { OneShotFolder, type OneShots } from "../one-shots.js";
import { HostScripts } from "./script-folder.js";
import type { HostSource } from "../../inventory/source.js";
import { PROGRAM_NAMES } from "./binaries.js";
import type { ChainSettings } from "./chainload.js";
import { Scripts, type KernelSettings, type ServerAddress } from "./scripts.js";
import { formatIpv4, type Ipv4 } from "../../net/ipv4.js";
import type { IpxeSettings } from "./section.js";
import { stateFolder, type StateConfig } from "../../leases/open-store.js";

/** What of a configuration is for iPXE. */
export interface IpxeConfig {
  readonly settings: { readonly ipxe: IpxeSettings; readonly hosts: { readonly scripts: string | undefined } };
  readonly services: { readonly tftp: boolean };
}

/** What a configuration has for iPXE. */
export interface Ipxe {
  readonly scripts: Scripts;
  readonly once: OneShots;
  /** iPXE's programs, where there is a folder of them. */
  readonly binaries: FileSource | undefined;
  /** How what is fetched by TFTP reaches this server. */
  readonly server: ServerAddress;
}

/**
 * @param origin where our HTTP server is, as a URL without a path
 * @param folder the files below a folder of this host, of which some may be links to anywhere
 */
export function makeIpxe(
  config: IpxeConfig & StateConfig,
  origin: string | undefined,
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
  return { scripts, once, binaries, server: { origin: origin ?? "", reports: origin !== undefined } };
}

/** Which machines that boot once have done so. */
export function openOneShots(config: StateConfig): OneShots {
  return new OneShotFolder(oneShotFolder(config));
}

/** Where that is kept. */
export function oneShotFolder(config: StateConfig): string {
  return join(stateFolder(config), "once");
}

function kernelOf({
  kernel,
  initrd,
  extra_kernel_args: extraArgs = "",
  retries,
}: IpxeSettings): KernelSettings | undefined {
  return kernel === undefined ? undefined : { kernel, initrds: initrd ?? [], extraArgs, retries };
}

/**
 * What the DHCP side tells machines of iPXE that reach us at an address.
 *
 * @param originAt where our HTTP server is for them
 */
export function chainSettings(
  config: IpxeConfig,
  originAt: (address: Ipv4) => string | undefined,
): (address: Ipv4) => ChainSettings {
  const { ipxe, hosts } = config.settings;
  const binaries = ipxe.binary_dir === undefined ? new Set<string>() : programsIn(ipxe.binary_dir);
  const scripted = [ipxe.script, ipxe.kernel, hosts.scripts].some((source) => source !== undefined);
  const settingsAt = (address: Ipv4): ChainSettings => {
    const origin = originAt(address);
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
  // Each request asks for them, and there are few addresses that this host has.
  return memoize(settingsAt, (address) => address);
}

function programsIn(folder: string): ReadonlySet<string> {
  try {
    return new Set(readdirSync(folder, { recursive: true, encoding: "utf8" }));
  } catch {
    return new Set();
  }
}
