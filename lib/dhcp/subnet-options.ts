import type { Ipv4 } from "../net/ipv4.js";
import { encodeAddresses, encodeSearchList } from "../options/encodings.js";
import { Code } from "../options/registry.js";
import { gatherOptions, type OptionPlan } from "../options/setting.js";
import type { SubnetSection } from "./network-sections.js";
import type { NetworkSections } from "./sections.js";

/**
 * The DHCP options that are made from a network's own options: where a section sets one of these, what `[option]` has
 * for all networks is not for this one.
 */
const MADE_FROM = {
  gateway: [Code.router],
  set_gateway: [Code.router],
  dns: [Code.domainNameServer],
  domain: [Code.domainName],
  next_server: [Code.tftpServerName, Code.tftpServerAddress],
  boot_file: [Code.bootFileName],
} as const;

/** What `[bootpd]` has names of its own for, and `[option]`, which goes before it. */
export function optionsOfAll({ bootpd, option }: NetworkSections): OptionPlan {
  const { forAll, forVendors } = gatherOptions(option);
  return { forAll: new Map([...namedOptions(bootpd), ...forAll]), forVendors };
}

/** The options of a network: those of all, and before them what its section sets, by its own names or by those of DHCP. */
export function optionsOfSubnet(ofAll: OptionPlan, { values, further }: SubnetSection): OptionPlan {
  const replaced = Object.entries(MADE_FROM).flatMap(([option, codes]: [string, readonly number[]]) =>
    values[option as keyof typeof MADE_FROM] === undefined ? [] : codes,
  );
  const inherited = [...ofAll.forAll].filter(([code]) => !replaced.includes(code));
  const { forAll, forVendors } = gatherOptions(further);
  return {
    forAll: new Map([...inherited, ...namedOptions(values), ...forAll]),
    // Of two that are for one client the later one counts.
    forVendors: [...ofAll.forVendors, ...forVendors],
  };
}

function namedOptions({
  ntp = [],
  domain_search: domains = [],
}: {
  readonly ntp?: readonly Ipv4[] | undefined;
  readonly domain_search?: readonly (readonly string[])[] | undefined;
}): readonly (readonly [number, Buffer])[] {
  return [
    ...(ntp.length > 0 ? [[Code.ntpServers, encodeAddresses(ntp)] as const] : []),
    ...(domains.length > 0 ? [[Code.domainSearch, encodeSearchList(domains)] as const] : []),
  ];
}
