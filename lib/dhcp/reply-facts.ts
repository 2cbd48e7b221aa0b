import type { Origin, Sourced } from "../config/origin.js";
import type { Host } from "../inventory/host.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { Subnet } from "../net/subnet.js";
import { Code } from "../options/codes.js";
import { encodeAddresses } from "../options/encodings.js";
import type { OptionPlan, OptionValues } from "../options/setting.js";
import type { LeaseTerms } from "./lease-time.js";
import type { SubnetOrigins } from "./subnet-origins.js";

/** The parameters of a network that replies announce. */
export interface NetworkFacts extends LeaseTerms {
  readonly serverAddress: Ipv4;
  /** The server identifier to announce where it is not the server's address (RFC 5107). */
  readonly serverIdentifier?: Ipv4;
  readonly subnet: Subnet;
  readonly router: Ipv4 | undefined;
  readonly dns: readonly Ipv4[];
  readonly domain: string;
  /** The name of the boot server, for `sname` and option 66; at most 63 octets. */
  readonly serverName: string;
  /** The TFTP server, where it is not this host. */
  readonly nextServer?: Ipv4 | undefined;
  /** The options set by the operator; they replace those derived from the fields above. */
  readonly options: OptionPlan;
  readonly origins: SubnetOrigins;
  /** The result of {@link encodeFacts}, if already computed: it is the same in each reply. */
  readonly encoded?: EncodedFacts;
  /** The parameters of machines with settings of their own, as far as they are already computed. */
  readonly ofHosts?: WeakMap<Host, NetworkFacts>;
}

/** The encoded parameters of a network. */
export interface EncodedFacts {
  readonly sname: Buffer;
  readonly serverIdentifier: Sourced<Buffer>;
  readonly options: OptionValues;
}

/** Encodes the parameters that are the same in each reply. */
export function encodeFacts(facts: NetworkFacts): EncodedFacts {
  const { subnet, router, dns, domain, serverName, serverAddress, origins } = facts;
  return {
    sname: Buffer.from(serverName),
    serverIdentifier: { value: encodeAddresses([serverAddress]), origin: origins.server },
    options: new Map<number, Sourced<Buffer>>([
      [Code.subnetMask, { value: encodeAddresses([subnet.mask]), origin: origins.network }],
      [Code.router, { value: encodeAddresses(router === undefined ? [] : [router]), origin: origins.router }],
      [Code.domainNameServer, { value: encodeAddresses(dns), origin: origins.dns }],
      [Code.domainName, { value: Buffer.from(domain), origin: origins.domain }],
      [Code.broadcastAddress, { value: encodeAddresses([subnet.broadcast]), origin: origins.network }],
    ]),
  };
}

/** Returns the origin of the address that boot files come from. */
export function bootServerOrigin({ nextServer, origins }: Pick<NetworkFacts, "nextServer" | "origins">): Origin {
  return nextServer === undefined ? origins.server : origins.nextServer;
}

/** Returns the origin of the name of the boot server. */
export function serverNameOrigin(facts: Pick<NetworkFacts, "nextServer" | "origins">): Origin {
  return facts.origins.serverName ?? bootServerOrigin(facts);
}
