import type { Config } from "../settings/load.js";
import type { ServedSubnet } from "../dhcp/subnets.js";
import { describeArchitecture, tftpTwin } from "../machine/architecture.js";
import { ownScriptOf } from "../dhcp/boot-answer.js";
import type { Client } from "../machine/client.js";
import { describeOrigins, type Host } from "../inventory/host.js";
import { nextInChain, type ChainSettings } from "../boot/ipxe/chainload.js";
import { at, placeOf } from "./rules.js";

/** The input of the choice of a boot file. */
export interface BootRuleParts {
  readonly config: Config;
  readonly served: ServedSubnet;
  readonly host: Host | undefined;
  readonly client: Client;
  readonly chain: ChainSettings;
}

/** Returns the setting that decides what a client boots, if anything: the first that applies (docs/booting.md). */
export function bootRule({ config, served, host, client, chain }: BootRuleParts): string {
  const { settings } = config;
  const ownScript = ownScriptOf(host);
  if (ownScript !== undefined && client.ipxe !== undefined) return scriptRule(config, host);
  if (host?.netboot.bootFile !== undefined) return `bootFile, ${describeOrigins(host)}`;
  const section = settings.subnet.find(({ name }) => name === served.name);
  if (served.bootFile !== undefined)
    return at(config, section?.lines["boot_file"] ?? 0, `[subnet ${served.name ?? ""}] boot_file`);
  const next = nextInChain(client, chain, ownScript);
  if (next !== undefined) return "binary" in next ? placeOf(config, "ipxe", "binary_dir") : scriptRule(config, host);
  if (settings.menu.length > 0 && client.kind === "pxe") return "[menu]";
  return listedRule(config, client);
}

function scriptRule(config: Config, host: Host | undefined): string {
  const { script, scriptUrl } = host?.netboot ?? {};
  if (host !== undefined && (script !== undefined || scriptUrl !== undefined)) return describeOrigins(host);
  const { ipxe, hosts } = config.settings;
  const option = (["script", "script_url", "kernel"] as const).find((each) => ipxe[each] !== undefined);
  if (option !== undefined) return placeOf(config, "ipxe", option);
  return placeOf(config, "hosts", hosts.scripts === undefined ? "file" : "scripts");
}

/**
 * Returns the line of `[bootfile]` for a client. Architectures 7 and 9 are equivalent, and HTTP clients get the files
 * of TFTP clients.
 */
function listedRule(config: Config, { architectures }: Client): string {
  const { bootfile } = config.settings;
  const numbers = architectures.flatMap((one) => [one, tftpTwin(one) ?? one]);
  const same = numbers.flatMap((one) => (one === 7 ? [7, 9] : one === 9 ? [9, 7] : [one]));
  const entry =
    same.map((one) => bootfile.find(({ key }) => key === one)).find((found) => found !== undefined) ??
    bootfile.find(({ key }) => key === "default");
  if (entry === undefined) return placeOf(config, "bootpd", "boot_file");
  const name = entry.key === "default" ? entry.key : describeArchitecture(entry.key);
  return at(config, entry.line, `[bootfile] ${name}`);
}
