import { LIMITED_BROADCAST, UNSPECIFIED, type Ipv4 } from "../net/ipv4.js";
import { macFromBytes, type Mac } from "../net/mac.js";
import type { Endpoint } from "../os/udp.js";
import { BROADCAST_FLAG, MessageType, type Message } from "./message.js";

/** The well-known ports of RFC 951 3. */
export const SERVER_PORT = 67;
export const CLIENT_PORT = 68;

/** What the way of a reply depends on beside the reply itself. */
export interface Delivery {
  /** The port that the server listens on. */
  readonly serverPort: number;
  /** Where the request came from. */
  readonly source: Endpoint;
  /** The address that the request says the client has; the reply has it only where the client keeps it. */
  readonly ciaddr: Ipv4;
  /** Whether one machine beside this host can have an address: nothing is sent to a broadcast, a group, or ourselves. */
  readonly isOthers: (address: Ipv4) => boolean;
  /** The machine is listed in `[buggy_clients]`. */
  readonly broadcastOnly: boolean;
  /** Frames can be sent to a hardware address. */
  readonly frames: boolean;
  /** The relay agent wants its answer on the port that it asked from (RFC 8357). */
  readonly relayPort: boolean;
}

/** Where a reply goes. */
export interface Destination {
  readonly peer: Endpoint;
  /** The machine to send it to in a frame, since it does not answer ARP for the peer's address yet. */
  readonly mac: Mac | undefined;
}

/** Ethernet, the one kind of link whose frames we send (hardware type 1 of RFC 1700), and the size of its addresses. */
const ETHERNET = 1;
const ETHERNET_ADDRESS_SIZE = 6;

/**
 * Where a reply goes (RFC 2131 4.1): to the relay agent, to the address that the client has, in a frame to the client
 * that is given one, or to everybody on the link: that is the way the RFC leaves where frames cannot be sent. An address
 * that no other machine can have counts as none.
 *
 * On a server port of its own (`port` is not 67) clients and relay agents are answered on the port they sent from.
 */
export function destinationOf(reply: Message, type: number | undefined, delivery: Delivery): Destination {
  const { serverPort, source, isOthers, broadcastOnly, relayPort } = delivery;
  const standard = serverPort === SERVER_PORT;
  const to = (address: Ipv4, port: number, mac?: Mac): Destination => ({ peer: { address, port }, mac });
  if (reply.giaddr !== UNSPECIFIED) return to(reply.giaddr, standard && !relayPort ? SERVER_PORT : source.port);
  const port = standard ? CLIENT_PORT : source.port;
  // RFC 2131 4.1: a DHCPNAK is broadcast whatever the client says, since its address may be wrong for the link.
  if (type === MessageType.nak || broadcastOnly) return to(LIMITED_BROADCAST, port);
  if (isOthers(reply.ciaddr)) return to(reply.ciaddr, port);
  // An INFORM whose client forgot to say its address; to an offer such a client would not listen there.
  if (type === MessageType.ack && reply.yiaddr === UNSPECIFIED && isOthers(source.address)) {
    return to(source.address, port);
  }
  return standard && canTakeFrame(reply, delivery)
    ? to(reply.yiaddr, port, macFromBytes(reply.chaddr.subarray(0, ETHERNET_ADDRESS_SIZE)))
    : to(LIMITED_BROADCAST, port);
}

/**
 * Whether a client without an address hears a frame for the address that it is given. One that says it has another
 * may have a stack that takes nothing but what is for that one.
 */
function canTakeFrame({ flags, htype, hlen, chaddr, yiaddr }: Message, { ciaddr, frames }: Delivery): boolean {
  const asksForBroadcast = (flags & BROADCAST_FLAG) !== 0;
  const gets = yiaddr !== UNSPECIFIED && ciaddr === UNSPECIFIED && !asksForBroadcast;
  return frames && gets && htype === ETHERNET && hlen === ETHERNET_ADDRESS_SIZE && isOneMachines(chaddr);
}

/** Whether a hardware address is of one machine: the lowest bit of a group's first octet is set (IEEE 802-2014 8.2.2). */
function isOneMachines(chaddr: Buffer): boolean {
  const octets = chaddr.subarray(0, ETHERNET_ADDRESS_SIZE);
  return (octets.readUInt8(0) & 1) === 0 && octets.some((octet) => octet !== 0);
}
