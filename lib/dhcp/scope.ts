import type { Cooldown } from "../common/cooldown.js";
import type { Sourced } from "../config/origin.js";
import type { Allocator } from "../leases/allocator.js";
import type { Subnet } from "../net/subnet.js";
import type { LinkName } from "./link.js";
import type { NetworkFacts } from "./reply-facts.js";

/** A network to give addresses in: its parameters, and who gives its addresses. */
export interface Scope {
  readonly subnet: Subnet;
  /** The interface that is in this network; undefined where only relay agents reach it. */
  readonly interfaceName: string | undefined;
  /** The `shared_network` name of its link; networks of one interface share a link without a name. */
  readonly sharedNetwork: string | undefined;
  readonly allocator: Allocator;
  /** Returns the parameters for machines that reach us by a link. */
  readonly facts: (link: LinkName) => NetworkFacts;
  /** The boot file of all machines of the network, if it sets one. */
  readonly bootFile: Sourced<string> | undefined;
  /** Limits the warnings that no address is left. */
  readonly exhaustion: Cooldown;
}

/** All networks of a link, in the order in which they serve a request. */
export type Networks = readonly [Scope, ...(readonly Scope[])];
