import type { Ipv4 } from "../net/ipv4.js";
import { encodeAddresses, encodeSearchList } from "../options/encodings.js";
import { gatherOptions, type OptionPlan } from "../options/setting.js";
import type { Settings } from "../settings/schema.js";

const NTP_SERVERS = 42;
const DOMAIN_SEARCH = 119;

/**
 * The DHCP options that are made from a network's own options: where a section sets one of these, what `[option]` has
 * for all networks is not for this one.
 */
const MADE_FROM = {
  gateway: [3],
  set_gateway: [3],
  dns: [6],
  domain: [15],
  next_server: [66, 150],
  boot_file: [67],
} as const;

/** What `[bootpd]` has names of its own for, and `[option]`, which goes before it. */
export function optionsOfAll({ bootpd, option }: Settings): OptionPlan {
  const { forAll, forVendors } = gatherOptions(option);
  return { forAll: new Map([...namedOptions(bootpd), ...forAll]), forVendors };
}

/** The options of a network: those of all, and before them what its section sets, by its own names or by those of DHCP. */
export function optionsOfSubnet(ofAll: OptionPlan, { values, further }: Settings["subnet"][number]): OptionPlan {
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
    ...(ntp.length > 0 ? [[NTP_SERVERS, encodeAddresses(ntp)] as const] : []),
    ...(domains.length > 0 ? [[DOMAIN_SEARCH, encodeSearchList(domains)] as const] : []),
  ];
}
