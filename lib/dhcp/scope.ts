import type { Cooldown } from "../common/cooldown.js";
import type { Leases } from "../leases/leases.js";
import type { Subnet } from "../net/subnet.js";
import type { LinkName } from "./link.js";
import type { NetworkFacts } from "./reply.js";

/** A network that addresses are given in: what its machines are told, and who has which address. */
export interface Scope {
  readonly subnet: Subnet;
  /** The interface that is in this network; undefined where only relay agents reach it. */
  readonly interfaceName: string | undefined;
  /** The name of its link, which other networks may be on too; those of one interface are in any case. */
  readonly sharedNetwork: string | undefined;
  readonly leases: Leases;
  /** What its machines are told where they reach us by a link. */
  readonly facts: (link: LinkName) => NetworkFacts;
  /** The boot file of all its machines, where it has one of its own. */
  readonly bootFile: string | undefined;
  /** When the operator is to be warned that no address is left. */
  readonly exhaustion: Cooldown;
}

/** All networks of a link, in the order in which they serve a request. */
export type Networks = readonly [Scope, ...(readonly Scope[])];
