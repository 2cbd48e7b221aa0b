import { clientIdDigits } from "../machine/client-id.js";
import { formatDetails, formatIso, formatJsonLines, formatTable, formatTime } from "../common/text-table.js";
import type { LeaseKey } from "../machine/lease-key.js";
import { formatIpv4 } from "../net/ipv4.js";
import { mergeHosts, originsOf, keysOf, type Host, type Netboot } from "../inventory/host.js";

/** A host, with what `pybootd hosts` adds to it. */
export interface ListedHost {
  readonly host: Host;
  /** Whether the folder of scripts has a script for this host. */
  readonly hasScript: boolean;
  /** Set once a one-shot boot is done. `at`: the time of it where known, in milliseconds since 1970. */
  readonly booted: { readonly at: number | undefined } | undefined;
}

/** A host in the JSON output. */
export interface HostJson {
  readonly macs: readonly string[];
  /** Hexadecimal. */
  readonly client_id: string | null;
  readonly address: string | null;
  readonly host_name: string | null;
  /** Whether the host gets no answer at all. */
  readonly disabled: boolean;
  readonly boot: {
    /** Whether the host may boot from this server. */
    readonly allowed: boolean;
    /** Settings of this host only; null where the general ones apply. */
    readonly file: string | null;
    readonly script: "file" | "hosts" | null;
    readonly script_url: string | null;
    readonly once: boolean;
    readonly booted: boolean;
    /** ISO 8601, UTC. */
    readonly booted_at: string | null;
  };
  /** `FILE:LINE`, or another name of the source. */
  readonly known_from: readonly string[];
}

const TITLES = ["MACHINE", "ADDRESS", "HOST NAME", "BOOTS", "ONCE", "KNOWN FROM"];
const DETAIL_WIDTH = 12;

/**
 * Merges the hosts of all sources: of two for one machine the first takes precedence. Sorts by address, then by name.
 */
export function joinKnown(hosts: Iterable<Host>): readonly Host[] {
  const byName = new Map<LeaseKey, Host>();
  for (const host of hosts) {
    const former = keysOf(host).flatMap((key) => byName.get(key) ?? []);
    const joined = [...former, host].reduce((first, other) => (first === other ? first : mergeHosts(first, other)));
    for (const key of keysOf(joined)) byName.set(key, joined);
  }
  return [...new Set(byName.values())].sort(
    (one, other) => (one.address ?? Infinity) - (other.address ?? Infinity) || (namesOf(one) < namesOf(other) ? -1 : 1),
  );
}

/** Formats hosts as a table. @param now milliseconds since 1970 */
export function formatHostTable(hosts: readonly ListedHost[], now: number): string {
  return formatTable(
    TITLES,
    hosts.map((listed) => cellsOf(listed, now)),
  );
}

/** Formats hosts with all details, an empty line between them. @param now milliseconds since 1970 */
export function formatHostDetails(hosts: readonly ListedHost[], now: number): string {
  const blocks = hosts.map((listed) => {
    const { facts, vlan, arch, netboot } = listed.host;
    const cells = cellsOf(listed, now);
    const titled = TITLES.map((title, index) => [title.toLowerCase(), cells[index] ?? ""] as const);
    const more: readonly (readonly [string, string | undefined])[] = [
      ["mask", facts.mask === undefined ? undefined : formatIpv4(facts.mask)],
      ["router", facts.router === undefined ? undefined : formatIpv4(facts.router)],
      ["dns", facts.dns?.map(formatIpv4).join(", ")],
      ["domain", facts.domain],
      ["search", facts.domainSearch?.join(", ")],
      ["ntp", facts.ntp?.map(formatIpv4).join(", ")],
      ["lease time", facts.leaseSeconds?.toString()],
      ["console", netboot.console],
      ["VLAN", vlan?.toString()],
      ["arch", arch],
    ];
    const said = more.flatMap(([title, text]) => (text === undefined ? [] : [[title, text] as const]));
    return formatDetails([...titled, ...said], DETAIL_WIDTH);
  });
  return blocks.join("\n");
}

/** Formats hosts as a JSON array, one on each line. */
export function formatHostJson(hosts: readonly ListedHost[]): string {
  return formatJsonLines(hosts.map(hostToJson));
}

function hostToJson({ host, hasScript, booted }: ListedHost): HostJson {
  const { macs, clientId, address, hostName, disabled, netboot } = host;
  return {
    macs,
    client_id: clientId === undefined ? null : clientIdDigits(clientId),
    address: address === undefined ? null : formatIpv4(address),
    host_name: hostName ?? null,
    disabled: disabled ?? false,
    boot: {
      allowed: netboot.allowPxe ?? true,
      file: netboot.bootFile ?? null,
      script: hasScript ? "file" : netboot.script === undefined ? null : "hosts",
      script_url: netboot.scriptUrl ?? null,
      once: netboot.once ?? false,
      booted: booted !== undefined,
      booted_at: booted?.at === undefined ? null : formatIso(booted.at),
    },
    known_from: originsOf(host),
  };
}

function cellsOf({ host, hasScript, booted }: ListedHost, now: number): readonly string[] {
  const { address, hostName, disabled, netboot } = host;
  return [
    namesOf(host),
    address === undefined ? "" : formatIpv4(address),
    hostName ?? "",
    disabled === true ? "nothing: it is disabled" : targetOf(netboot, hasScript),
    onceOf(netboot, booted, now),
    originsOf(host).join(", "),
  ];
}

function namesOf(host: Host): string {
  return keysOf(host).join(", ");
}

function targetOf({ allowPxe, bootFile, script, scriptUrl }: Netboot, hasScript: boolean): string {
  if (allowPxe === false) return "nothing: allowPxe is false";
  const own = hasScript ? "the script of its name" : script === undefined ? scriptUrl : "its ipxeScript";
  const parts = [bootFile, own].filter((part) => part !== undefined);
  return parts.length === 0 ? "as others" : parts.join(", then ");
}

function onceOf({ once }: Netboot, booted: ListedHost["booted"], now: number): string {
  if (once !== true) return "";
  if (booted === undefined) return "not yet";
  return booted.at === undefined ? "booted" : `booted ${formatTime(booted.at, now)}`;
}
