/** The variables of a machine's script: texts by lower-case name. */
export type ScriptFacts = ReadonlyMap<string, string>;

/** A variable in braces; with a `$` before them it is one of iPXE's own settings. */
const PLACEHOLDER = /(?<!\$)\{(\w+)\}/g;

/** Longest value of a variable; the rest is cut off. */
const LONGEST_VALUE = 255;

/**
 * Replaces the variables of a script, regardless of case; unknown names stay unchanged. A variable without a value
 * becomes iPXE's own setting, in the same format.
 *
 * @param onMissing called with a variable that has no setting in iPXE either; it is replaced by nothing
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
 * iPXE's own settings (https://ipxe.org/cfg), by the lower-case names of variables. `netX` is the interface opened last
 * (src/core/settings.c, src/net/netdev_settings.c): the one that iPXE boots from. Numbers in the settings are options
 * of its DHCP reply.
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
 * Returns a value as a single word of a script: whatever a client sent, it cannot add a line, word, option, setting or
 * operator. Runs of other characters become `_`.
 */
export function harmless(value: string): string {
  const word = value.slice(0, LONGEST_VALUE).replace(/[^A-Za-z0-9.,:/@+_-]+/g, "_");
  return word.replace(/^[_-]+|_+$/g, "");
}
