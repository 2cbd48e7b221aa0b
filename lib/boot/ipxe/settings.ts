import { memoize } from "../../common/memoize.js";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { EventBus } from "../../events/event.js";
import type { FileSource } from "../../files/source.js";
import { OneShotFolder, type OneShots } from "../one-shots.js";
import { HostScripts } from "./script-folder.js";
import type { Inventory } from "../../inventory/source.js";
import { PROGRAM_NAMES } from "./binaries.js";
import type { ChainSettings } from "./chainload.js";
import { Scripts, type KernelSettings, type ServerAddress } from "./scripts.js";
import { formatIpv4, type Ipv4 } from "../../net/ipv4.js";
import type { IpxeSettings } from "./section.js";
import { stateFolder, type StateConfig } from "../../leases/open-store.js";

/** The part of the configuration that concerns iPXE. */
export interface IpxeConfig {
  readonly settings: {
    readonly ipxe: IpxeSettings;
    readonly hosts: { readonly scripts: string | undefined };
    readonly bootpd: { readonly standby_for: Ipv4 | undefined };
  };
  readonly services: { readonly tftp: boolean };
}

/** The content for iPXE. */
export interface Ipxe {
  readonly scripts: Scripts;
  readonly once: OneShots;
  /** iPXE's programs, where a folder of them is configured. */
  readonly binaries: FileSource | undefined;
  /** The address of this server in scripts that are fetched by TFTP. */
  readonly server: ServerAddress;
}

/**
 * Builds the content for iPXE.
 *
 * @param origin the URL of our HTTP server, without a path
 * @param folder returns the files below a folder of this host; those in `linked` may be symbolic links that lead out of
 * it
 */
export function makeIpxe(
  config: IpxeConfig & StateConfig,
  origin: string | undefined,
  hosts: Pick<Inventory, "find" | "state">,
  folder: (path: string, linked: ReadonlySet<string>) => FileSource,
  events: EventBus,
): Ipxe {
  const { ipxe, hosts: sources } = config.settings;
  const kept = openOneShots(config);
  const once = config.settings.bootpd.standby_for === undefined ? kept : takenForDone(kept);
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
    onGiven: (source, mac) => {
      events.publish({ kind: "script-given", source, mac });
    },
  });
  // Debian's ipxe.efi is a symbolic link into /boot.
  const binaries = ipxe.binary_dir === undefined ? undefined : folder(ipxe.binary_dir, new Set(PROGRAM_NAMES));
  return { scripts, once, binaries, server: { origin: origin ?? "", reports: origin !== undefined } };
}

/** Takes every one-shot boot for completed: a standby cannot know which machines have booted by the other server. */
function takenForDone(once: OneShots): OneShots {
  return {
    isDone: () => true,
    finish: (mac, by) => once.finish(mac, by),
    reset: (mac) => once.reset(mac),
    finished: () => once.finished(),
  };
}

/** Opens the store of completed one-shot boots. */
export function openOneShots(config: StateConfig): OneShots {
  return new OneShotFolder(oneShotFolder(config));
}

/** Returns the folder of that store. */
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
 * Returns the settings for iPXE in DHCP replies, by the address at which clients reach this host.
 *
 * @param originAt returns the URL of our HTTP server for those clients
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
      // Machines with a script of their own get it from this server; the script for all others chains to `script_url`.
      scriptUrl: (scripted ? url : undefined) ?? ipxe.script_url,
      plainScriptUrl: scripted ? plainUrl : undefined,
      own: { url, plainUrl, first: hosts.scripts !== undefined },
    };
  };
  // Every request needs these settings, and this host has few addresses.
  return memoize(settingsAt, (address) => address);
}

function programsIn(folder: string): ReadonlySet<string> {
  try {
    return new Set(readdirSync(folder, { recursive: true, encoding: "utf8" }));
  } catch {
    return new Set();
  }
}
