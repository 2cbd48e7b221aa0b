import type { Certificate } from "./certificate.js";
import type { HttpdSettings } from "./section.js";
import type { EventBus } from "../events/event.js";
import type { RequestedFiles } from "../files/request-facts.js";
import { FileError } from "../files/source.js";
import type { OneShots } from "../boot/one-shots.js";
import { notKnownYet, type Inventory } from "../inventory/source.js";
import { fileRoute } from "./file-route.js";
import { reportRoute } from "./report-route.js";
import type { WhoAsks } from "./own-path.js";
import type { Route } from "./route.js";
import { scriptRoute } from "./script-route.js";
import type { HttpSettings } from "./server.js";
import type { Scripts } from "../boot/ipxe/scripts.js";
import { asError } from "../common/error.js";
import { formatIpv4, UNSPECIFIED, type Ipv4 } from "../net/ipv4.js";
import type { Mac } from "../net/mac.js";

/** The part of the configuration that the HTTP server depends on. */
export interface HttpConfig extends ListenConfig {
  readonly services: { readonly http: boolean };
  readonly certificate: Certificate | undefined;
  readonly settings: ListenConfig["settings"] & { readonly httpd: HttpdSettings };
}

interface ListenConfig {
  readonly settings: {
    readonly bootpd: {
      readonly mode: "server" | "proxy" | "auto-proxy";
      readonly interface: readonly string[] | undefined;
    };
  };
  /** Our address on the first network of the DHCP server, where it runs. */
  readonly network: { readonly serverAddress: Ipv4 } | undefined;
}

/** Derives the settings of the HTTP server from the configuration. */
export function httpSettings({ settings, network, certificate }: HttpConfig): HttpSettings {
  const { address = httpAddress({ settings, network }), port, check_ip: check } = settings.httpd;
  const { trusted_proxies: trustedProxies = [] } = settings.httpd;
  return {
    listen: { address, port },
    // Without a DHCP server no client holds an address of ours; PyBootd does not check it then either.
    checkAddress: check && network !== undefined && settings.bootpd.mode === "server",
    trustedProxies,
    certificate,
  };
}

/**
 * Returns the default listening address: that of the DHCP server. In proxy mode on several interfaces, all addresses:
 * clients may reach this host only by the one of their own network.
 */
export function httpAddress({ settings: { bootpd }, network }: ListenConfig): Ipv4 {
  const several = bootpd.mode !== "server" && (bootpd.interface?.length ?? 0) > 1;
  return several ? UNSPECIFIED : (network?.serverAddress ?? UNSPECIFIED);
}

/**
 * Returns the URL of our HTTP server, without a path; undefined where it does not run, or its address is unknown.
 *
 * @param own the address by which clients reach it
 */
export function httpOrigin(config: HttpConfig, own = addressOf(config)): string | undefined {
  const { services, certificate } = config;
  const { port } = httpSettings(config).listen;
  if (!services.http || own === undefined) return undefined;
  const [protocol, usual] = certificate === undefined ? ["http", 80] : ["https", 443];
  return `${protocol}://${formatIpv4(own)}${port === usual ? "" : `:${port}`}`;
}

function addressOf(config: HttpConfig): Ipv4 | undefined {
  const { address } = httpSettings(config).listen;
  return address === UNSPECIFIED ? config.network?.serverAddress : address;
}

/**
 * Returns the URL of our HTTP server for clients that reach this host at an address: at that address, unless it listens
 * on a single one.
 *
 * @returns a URL without a path; undefined where it does not run
 */
export function httpOriginAt(config: HttpConfig, address: Ipv4): string | undefined {
  const { address: listening } = httpSettings(config).listen;
  return httpOrigin(config, listening === UNSPECIFIED ? address : listening);
}

/** The content that the HTTP server serves. */
export interface HttpContent {
  readonly files: RequestedFiles;
  readonly scripts: Scripts;
  readonly once: OneShots;
  readonly hosts: Pick<Inventory, "find" | "state">;
  readonly whoAsks: WhoAsks;
  readonly events: EventBus;
}

/**
 * Returns the function that identifies the client of a request. Where this server assigns the addresses, by the lease.
 * Otherwise by the DHCP request for the address, if it was seen, else by ARP: never by what the client says of itself.
 */
export function whoAsksBy({ network, settings }: ListenConfig, neighbour: (address: Ipv4) => Mac | undefined): WhoAsks {
  const foreign = network === undefined || settings.bootpd.mode !== "server";
  return ({ client, peer }) => client?.mac ?? (foreign ? neighbour(peer.address) : undefined);
}

/** Returns the routes to the content. */
export function httpRoutes({ files, scripts, once, hosts, whoAsks, events }: HttpContent): readonly Route[] {
  const report = async (mac: Mac): Promise<void> => {
    const host = await hosts.find({ mac, clientId: undefined });
    const notKnown = host === undefined ? notKnownYet(hosts) : undefined;
    if (notKnown !== undefined) throw new FileError({ code: "inventory-unknown", reason: notKnown });
    if (host?.netboot.once !== true) return;
    try {
      if (once.finish(mac, "script")) events.publish({ kind: "boot-reported", mac, by: "script" });
    } catch (error) {
      throw new FileError({ code: "report-not-kept", error: asError(error).message });
    }
  };
  return [scriptRoute(scripts, files, whoAsks), reportRoute(report, whoAsks), fileRoute(files)];
}
