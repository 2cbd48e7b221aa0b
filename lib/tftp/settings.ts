import type { TftpdSettings } from "./section.js";
import { mtuOf, type InterfaceAddress } from "../os/interfaces.js";
import { UNSPECIFIED, type Ipv4 } from "../net/ipv4.js";
import { OVERHEAD, type Limits } from "./negotiate.js";
import type { Subnet } from "../net/subnet.js";
import type { Room } from "./sessions.js";
import type { Patience } from "./transfer.js";

/** The settings of the TFTP server. */
export interface TftpSettings extends Room {
  /** The addresses of this host to listen on. */
  readonly listen: readonly Ipv4[];
  /**
   * The networks of this host, with our address there and the largest block that the link carries. A request from such
   * a network arrived on that link, whichever of our addresses it was sent to.
   */
  readonly links: readonly Link[];
  readonly port: number;
  readonly limits: Omit<Limits, "leastWaitSeconds">;
  /** Whether the operator set the timeout; then no wait is shorter. */
  readonly timeoutIsLeast: boolean;
  readonly patience: Patience;
  /** Whether to send from the service's own port. */
  readonly singlePort: boolean;
  /** The networks whose clients are served; all when not set. */
  readonly clients?: readonly Subnet[] | undefined;
}

/** A network that this host is attached to. */
export interface Link {
  readonly address: Ipv4;
  readonly subnet: Subnet;
  readonly largestBlockSize: number;
}

/** Seconds to wait for an acknowledgement when `timeout` is not set. */
const TIMEOUT_SECONDS = 2;
/** Most transfers of one address: many clients may share an address, but not as many as `max_transfers` allows. */
const MOST_PER_CLIENT = 1024;

/**
 * Limits of a transfer: one that lasts this long, or is this slow after the grace period, boots no machine (conformance
 * D7).
 */
const LONGEST_SECONDS = 6 * 3600;
const LEAST_RATE = 256;
const GRACE_SECONDS = 120;

/** The part of the configuration that the TFTP server depends on. */
export interface TftpConfig {
  readonly settings: {
    readonly tftpd: TftpdSettings;
    readonly bootpd: { readonly interface: readonly string[] | undefined };
  };
  readonly services: { readonly tftp: boolean };
  /** Our address on the first network of the DHCP server, where it runs. */
  readonly network: { readonly serverAddress: Ipv4 } | undefined;
  /** The networks of the DHCP server, with our address there where one of our interfaces is attached to it. */
  readonly subnets: readonly { readonly link: { readonly serverAddress: Ipv4 } | undefined }[];
}

/** Returns the listening address for messages: 0.0.0.0 where there are several. */
export function tftpAddress({ settings, network, subnets }: TftpConfig): Ipv4 {
  const named = settings.bootpd.interface !== undefined || ownAddresses(subnets).size > 1;
  const several = named && settings.tftpd.address === undefined;
  return several ? UNSPECIFIED : (settings.tftpd.address ?? network?.serverAddress ?? UNSPECIFIED);
}

/** Returns the addresses by which clients know this host: one in each network that an interface is attached to. */
function ownAddresses(subnets: TftpConfig["subnets"]): ReadonlySet<Ipv4> {
  return new Set(subnets.flatMap(({ link }) => link?.serverAddress ?? []));
}

/**
 * Derives the settings of the TFTP server. With several addresses it opens a socket on each: an answer has to come from
 * the address that received the request.
 *
 * @param interfaces the interfaces of this host
 */
export function tftpSettings(config: TftpConfig, interfaces: readonly InterfaceAddress[]): TftpSettings {
  const { tftpd, bootpd } = config.settings;
  const wanted = tftpAddress(config);
  const own = ownAddresses(config.subnets);
  const isServed = ({ name, address }: InterfaceAddress): boolean =>
    bootpd.interface?.includes(name) ?? (own.size === 0 || own.has(address));
  const listen = interfaces
    .filter(({ address }) => wanted === UNSPECIFIED || address === wanted)
    .filter((entry) => tftpd.address !== undefined || isServed(entry))
    .map(({ address }) => address);
  return {
    listen,
    links: interfaces.map(({ name, address, subnet }) => ({
      address,
      subnet,
      largestBlockSize: mtuOf(name) - OVERHEAD,
    })),
    port: tftpd.port,
    limits: {
      defaultBlockSize: tftpd.blocksize,
      largestBlockSize: tftpd.max_blocksize,
      largestWindowSize: tftpd.max_windowsize,
      timeoutSeconds: tftpd.timeout ?? TIMEOUT_SECONDS,
    },
    timeoutIsLeast: tftpd.timeout !== undefined,
    patience: {
      retries: tftpd.retries,
      longestSeconds: LONGEST_SECONDS,
      leastRate: LEAST_RATE,
      graceSeconds: GRACE_SECONDS,
    },
    mostTransfers: tftpd.max_transfers,
    mostPerClient: MOST_PER_CLIENT,
    singlePort: tftpd.single_port,
    clients: tftpd.clients,
  };
}
