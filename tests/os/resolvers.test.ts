import { setServers } from "node:dns";
import { existsSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import t from "tap";
import { formatIpv4 } from "../../lib/net/ipv4.js";
import { hostResolvers } from "../../lib/os/resolvers.js";

/** Makes this process believe that the host uses these servers. */
function useServers(...servers: readonly string[]): void {
  setServers(servers);
  // Setting them changes what the module exports.
  syncBuiltinESMExports();
}

await t.test("the DNS servers of this host are those that another machine can reach", (t) => {
  useServers("127.0.0.53", "192.0.2.53", "[2001:db8::53]:53", "198.51.100.53");
  t.strictSame(hostResolvers().map(formatIpv4), ["192.0.2.53", "198.51.100.53"]);
  t.end();
});

const behind = existsSync("/run/systemd/resolve/resolv.conf");

await t.test(
  "a host with nothing but a resolver of its own has none",
  { skip: behind && "systemd-resolved runs" },
  (t) => {
    useServers("127.0.0.53", "::1");
    t.strictSame(hostResolvers(), []);
    t.end();
  },
);
