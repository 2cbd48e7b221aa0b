import type { Ipv4 } from "../net/ipv4.js";
import { encodeAddresses, encodeSearchList } from "../options/encodings.js";
import { Code } from "../options/codes.js";
import { gatherOptions, type OptionPlan } from "../options/setting.js";
import type { SubnetSection } from "./network-sections.js";
import type { NetworkSections } from "./sections.js";

/**
 * The DHCP options derived from a network's own settings. Where a section sets one of them, the value in `[option]`,
 * which is for all networks, does not apply.
 */
const MADE_FROM = {
  gateway: [Code.router],
  set_gateway: [Code.router],
  dns: [Code.domainNameServer],
  domain: [Code.domainName],
  next_server: [Code.tftpServerName, Code.tftpServerAddress],
  boot_file: [Code.bootFileName],
} as const;

/** Returns the options of all networks: those with a setting of their own in `[bootpd]`, overridden by `[option]`. */
export function optionsOfAll({ bootpd, option }: NetworkSections): OptionPlan {
  const { forAll, forVendors } = gatherOptions(option);
  return { forAll: new Map([...namedOptions(bootpd), ...forAll]), forVendors };
}

/** Returns the options of a network: those of all networks, overridden by its section's settings and DHCP options. */
export function optionsOfSubnet(ofAll: OptionPlan, { values, further }: SubnetSection): OptionPlan {
  const replaced = Object.entries(MADE_FROM).flatMap(([option, codes]: [string, readonly number[]]) =>
    values[option as keyof typeof MADE_FROM] === undefined ? [] : codes,
  );
  const inherited = [...ofAll.forAll].filter(([code]) => !replaced.includes(code));
  const { forAll, forVendors } = gatherOptions(further);
  return {
    forAll: new Map([...inherited, ...namedOptions(values), ...forAll]),
    // Of two entries for one client the later one applies.
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
