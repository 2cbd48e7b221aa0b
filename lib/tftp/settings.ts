import type { TftpdSettings } from "./section.js";
import { mtuOf, type InterfaceAddress } from "../os/interfaces.js";
import { UNSPECIFIED, type Ipv4 } from "../net/ipv4.js";
import { OVERHEAD, type Limits } from "./negotiate.js";
import type { Subnet } from "../net/subnet.js";
import type { Room } from "./sessions.js";
import type { Patience } from "./transfer.js";

/** What the TFTP server goes by. */
export interface TftpSettings extends Room {
  /** Our own addresses to listen on. */
  readonly listen: readonly Ipv4[];
  /**
   * The networks that this host is on, with our address there and the largest block that the link carries. A request
   * of a machine on one of them came in there, whichever of our addresses it asked.
   */
  readonly links: readonly Link[];
  readonly port: number;
  readonly limits: Omit<Limits, "leastWaitSeconds">;
  /** Whether the operator set the timeout, so that no wait is shorter. */
  readonly timeoutIsLeast: boolean;
  readonly patience: Patience;
  /** Answer from the service's own port. */
  readonly singlePort: boolean;
  /** The networks whose machines are served; all where there are none. */
  readonly clients?: readonly Subnet[] | undefined;
}

/** A network that this host is on. */
export interface Link {
  readonly address: Ipv4;
  readonly subnet: Subnet;
  readonly largestBlockSize: number;
}

/** How long to wait for an acknowledgement when `timeout` is not set. */
const TIMEOUT_SECONDS = 2;
/** Many machines may be behind one address, but not as many as there may be in all. */
const MOST_PER_CLIENT = 1024;

/** A transfer that goes on for so long, or so slowly after so long, is nobody's boot (conformance D7). */
const LONGEST_SECONDS = 6 * 3600;
const LEAST_RATE = 256;
const GRACE_SECONDS = 120;

/** What of a configuration the TFTP server goes by. */
export interface TftpConfig {
  readonly settings: {
    readonly tftpd: TftpdSettings;
    readonly bootpd: { readonly interface: readonly string[] | undefined };
  };
  readonly services: { readonly tftp: boolean };
  /** Our address on the first network of the DHCP side, where that runs. */
  readonly network: { readonly serverAddress: Ipv4 } | undefined;
  /** The networks of the DHCP side, with our address there where an interface of ours is in it. */
  readonly subnets: readonly { readonly link: { readonly serverAddress: Ipv4 } | undefined }[];
}

/** Where the TFTP server listens, in words: an address, or 0.0.0.0 where there are several. */
export function tftpAddress({ settings, network, subnets }: TftpConfig): Ipv4 {
  const named = settings.bootpd.interface !== undefined || ownAddresses(subnets).size > 1;
  const several = named && settings.tftpd.address === undefined;
  return several ? UNSPECIFIED : (settings.tftpd.address ?? network?.serverAddress ?? UNSPECIFIED);
}

/** By which addresses machines know us: one in each network that an interface of ours is in. */
function ownAddresses(subnets: TftpConfig["subnets"]): ReadonlySet<Ipv4> {
  return new Set(subnets.flatMap(({ link }) => link?.serverAddress ?? []));
}

/**
 * What the TFTP server goes by. Where it listens on several addresses it does so on each: an answer has to come from
 * the address that was asked.
 *
 * @param interfaces this host's
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
