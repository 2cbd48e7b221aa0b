import type { Config } from "../config/load.js";
import { hostInterfaces, mtuOf } from "../net/interfaces.js";
import { UNSPECIFIED, type Ipv4 } from "../net/ipv4.js";
import type { TftpSettings } from "../tftp/server.js";

const RETRIES = 5;
const MOST_TRANSFERS = 4096;
const LARGEST_WINDOW = 64;

/** The headers of IPv4 without options, of UDP and of a TFTP DATA packet. */
const OVERHEAD = 32;

/** The address to listen on, 0.0.0.0 for all of this host's. */
export function tftpAddress({ settings, network }: Config): Ipv4 {
  return settings.tftpd.address ?? network?.serverAddress ?? UNSPECIFIED;
}

/**
 * What the TFTP server goes by. Where it listens on all addresses, it does so on each: an answer has to come from the
 * address that was asked, and the largest block is the link's.
 */
export function tftpSettings(config: Config): TftpSettings {
  const { port, blocksize, timeout } = config.settings.tftpd;
  const wanted = tftpAddress(config);
  const listen = hostInterfaces()
    .filter(({ address }) => wanted === UNSPECIFIED || address === wanted)
    .map(({ name, address }) => ({ address, largestBlockSize: mtuOf(name) - OVERHEAD }));
  return {
    listen,
    port,
    limits: { defaultBlockSize: blocksize, largestWindowSize: LARGEST_WINDOW, timeoutSeconds: timeout },
    retries: RETRIES,
    mostTransfers: MOST_TRANSFERS,
  };
}
