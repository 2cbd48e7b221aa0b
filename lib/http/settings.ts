import type { Config } from "../settings/load.js";
import type { EventBus } from "../events/event.js";
import type { RequestedFiles } from "../files/request-facts.js";
import { FileError } from "../files/source.js";
import type { OneShots } from "../boot/one-shots.js";
import type { HostSource } from "../inventory/source.js";
import { fileRoute } from "./file-route.js";
import { reportRoute } from "./report-route.js";
import type { WhoAsks } from "./own-path.js";
import type { Route } from "./route.js";
import { scriptRoute } from "./script-route.js";
import type { HttpSettings } from "./server.js";
import type { Scripts } from "../boot/ipxe/scripts.js";
import { asError } from "../common/error.js";
import { UNSPECIFIED, type Ipv4 } from "../net/ipv4.js";
import type { Mac } from "../net/mac.js";

/** What the HTTP server of a configuration goes by. */
export function httpSettings({ settings, network, certificate }: Config): HttpSettings {
  const { address = httpAddress({ settings, network }), port, check_ip: check } = settings.httpd;
  const { trusted_proxies: trustedProxies = [] } = settings.httpd;
  return {
    listen: { address, port },
    // Without a DHCP side nobody holds an address of ours, and PyBootd checks none then.
    checkAddress: check && network !== undefined && settings.bootpd.mode === "server",
    trustedProxies,
    certificate,
  };
}

/**
 * Where HTTP listens when it is not told: at the address of the DHCP side. Beside other DHCP servers, on several
 * interfaces, at every one: machines may reach us only by that of their own network.
 */
export function httpAddress({ settings: { bootpd }, network }: Pick<Config, "settings" | "network">): Ipv4 {
  const several = bootpd.mode !== "server" && (bootpd.interface?.length ?? 0) > 1;
  return several ? UNSPECIFIED : (network?.serverAddress ?? UNSPECIFIED);
}

/** What the HTTP server serves. */
export interface HttpContent {
  readonly files: RequestedFiles;
  readonly scripts: Scripts;
  readonly once: OneShots;
  readonly hosts: Pick<HostSource, "find">;
  readonly whoAsks: WhoAsks;
  readonly events: EventBus;
}

/**
 * How it is known which machine asks. Where we give the addresses, by its lease. Where others do, by the request that it
 * took the address with, where that was heard, else by ARP: never by what a machine says of itself.
 */
export function whoAsksBy({ network, settings }: Config, neighbour: (address: Ipv4) => Mac | undefined): WhoAsks {
  const foreign = network === undefined || settings.bootpd.mode !== "server";
  return ({ client, peer }) => client?.mac ?? (foreign ? neighbour(peer.address) : undefined);
}

/** The routes to it. */
export function httpRoutes({ files, scripts, once, hosts, whoAsks, events }: HttpContent): readonly Route[] {
  const report = async (mac: Mac): Promise<void> => {
    const host = await hosts.find({ mac, clientId: undefined });
    if (host?.netboot.once !== true) return;
    try {
      if (once.finish(mac, "script")) events.publish({ kind: "boot-reported", mac, by: "script" });
    } catch (error) {
      throw new FileError("unavailable", `the report cannot be kept: ${asError(error).message}`);
    }
  };
  return [scriptRoute(scripts, files, whoAsks), reportRoute(report, whoAsks), fileRoute(files)];
}
