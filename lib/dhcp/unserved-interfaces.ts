import type { InterfaceAddress } from "../os/interfaces.js";
import type { NetworkSections } from "./sections.js";
import type { ServedSubnet } from "./subnets.js";

/**
 * Returns a warning for each `[subnet NAME]` whose network an interface of this host is in that DHCP does not serve.
 *
 * @param file the path of the configuration as the user gave it
 */
export function unservedInterfaceWarnings(
  { bootpd, subnet: sections }: NetworkSections,
  subnets: readonly ServedSubnet[],
  interfaces: readonly InterfaceAddress[],
  file: string,
): readonly string[] {
  const served = bootpd.interface ?? subnets.flatMap(({ link }) => link?.interfaceName ?? []);
  return sections.flatMap(({ name, lines, line }) => {
    const network = subnets.find((each) => each.name === name);
    const own = interfaces.find(({ address }) => network?.link === undefined && network?.subnet.contains(address));
    if (network === undefined || own === undefined) return [];
    const place = `${file}:${lines["network"] ?? line} [subnet ${name}] network`;
    const wanted = [...new Set([...served, own.name])].join("; ");
    return [
      `${place}: ${network.subnet.toString()} is the network of ${own.name}, which [bootpd] interface does not name: machines there are answered only through a relay agent (did you mean interface = ${wanted}?)`,
    ];
  });
}
