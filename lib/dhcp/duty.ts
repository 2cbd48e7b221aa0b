import type { LeftCause } from "../events/causes/boot.js";
import type { BootpdSettings } from "./bootpd-section.js";
import { UNSPECIFIED, type Ipv4 } from "../net/ipv4.js";
import { Code } from "../options/codes.js";
import { addressOption } from "./message.js";
import type { Request } from "./request.js";

/** Whether this server answers now. */
export interface Duty {
  /** The cause by which requests are left to another server; undefined while they are answered. */
  readonly silence: LeftCause | undefined;
}

/**
 * Whether a request is for this server alone: it names this server (option 54), renews a lease with it, or asks its boot
 * server port. A silent server answers these, since no other server does.
 *
 * @param addresses of this server
 */
export function isForServer({ message, link, unicast }: Request, addresses: readonly Ipv4[]): boolean {
  if (link.service === "boot-server") return true;
  const server = addressOption(message, Code.serverIdentifier);
  if (server !== undefined) return server === link.address || addresses.includes(server);
  return unicast && message.giaddr === UNSPECIFIED && message.ciaddr !== UNSPECIFIED;
}

/**
 * Whether only machines with a reserved address get one: a standby does not know which addresses of the pool the other
 * server has given.
 */
export function isReservedOnly({
  mode,
  standby_for: master,
  standby_dynamic: dynamic,
}: Pick<BootpdSettings, "mode" | "standby_for" | "standby_dynamic">): boolean {
  return mode === "server" && master !== undefined && !dynamic;
}
