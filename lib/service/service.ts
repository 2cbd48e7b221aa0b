import type { Transaction } from "../common/transaction.js";
import type { EventBus } from "../events/event.js";
import type { PacketTap } from "../events/packet-tap.js";
import type { Log } from "../observe/log.js";
import type { Clock } from "../common/clock.js";
import type { Libc } from "../os/libc.js";
import type { UdpNetwork } from "../os/udp.js";
import type { Privileges } from "../os/privileges.js";

/** The system facilities that services run on, and what they tell of: events and packets. */
export interface ServiceParts {
  readonly log: Log;
  readonly network: UdpNetwork;
  /** Calls into the C library, where available. */
  readonly libc: Libc | undefined;
  readonly clock: Clock;
  /** The rights of the process, and the means to act with those of a less privileged user. */
  readonly privileges: Privileges;
  readonly events: EventBus;
  /** Shows the packets of DHCP and TFTP. */
  readonly tap: PacketTap;
}

/**
 * A part of the daemon that runs with a configuration and takes another one without a stop. `Order` is the part of the
 * configuration that it needs.
 */
export interface Service<Order> {
  /**
   * Prepares for a configuration, the first or the next. Changes nothing that runs until the transaction is committed;
   * sockets and files that stay the same stay open.
   *
   * @throws {StartError} where a resource is not available; everything prepared is released then
   */
  prepare(order: Order): Promise<Transaction>;
  /** Stops the service and its running work. */
  stop(): void | Promise<void>;
}
