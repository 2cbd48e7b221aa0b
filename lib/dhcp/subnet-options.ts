import type { Origin, Sourced } from "../config/origin.js";
import type { Ipv4 } from "../net/ipv4.js";
import { encodeAddresses, encodeSearchList } from "../options/encodings.js";
import { Code } from "../options/codes.js";
import { gatherOptions, type OptionPlan } from "../options/setting.js";
import type { SubnetSection } from "./network-sections.js";
import { originIn, type BootpdOrigins } from "./subnet-origins.js";
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
export function optionsOfAll({ bootpd, option }: NetworkSections, origins: BootpdOrigins): OptionPlan {
  const { forAll, forVendors } = gatherOptions(option, origins, "option");
  const named = namedOptions(bootpd, (name) => origins.of("bootpd", name));
  return { forAll: new Map([...named, ...forAll]), forVendors };
}

/** Returns the options of a network: those of all networks, overridden by its section's settings and DHCP options. */
export function optionsOfSubnet(ofAll: OptionPlan, section: SubnetSection, origins: BootpdOrigins): OptionPlan {
  const { name, values, further } = section;
  const replaced = Object.entries(MADE_FROM).flatMap(([option, codes]: [string, readonly number[]]) =>
    values[option as keyof typeof MADE_FROM] === undefined ? [] : codes,
  );
  const inherited = [...ofAll.forAll].filter(([code]) => !replaced.includes(code));
  const { forAll, forVendors } = gatherOptions(further, origins, `subnet ${name}`);
  const named = namedOptions(values, (option) => originIn(section, option, origins));
  return {
    forAll: new Map([...inherited, ...named, ...forAll]),
    // Of two entries for one client the later one applies.
    forVendors: [...ofAll.forVendors, ...forVendors],
  };
}

function namedOptions(
  {
    ntp = [],
    domain_search: domains = [],
  }: {
    readonly ntp?: readonly Ipv4[] | undefined;
    readonly domain_search?: readonly (readonly string[])[] | undefined;
  },
  originOf: (option: string) => Origin,
): readonly (readonly [number, Sourced<Buffer>])[] {
  const options: [number, Sourced<Buffer>][] = [];
  if (ntp.length > 0) options.push([Code.ntpServers, { value: encodeAddresses(ntp), origin: originOf("ntp") }]);
  if (domains.length > 0)
    options.push([Code.domainSearch, { value: encodeSearchList(domains), origin: originOf("domain_search") }]);
  return options;
}
