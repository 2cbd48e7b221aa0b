import { describeEntries, describeEntry, type EntryPlace } from "../config/origin.js";
import type { ClientId } from "../machine/client-id.js";
import type { LeaseKey } from "../machine/lease-key.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { Mac } from "../net/mac.js";

/** Network parameters of a host; undefined ones are those of its network. */
export interface HostFacts {
  readonly mask?: Ipv4 | undefined;
  readonly router?: Ipv4 | undefined;
  readonly dns?: readonly Ipv4[] | undefined;
  readonly domain?: string | undefined;
  readonly domainSearch?: readonly string[] | undefined;
  readonly ntp?: readonly Ipv4[] | undefined;
  readonly broadcast?: Ipv4 | undefined;
  readonly leaseSeconds?: number | undefined;
}

/** Boot settings of a host; undefined ones are the general ones. */
export interface Netboot {
  /** False for a host that gets an address and nothing to boot. */
  readonly allowPxe?: boolean | undefined;
  readonly bootFile?: string | undefined;
  /** The URL of its iPXE script, as written: it may contain iPXE variables. */
  readonly scriptUrl?: string | undefined;
  /** The text of its iPXE script. */
  readonly script?: string | undefined;
  /** The console of its kernel, such as `ttyS0`. */
  readonly console?: string | undefined;
  /** Whether it boots from this server only once. */
  readonly once?: boolean | undefined;
}

/** A known machine. Plain data, which can be copied between threads. */
export interface Host {
  /** Its hardware addresses; empty where it is known by its client identifier only. */
  readonly macs: readonly Mac[];
  /** Its client identifier (option 61). */
  readonly clientId?: ClientId | undefined;
  /** The address reserved for it. */
  readonly address?: Ipv4 | undefined;
  readonly hostName?: string | undefined;
  /** Whether it gets no answer at all. */
  readonly disabled?: boolean | undefined;
  readonly facts: HostFacts;
  readonly netboot: Netboot;
  /** Its VLAN number (802.1Q). */
  readonly vlan?: number | undefined;
  /** Its architecture as the source calls it, such as `x86_64`. */
  readonly arch?: string | undefined;
  /** The places that define it; at least one. */
  readonly origins: readonly EntryPlace[];
}

/** Returns the keys that leases may have for a host. */
export function keysOf({ macs, clientId }: Host): readonly LeaseKey[] {
  return clientId === undefined ? macs : [clientId, ...macs];
}

/** Describes the origins of a host: `hosts.yaml:12`, with commas between several. */
export function describeOrigins(host: Host): string {
  return describeEntries(host.origins);
}

/** Returns each origin of a host as `hosts.yaml:12`. */
export function originsOf({ origins }: Host): readonly string[] {
  return origins.map(describeEntry);
}

/** Merges what two sources define for one host: each fact is taken from the first source that has it. */
export function mergeHosts(first: Host, second: Host): Host {
  return {
    ...filledUp(first, second),
    macs: [...new Set([...first.macs, ...second.macs])],
    facts: filledUp(first.facts, second.facts),
    netboot: mergeNetboot(first.netboot, second.netboot),
    origins: [...first.origins, ...second.origins],
  };
}

/**
 * Merges boot settings. A script's text and URL exclude each other: where the first source has one of them, both of the
 * second source are ignored.
 */
function mergeNetboot(first: Netboot, second: Netboot): Netboot {
  const scripted = first.script !== undefined || first.scriptUrl !== undefined;
  return filledUp(first, scripted ? { ...second, script: undefined, scriptUrl: undefined } : second);
}

function filledUp<T extends object>(first: T, second: T): T {
  const said = Object.entries(first).filter(([, value]) => value !== undefined);
  return { ...second, ...(Object.fromEntries(said) as Partial<T>) };
}
