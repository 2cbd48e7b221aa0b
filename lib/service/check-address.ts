import type { Problem } from "../config/problem.js";
import type { ReadSections } from "../config/read.js";
import { formatIpv4, UNSPECIFIED, type Ipv4 } from "../net/ipv4.js";
import type { InterfaceAddress } from "../os/interfaces.js";

/**
 * Checks that a service listens on an address of this host.
 *
 * @param section the section of the service
 */
export function checkAddress<Section extends string>(
  { settings, lineOf }: ReadSections<Readonly<Record<Section, { readonly address?: Ipv4 | undefined }>>>,
  section: Section,
  interfaces: readonly InterfaceAddress[],
): readonly Problem[] {
  const { address } = settings[section];
  if (address === undefined || address === UNSPECIFIED) return [];
  if (interfaces.some((entry) => entry.address === address)) return [];
  const own = interfaces.map((entry) => `${formatIpv4(entry.address)} (${entry.name})`).join(", ");
  const place = { line: lineOf(section, "address"), section, option: "address" };
  return [
    { ...place, expected: "0.0.0.0 or an address of this host", got: formatIpv4(address), hint: `it has ${own}` },
  ];
}
