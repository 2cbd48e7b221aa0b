import type { Problem } from "../config/problem.js";
import type { ReadSections } from "../config/read.js";
import type { BootpdSettings } from "../dhcp/bootpd-section.js";
import { formatIpv4 } from "../net/ipv4.js";
import type { InterfaceAddress } from "../os/interfaces.js";

/** Checks that a standby is that of another server, and refuses no address that the other one may have given. */
export function checkStandby(
  { settings, lineOf }: ReadSections<{ readonly bootpd: BootpdSettings }>,
  interfaces: readonly InterfaceAddress[],
): readonly Problem[] {
  const { standby_for: master, standby_dynamic: dynamic, authoritative } = settings.bootpd;
  const place = (option: string): Omit<Problem, "expected" | "got"> => ({
    section: "bootpd",
    option,
    line: lineOf("bootpd", option),
  });
  if (master === undefined) {
    if (!dynamic) return [];
    return [{ ...place("standby_dynamic"), expected: "standby_for beside it", got: "yes without one" }];
  }
  const isOwn = interfaces.some(({ address }) => address === master);
  const other = { expected: "the address of another server", got: `${formatIpv4(master)}, an address of this host` };
  return [
    ...(isOwn ? [{ ...place("standby_for"), ...other }] : []),
    ...(authoritative ? [{ ...place("authoritative"), expected: "no in a standby", got: "yes" }] : []),
  ];
}
