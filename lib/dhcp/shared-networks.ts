import type { Problem } from "../config/problem.js";
import type { NetworkSections } from "./sections.js";
import type { ServedSubnet } from "./subnets.js";

/** The properties that tell which link a network is on. */
export interface Placed {
  /** Our interface there; undefined where only relay agents reach it. */
  readonly interfaceName: string | undefined;
  /** The link's `shared_network` name, if the operator sets one. */
  readonly sharedNetwork: string | undefined;
}

/**
 * Groups networks by link: those of one interface, and those of one `shared_network`, are on the same link.
 *
 * @returns the networks of each link, in the given order
 */
export function groupByLink<T extends Placed>(networks: readonly T[]): readonly (readonly T[])[] {
  const groups: (readonly T[])[] = [];
  for (const network of networks) {
    const same = groups.filter((group) => group.some((other) => areOnOneLink(network, other)));
    const joined = new Set([network, ...same.flat()]);
    const rest = groups.filter((group) => !same.includes(group));
    groups.splice(
      0,
      groups.length,
      ...rest,
      networks.filter((each) => joined.has(each)),
    );
  }
  return groups;
}

function areOnOneLink(one: Placed, other: Placed): boolean {
  return (
    (one.interfaceName !== undefined && one.interfaceName === other.interfaceName) ||
    (one.sharedNetwork !== undefined && one.sharedNetwork === other.sharedNetwork)
  );
}

/** Returns the links of a configuration with more than one network. */
export function sharedLinks(subnets: readonly ServedSubnet[]): readonly (readonly ServedSubnet[])[] {
  const placed = subnets.map((served) => ({ served, ...placeOf(served) }));
  return groupByLink(placed)
    .filter(({ length }) => length > 1)
    .map((group) => group.map(({ served }) => served));
}

function placeOf({ link, sharedNetwork }: ServedSubnet): Placed {
  return { interfaceName: link?.interfaceName, sharedNetwork };
}

/** Reports a shared network on two interfaces: a machine there would be answered twice. */
export function checkSharedNetworks(
  { subnet: sections }: NetworkSections,
  subnets: readonly ServedSubnet[],
): readonly Problem[] {
  return sharedLinks(subnets).flatMap((group) => {
    const [first, other] = new Set(group.flatMap(({ link }) => link?.interfaceName ?? []));
    if (first === undefined || other === undefined) return [];
    const named = group.findLast(({ link }) => link?.interfaceName === other);
    const section = sections.find(({ name }) => name === named?.name);
    const place = { section: `subnet ${section?.name ?? ""}`, line: section?.lines["shared_network"] };
    const expected = `a name that no network of another interface has: this one is on ${other}`;
    return [{ ...place, option: "shared_network", expected, got: `that of a network on ${first}` }];
  });
}

/** Returns a warning for each `shared_network` name that only one network has. */
export function sharedNetworkWarnings(subnets: readonly ServedSubnet[]): readonly string[] {
  return subnets.flatMap(({ name, sharedNetwork }) => {
    const count = subnets.filter((other) => other.sharedNetwork === sharedNetwork).length;
    if (sharedNetwork === undefined || count > 1) return [];
    const section = name === undefined ? "bootpd" : `subnet ${name}`;
    return [`[${section}] shared_network: no other network is called ${sharedNetwork}`];
  });
}
