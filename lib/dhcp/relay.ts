import { ByteReader, DecodeError } from "../common/byte-reader.js";
import { isLoopback, isUnicast, toIpv4, UNSPECIFIED, type Ipv4 } from "../net/ipv4.js";
import { addressOption, type Message } from "./message.js";
import { Code } from "../options/registry.js";

/** What a relay agent notes of a request (RFC 3046), as far as the server goes by it. */
export interface RelayNotes {
  /** The network that the client is on, where it is not that of giaddr (RFC 3527). */
  readonly link: Ipv4 | undefined;
  /** The address that the client is to know as its server's (RFC 5107). */
  readonly serverIdentifier: Ipv4 | undefined;
  /** Whether the relay agent wants its answer on the port that it asked from (RFC 8357). */
  readonly ownPort: boolean;
}

const SubCode = { linkSelection: 5, serverIdentifierOverride: 11, relaySourcePort: 19 } as const;

const NOTHING: RelayNotes = { link: undefined, serverIdentifier: undefined, ownPort: false };

/** Reads option 82. A sub-option that is malformed, and what follows one that runs past the end, counts for nothing. */
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

/** An address of the network that a client is on, and who says so in words that go before it. */
export interface ClientLink {
  readonly address: Ipv4;
  readonly why: string;
}

/**
 * The network that a client is on, where the request tells: the one that its relay agent selected (RFC 3527), that the
 * client selected (RFC 3011), or the relay agent's own.
 *
 * @returns undefined for a client that is on the link that the request came in on
 */
export function linkOf(message: Message, { link }: RelayNotes): ClientLink | undefined {
  if (isAddress(link)) return { address: link, why: "its relay agent selected the link" };
  const selected = addressOption(message, Code.subnetSelection);
  if (isAddress(selected)) return { address: selected, why: "it selected the subnet" };
  if (isAddress(message.giaddr)) return { address: message.giaddr, why: "it was relayed by" };
  return undefined;
}

/** Whether a relay agent that reaches us at `own` can have this address; one on this very host where that is served. */
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
