import type { Transaction } from "../common/transaction.js";
import type { EventBus } from "../events/event.js";
import type { Log } from "../observe/log.js";
import type { Clock } from "../common/clock.js";
import type { Libc } from "../os/libc.js";
import type { UdpNetwork } from "../os/udp.js";
import type { Privileges } from "../os/privileges.js";

/** What of the system services run on, and where they tell what happens. */
export interface ServiceParts {
  readonly log: Log;
  readonly network: UdpNetwork;
  /** The calls of the C library, where there is a way to them. */
  readonly libc: Libc | undefined;
  readonly clock: Clock;
  /** What the process may do, and is to do as somebody with fewer rights. */
  readonly privileges: Privileges;
  readonly events: EventBus;
}

/**
 * A part of the daemon that goes by a configuration, and by another one without being stopped. `Order` is what it needs
 * of it.
 */
export interface Service<Order> {
  /**
   * Makes ready what a configuration asks for, the first one or the next; until it is committed, nothing of what runs
   * changes. What is to stay the same stays open.
   *
   * @throws {StartError} where something cannot be had; nothing is left then of what was made ready
   */
  prepare(order: Order): Promise<Transaction>;
  /** Ends it, and what it has under way. */
  stop(): void | Promise<void>;
}
