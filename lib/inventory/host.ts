import type { ClientId } from "../machine/client-id.js";
import type { LeaseKey } from "../machine/lease-key.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { Mac } from "../net/mac.js";

/** Where something is said of a machine, for messages. */
export interface Origin {
  /** A path, or what else an operator knows the source by. */
  readonly source: string;
  /** Counted from 1; undefined where the source has no lines. */
  readonly line: number | undefined;
}

/** What a machine is told of its network; what is undefined is as for every machine there. */
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

/** How a machine boots; what is undefined is as for every machine of its kind. */
export interface Netboot {
  /** False for a machine that gets an address and nothing to boot. */
  readonly allowPxe?: boolean | undefined;
  readonly bootFile?: string | undefined;
  /** Where its iPXE script is, as written: it may hold what iPXE fills in. */
  readonly scriptUrl?: string | undefined;
  /** The text of its iPXE script. */
  readonly script?: string | undefined;
  /** The console of its kernel, such as `ttyS0`. */
  readonly console?: string | undefined;
  /** Whether it boots from here only once. */
  readonly once?: boolean | undefined;
}

/** All that is known of a machine. It is plain data, which may be copied from thread to thread. */
export interface Host {
  /** Its hardware addresses; there may be none where it is known by its client identifier. */
  readonly macs: readonly Mac[];
  /** Its client identifier (option 61). */
  readonly clientId?: ClientId | undefined;
  /** The address that is its own. */
  readonly address?: Ipv4 | undefined;
  readonly hostName?: string | undefined;
  /** Whether it gets no answer at all. */
  readonly disabled?: boolean | undefined;
  readonly facts: HostFacts;
  readonly netboot: Netboot;
  /** The number of its VLAN (802.1Q). */
  readonly vlan?: number | undefined;
  /** Its architecture in the words of the source, such as `x86_64`. */
  readonly arch?: string | undefined;
  /** Where all this is said; at least one. */
  readonly origins: readonly Origin[];
}

/** By which names leases know a machine. */
export function keysOf({ macs, clientId }: Host): readonly LeaseKey[] {
  return clientId === undefined ? macs : [clientId, ...macs];
}

/** `hosts.yaml:12`, or several with commas between. */
export function describeOrigins(host: Host): string {
  return originsOf(host).join(", ");
}

/** `hosts.yaml:12`, each of them. */
export function originsOf({ origins }: Host): readonly string[] {
  return origins.map(({ source, line }) => (line === undefined ? source : `${source}:${line}`));
}

/** What two sources know of one machine: each of the facts is that of the first that says it. */
export function mergeHosts(first: Host, second: Host): Host {
  return {
    ...filledUp(first, second),
    macs: [...new Set([...first.macs, ...second.macs])],
    facts: filledUp(first.facts, second.facts),
    netboot: mergeNetboot(first.netboot, second.netboot),
    origins: [...first.origins, ...second.origins],
  };
}

/** A script is where its URL says, or it is here: who says one of them means not the other's other one. */
function mergeNetboot(first: Netboot, second: Netboot): Netboot {
  const scripted = first.script !== undefined || first.scriptUrl !== undefined;
  return filledUp(first, scripted ? { ...second, script: undefined, scriptUrl: undefined } : second);
}

function filledUp<T extends object>(first: T, second: T): T {
  const said = Object.entries(first).filter(([, value]) => value !== undefined);
  return { ...second, ...(Object.fromEntries(said) as Partial<T>) };
}
