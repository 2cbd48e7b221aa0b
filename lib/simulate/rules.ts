import { basename } from "node:path";
import type { Config } from "../settings/load.js";
import { describeOption } from "../options/names.js";
import type { OptionKey } from "../options/setting.js";
import type { Settings } from "../settings/schema.js";
import type { TableEntry } from "../config/spec.js";
import type { ServedSubnet } from "../dhcp/subnets.js";
import type { Client } from "../machine/client.js";
import { factsFor } from "../dhcp/host-facts.js";
import { Code } from "../options/codes.js";
import type { ClientQuirks } from "../machine/profile.js";
import type { NetworkFacts } from "../dhcp/reply-facts.js";
import { describeOrigins, type Host } from "../inventory/host.js";

/** The input of a reply. */
export interface RuleParts {
  readonly config: Config;
  readonly served: ServedSubnet;
  readonly facts: NetworkFacts;
  readonly client: Client;
  readonly quirks: ClientQuirks;
  /** The names of the profiles that match the client. */
  readonly profiles: readonly string[];
  readonly host: Host | undefined;
  /** The setting that decides what the client boots. */
  readonly bootRule: string;
}

type OptionName<S extends "bootpd"> = keyof Settings[S] & string;

/** The sources of the values in a reply: a line of a configuration file, or a standard. */
export class Rules {
  readonly #parts: RuleParts;

  constructor(parts: RuleParts) {
    this.#parts = parts;
  }

  /** Returns the source of an option's value. */
  ruleOf(code: number): string {
    return this.#configured(code) ?? OWN.get(code)?.(this, this.#parts) ?? "";
  }

  /** Returns the line of an option of `[bootpd]`, or of the machine's `[subnet]` section where that sets it. */
  place(option: OptionName<"bootpd">): string {
    const { config, served } = this.#parts;
    const section = config.settings.subnet.find(({ name }) => name === served.name);
    const line = section?.lines[option];
    if (section !== undefined && line !== undefined) return at(config, line, `[subnet ${section.name}] ${option}`);
    return placeOf(config, "bootpd", option);
  }

  get bootRule(): string {
    return this.#parts.bootRule;
  }

  /** Returns the line that sets the option by its own name, or the host entry of the machine. */
  #configured(code: number): string | undefined {
    const { config, served, client, host, facts } = this.#parts;
    const section = config.settings.subnet.find(({ name }) => name === served.name);
    const own = section === undefined ? undefined : lineFor(section.further, code, client);
    if (section !== undefined && own !== undefined) {
      return at(config, own, `[subnet ${section.name}] ${describeOption(code)}`);
    }
    const general = lineFor(config.settings.option, code, client);
    if (host !== undefined && saysItself(host, facts, code)) return describeOrigins(host);
    return general === undefined ? undefined : at(config, general, `[option] ${describeOption(code)}`);
  }
}

/** Returns the place of an option, such as `pybootd.ini:12 [bootpd] dns`, or that its default applies. */
export function placeOf(config: Config, section: keyof Settings, option: string): string {
  const line = config.lineOf(section, option);
  return line === undefined ? `the default of [${section}] ${option}` : at(config, line, `[${section}] ${option}`);
}

/** Formats a place, such as `pybootd.ini:12 [bootpd] dns`. */
export function at({ file }: Pick<Config, "file">, line: number, what: string): string {
  return `${basename(file)}:${line} ${what}`;
}

function lineFor(
  entries: readonly TableEntry<OptionKey, unknown>[],
  code: number,
  { vendorClass }: Client,
): number | undefined {
  const meant = entries.filter(
    ({ key }) => key.code === code && (key.vendorClass === undefined || vendorClass.startsWith(key.vendorClass)),
  );
  return (meant.findLast(({ key }) => key.vendorClass !== undefined) ?? meant[0])?.line;
}

/** Whether an option's value comes from the host entry of the machine. */
function saysItself(host: Host, facts: NetworkFacts, code: number): boolean {
  const value = factsFor(host, facts).options.forAll.get(code);
  return value !== undefined && value !== facts.options.forAll.get(code);
}

type Reason = (rules: Rules, parts: RuleParts) => string;

const ECHOED: Reason = () => "as the request has it";
const BOOT: Reason = (rules) => rules.bootRule;
const PXE: Reason = (rules, { config, client, quirks, profiles }) => {
  if (client.kind === "http") return "what HTTP boot firmware takes";
  const style = `${quirks.pxeStyle ?? "bypass"} (pxe_style)`;
  if (quirks.menuLabel !== undefined) return `[profile ${profiles[0] ?? ""}] menu_label`;
  if (config.lineOf("bootpd", "pxe_style") !== undefined) return rules.place("pxe_style");
  return profiles.length === 0 ? style : `${style}, [profile ${profiles.join("], [profile ")}]`;
};

/** The sources of option values that no file names. */
const OWN: ReadonlyMap<number, Reason> = new Map<number, Reason>([
  [Code.messageType, () => "RFC 2131"],
  [Code.serverIdentifier, (_, { served }) => serverRule(served)],
  [Code.subnetMask, (_, { served }) => networkRule(served)],
  [Code.broadcastAddress, (_, { served }) => networkRule(served)],
  [
    Code.router,
    (rules, { config, served, facts }) =>
      served.router === facts.serverAddress && config.lineOf("bootpd", "gateway") === undefined
        ? `this server: ${rules.place("gateway")}`
        : rules.place("gateway"),
  ],
  [
    Code.domainNameServer,
    (rules, { config }) =>
      config.settings.bootpd.dns === "auto" ? `this host's own: ${rules.place("dns")} = auto` : rules.place("dns"),
  ],
  [Code.domainName, (rules) => rules.place("domain")],
  [Code.hostName, (_, { host }) => (host?.hostName === undefined ? "the authority" : describeOrigins(host))],
  [
    Code.leaseTime,
    (rules, { host }) => (host?.facts.leaseSeconds === undefined ? rules.place("lease_time") : describeOrigins(host)),
  ],
  [Code.renewalTime, () => "half of the lease time (RFC 2131 4.4.5)"],
  [Code.rebindingTime, () => "seven eighths of the lease time (RFC 2131 4.4.5)"],
  [Code.ntpServers, (rules) => rules.place("ntp")],
  [Code.domainSearch, (rules) => rules.place("domain_search")],
  [Code.clientIdentifier, ECHOED],
  [Code.clientMachineIdentifier, ECHOED],
  [Code.subnetSelection, ECHOED],
  [Code.relayAgentInformation, ECHOED],
  [Code.tftpServerName, (rules, parts) => bootServerRule(rules, parts)],
  [Code.tftpServerAddress, (rules, parts) => bootServerRule(rules, parts)],
  [Code.bootFileName, BOOT],
  [Code.bootFileSize, () => "the size of that file"],
  [Code.vendorClass, PXE],
  [Code.vendorSpecific, PXE],
  [Code.ipxe, () => "iPXE need not wait for a proxyDHCP server"],
]);

/** Returns the source of the boot server's address. */
function bootServerRule(rules: Rules, { facts, served, config }: RuleParts): string {
  if (facts.nextServer !== undefined) return rules.place("next_server");
  return config.settings.bootpd.servername === undefined ? serverRule(served) : rules.place("servername");
}

function serverRule({ link }: ServedSubnet): string {
  return link === undefined ? "this server" : `this server, on ${link.interfaceName}`;
}

function networkRule({ name, link, subnet }: ServedSubnet): string {
  if (name !== undefined) return `[subnet ${name}] network`;
  return `the network ${subnet.toString()}${link === undefined ? "" : ` of ${link.interfaceName}`}`;
}
