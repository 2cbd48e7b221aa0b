import type { Ipv4 } from "../net/ipv4.js";
import type { Subnet } from "../net/subnet.js";
import type { Limits } from "./negotiate.js";
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
