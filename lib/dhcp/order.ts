import type { AccessPolicy } from "../access/access.js";
import type { HostSource } from "../inventory/source.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { FrameSender } from "../os/frame-sender.js";
import type { AnswerSettings } from "./answer.js";
import type { LinkPlace, ServicePort } from "./link.js";
import type { Profiles } from "../machine/profile.js";
import type { Scopes } from "./scopes.js";

/** The configuration of a DHCP server; it may change while the server runs. */
export interface DhcpOrder {
  /** The interfaces to serve. */
  readonly links: readonly LinkPlace[];
  /** Returns the frame sender of an interface; undefined where frames cannot be sent. */
  readonly frames: (interfaceName: string) => FrameSender | undefined;
  readonly scopes: Scopes;
  readonly access: AccessPolicy;
  /** The inventory. */
  readonly hosts: HostSource;
  readonly profiles: Profiles;
  readonly settings: DhcpSettings;
}

/** The settings of a DHCP server. */
export interface DhcpSettings extends AnswerSettings {
  /** The address to listen on; 0.0.0.0 for all. */
  readonly listenAddress: Ipv4;
  /** The ports to listen on. */
  readonly ports: readonly ServicePort[];
  /** Whether another server gives the addresses, so that this one answers boot requests only. */
  readonly proxy: boolean;
  /** Whether a proxy answers known machines only. */
  readonly knownOnly: boolean;
  /** Whether only machines with an address of their own in the inventory are served. */
  readonly reservedOnly: boolean;
  /** Whether to send nothing. */
  readonly dryRun: boolean;
  /** Whether to serve clients that were not seen to boot from here before. */
  readonly allowSimple: boolean;
}
