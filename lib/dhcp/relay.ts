import { ByteReader, DecodeError } from "../common/byte-reader.js";
import { isLoopback, isUnicast, toIpv4, UNSPECIFIED, type Ipv4 } from "../net/ipv4.js";
import { addressOption, type Message } from "./message.js";
import { Code } from "../options/codes.js";

/** The sub-options of option 82 that the server uses (RFC 3046). */
export interface RelayNotes {
  /** The subnet of the client, where it is not that of giaddr (RFC 3527). */
  readonly link: Ipv4 | undefined;
  /** The server identifier to announce to the client (RFC 5107). */
  readonly serverIdentifier: Ipv4 | undefined;
  /** Whether the relay agent wants its answer on its source port (RFC 8357). */
  readonly ownPort: boolean;
}

const SubCode = { linkSelection: 5, serverIdentifierOverride: 11, relaySourcePort: 19 } as const;

const NOTHING: RelayNotes = { link: undefined, serverIdentifier: undefined, ownPort: false };

/** Decodes option 82. Ignores a malformed sub-option, and all that follows one that runs past the end. */
export function relayNotes(message: Message): RelayNotes {
  const value = message.options.get(Code.relayAgentInformation);
  if (value === undefined) return NOTHING;
  const found = subOptions(value);
  return {
    link: addressIn(found.get(SubCode.linkSelection)),
    serverIdentifier: addressIn(found.get(SubCode.serverIdentifierOverride)),
    ownPort: found.get(SubCode.relaySourcePort)?.length === 0,
  };
}

/** An address in the client's network, and who names it. */
export interface ClientLink {
  readonly address: Ipv4;
  readonly by: "relay" | "link-selection" | "subnet-selection";
}

/**
 * Returns the network that a request names for its client: selected by the relay agent (RFC 3527), selected by the
 * client (RFC 3011), or the relay agent's own.
 *
 * @returns undefined for a client on the link that the request came in on
 */
export function linkOf(message: Message, { link }: RelayNotes): ClientLink | undefined {
  if (isAddress(link)) return { address: link, by: "link-selection" };
  const selected = addressOption(message, Code.subnetSelection);
  if (isAddress(selected)) return { address: selected, by: "subnet-selection" };
  if (isAddress(message.giaddr)) return { address: message.giaddr, by: "relay" };
  return undefined;
}

/**
 * Whether a relay agent that reaches us at `own` can have this address; a loopback address only where loopback is
 * served.
 */
export function isRelayAddress(giaddr: Ipv4, own: Ipv4): boolean {
  return isUnicast(giaddr) || (isLoopback(giaddr) && isLoopback(own));
}

function subOptions(value: Buffer): ReadonlyMap<number, Buffer> {
  const found = new Map<number, Buffer>();
  const reader = new ByteReader(value);
  try {
    while (reader.remaining > 0) {
      const code = reader.uint8("sub-option code");
      const octets = reader.bytes(reader.uint8("sub-option length"), "sub-option");
      if (!found.has(code)) found.set(code, octets);
    }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
  }
  return found;
}

function addressIn(octets: Buffer | undefined): Ipv4 | undefined {
  return octets?.length === 4 ? toIpv4(octets.readUInt32BE(0)) : undefined;
}

function isAddress(address: Ipv4 | undefined): address is Ipv4 {
  return address !== undefined && address !== UNSPECIFIED;
}
