import type { Problem } from "../../config/problem.js";
import * as value from "../../config/values.js";
import { Fields } from "./fields.js";
import { domainName, hostName, machineAddress } from "../host-values.js";
import type { Host, HostFacts, Netboot } from "../host.js";
import { machineName, namedBy } from "../machine-name.js";
import type { LeaseKey } from "../../machine/lease-key.js";
import { YamlDocument, type YamlEntry } from "./yaml-document.js";

/** The result of parsing: the hosts, which are usable only where there are no problems. */
export interface ParsedHosts {
  readonly hosts: readonly Host[];
  readonly problems: readonly Problem[];
}

/** Most problems to report: more of them usually have one cause. */
const MOST_PROBLEMS = 100;

const scriptUrl: value.Codec<string> = {
  expected: "a URL such as http://192.168.1.1/boot.ipxe",
  parse: (text) => (/^[a-z][a-z0-9+.-]*:\/\//i.test(text) && URL.canParse(text) ? text : undefined),
};

/**
 * Parses hosts in the format of Smee's hardware file: a mapping from MAC addresses (or client identifiers, as in
 * `[static_dhcp]`) to the facts about the machine. Names that begin with `x-` are for the operator, for facts that
 * several machines share. A text without content, such as one of comments, has no hosts.
 *
 * @param source the path of the file, for messages
 */
export function parseHosts(text: string, source: string, directory: string): ParsedHosts {
  const document = new YamlDocument(text);
  const { root, problems } = document;
  if (root.kind === "list" || root.kind === "text") {
    problems.push({ line: root.line, expected: "machines by MAC address", got: `a ${root.kind}` });
  }
  const reader = new HostsReader(source, problems, { directory });
  const entries = root.kind === "mapping" ? root.entries() : [];
  const hosts = entries.flatMap((entry) => reader.read(entry) ?? []);
  return { hosts, problems: inOrder(problems) };
}

function inOrder(problems: readonly Problem[]): readonly Problem[] {
  const sorted = problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0));
  if (sorted.length <= MOST_PROBLEMS) return sorted;
  const rest = { expected: "no problems", got: `${sorted.length - MOST_PROBLEMS} more than these` };
  return [...sorted.slice(0, MOST_PROBLEMS), rest];
}

class HostsReader {
  readonly #source: string;
  readonly #problems: Problem[];
  readonly #context: value.ValueContext;
  readonly #names = new Map<LeaseKey, number>();

  constructor(source: string, problems: Problem[], context: value.ValueContext) {
    this.#source = source;
    this.#problems = problems;
    this.#context = context;
  }

  read(entry: YamlEntry): Host | undefined {
    if (/^x-/i.test(entry.name)) return undefined;
    const { name, line } = entry;
    const key = machineName.parse(name, this.#context);
    if (key === undefined) {
      this.#problems.push({ line, expected: machineName.expected, got: JSON.stringify(name) });
      return undefined;
    }
    const former = this.#names.get(key);
    if (former !== undefined) {
      this.#problems.push({ line, option: name, expected: "each machine once", got: `the first is at line ${former}` });
    }
    this.#names.set(key, line);
    const fields = new Fields(name, entry.value, this.#problems, this.#context);
    const host = {
      ...namedBy(key),
      address: fields.one("ipAddress", machineAddress),
      hostName: fields.one("hostname", hostName),
      disabled: fields.one("disabled", value.boolean),
      facts: factsOf(fields),
      netboot: netbootOf(fields.group("netboot")),
      vlan: fields.one("vlanID", value.integer(1, 4094)),
      arch: fields.one("arch", value.text),
      origins: [{ source: this.#source, line }],
    };
    fields.finish();
    return host;
  }
}

function factsOf(fields: Fields): HostFacts {
  return {
    mask: fields.one("subnetMask", value.netmask),
    router: fields.one("defaultGateway", machineAddress),
    dns: fields.list("nameServers", machineAddress),
    domain: fields.one("domainName", domainName),
    domainSearch: fields.list("domainSearch", domainName),
    ntp: fields.list("ntpServers", machineAddress),
    broadcast: fields.one("broadcastAddress", value.ipv4),
    leaseSeconds: fields.one("leaseTime", value.duration(1)),
  };
}

function netbootOf(fields: Fields): Netboot {
  const netboot = {
    allowPxe: fields.one("allowPxe", value.boolean),
    bootFile: fields.one("bootFile", value.text),
    scriptUrl: fields.one("ipxeScriptUrl", scriptUrl),
    script: fields.one("ipxeScript", value.text),
    console: fields.one("console", value.text),
    once: fields.one("once", value.boolean),
  };
  // Equinix Metal's name for a data centre.
  fields.ignore("facility");
  fields.finish();
  return netboot;
}
