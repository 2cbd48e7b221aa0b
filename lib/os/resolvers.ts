import { getServers } from "node:dns";
import { readFileSync } from "node:fs";
import { isLoopback, parseIpv4, type Ipv4 } from "../net/ipv4.js";

/** The file in which systemd-resolved lists the servers behind its stub on 127.0.0.53 (systemd-resolved.service(8)). */
const RESOLVED_SERVERS = "/run/systemd/resolve/resolv.conf";

/**
 * Lists the IPv4 DNS servers of this host that another machine can reach. Leaves out resolvers on loopback; where no
 * other is left, lists the servers behind systemd-resolved.
 */
export function hostResolvers(): readonly Ipv4[] {
  const own = reachable(getServers());
  return own.length > 0 ? own : reachable(serversIn(readIfThere(RESOLVED_SERVERS)));
}

function reachable(servers: readonly string[]): readonly Ipv4[] {
  return servers.flatMap((text) => {
    const address = parseIpv4(text);
    return address === undefined || isLoopback(address) ? [] : [address];
  });
}

function serversIn(resolvConf: string): readonly string[] {
  return [...resolvConf.matchAll(/^nameserver\s+(\S+)/gm)].map((match) => match[1] ?? "");
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
