/** What a machine's scripts may refer to: texts by lower-case name. */
export type ScriptFacts = ReadonlyMap<string, string>;

/** A name in braces; with a `$` before them it is one of iPXE's own. */
const PLACEHOLDER = /(?<!\$)\{(\w+)\}/g;

/** Longer values are nobody's name. */
const LONGEST_VALUE = 255;

/**
 * Fills the names in braces in, in any case; names that mean nothing stay as they are. A name whose value is not known is
 * filled by iPXE's own setting, in the form that ours would have.
 *
 * @param onMissing is told of a name that iPXE has no setting for either; it vanishes
 */
export function fillScript(
  template: string,
  facts: ScriptFacts,
  onMissing: (name: string) => void = () => undefined,
): string {
  return template.replace(PLACEHOLDER, (whole, name: string) => {
    const value = facts.get(name.toLowerCase());
    if (value === undefined) return whole;
    const text = harmless(value) || OWN.get(name.toLowerCase());
    if (text === undefined) onMissing(name);
    return text ?? "";
  });
}

/**
 * What iPXE knows of its machine itself (https://ipxe.org/cfg), by the lower-case names of facts. `netX` is the interface
 * that was opened last (src/core/settings.c, src/net/netdev_settings.c): the one that it boots from. Numbers are options
 * of the DHCP answer there.
 */
const OWN: ReadonlyMap<string, string> = new Map([
  ["mac", "${netX/mac:hexhyp}"],
  ["ip", "${netX/ip}"],
  ["uuid", "${uuid}"],
  ["serial", "${serial}"],
  ["manufacturer", "${manufacturer}"],
  ["hostname", "${hostname}"],
  ["ipaddress", "${netX/ip}"],
  ["subnetmask", "${netX/netmask}"],
  ["defaultgateway", "${netX/gateway}"],
  ["nameservers", "${netX/dns}"],
  ["domainname", "${netX/domain}"],
  ["broadcastaddress", "${netX/28:ipv4}"],
  ["ntpservers", "${netX/42:ipv4}"],
  ["leasetime", "${netX/51:int32}"],
]);

/**
 * A value as one word of a script, whatever a client sent: no line, word, option, setting or operator of its own comes
 * of it. Runs of other characters become `_`.
 */
export function harmless(value: string): string {
  const word = value.slice(0, LONGEST_VALUE).replace(/[^A-Za-z0-9.,:/@+_-]+/g, "_");
  return word.replace(/^[_-]+|_+$/g, "");
}
