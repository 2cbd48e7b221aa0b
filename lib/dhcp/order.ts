import type { AccessPolicy } from "../access/access.js";
import type { HostSource } from "../inventory/source.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { FrameSender } from "../os/frame-sender.js";
import type { AnswerSettings } from "./answer.js";
import type { LinkPlace, ServicePort } from "./link.js";
import type { Profiles } from "../machine/profile.js";
import type { Scopes } from "./scopes.js";

/** What a DHCP server goes by, which may be something else while it runs. */
export interface DhcpOrder {
  /** The interfaces to serve. */
  readonly links: readonly LinkPlace[];
  /** What sends frames out of an interface to machines that have no address yet, where there is such a way. */
  readonly frames: (interfaceName: string) => FrameSender | undefined;
  readonly scopes: Scopes;
  readonly access: AccessPolicy;
  /** What is known of machines beforehand. */
  readonly hosts: HostSource;
  readonly profiles: Profiles;
  readonly settings: DhcpSettings;
}

/** What it goes by. */
export interface DhcpSettings extends AnswerSettings {
  /** The address to listen on; 0.0.0.0 for all. */
  readonly listenAddress: Ipv4;
  /** The ports to listen on. */
  readonly ports: readonly ServicePort[];
  /** Whether another server gives the addresses, so that this one tells only what to boot. */
  readonly proxy: boolean;
  /** Whether that is only for machines that something is known of. */
  readonly knownOnly: boolean;
  /** Send nothing. */
  readonly dryRun: boolean;
  /** Serve clients that were not seen to boot from here before. */
  readonly allowSimple: boolean;
}
