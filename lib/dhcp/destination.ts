import { LIMITED_BROADCAST, UNSPECIFIED, type Ipv4 } from "../net/ipv4.js";
import { macFromBytes, type Mac } from "../net/mac.js";
import type { Endpoint } from "../os/udp.js";
import { BROADCAST_FLAG, MessageType, type Message } from "./message.js";

/** The well-known ports of RFC 951 3. */
export const SERVER_PORT = 67;
export const CLIENT_PORT = 68;

/** The inputs of a reply's destination beside the reply. */
export interface Delivery {
  /** The port that the server listens on. */
  readonly serverPort: number;
  /** The source of the request. */
  readonly source: Endpoint;
  /** The ciaddr of the request; the reply has it only where the client keeps that address. */
  readonly ciaddr: Ipv4;
  /**
   * Whether a single machine other than this host can have an address: replies never go to broadcast or group
   * addresses, or to ourselves.
   */
  readonly isOthers: (address: Ipv4) => boolean;
  /** Whether the machine is listed in `[buggy_clients]`. */
  readonly broadcastOnly: boolean;
  /** Whether frames can be sent to a hardware address. */
  readonly frames: boolean;
  /** Whether the relay agent wants its answer on its source port (RFC 8357). */
  readonly relayPort: boolean;
}

/** The destination of a reply. */
export interface Destination {
  readonly peer: Endpoint;
  /** The hardware address to send a frame to, since the client does not answer ARP for the peer's address yet. */
  readonly mac: Mac | undefined;
}

/** Ethernet, the only link type we send frames on (hardware type 1 of RFC 1700), and the size of its addresses. */
const ETHERNET = 1;
const ETHERNET_ADDRESS_SIZE = 6;

/**
 * Returns the destination of a reply (RFC 2131 4.1): the relay agent, the client's address, a frame to the client, or,
 * where frames cannot be sent, a broadcast as the RFC allows. An address that no other machine can have is ignored.
 *
 * On a server port other than 67 clients and relay agents are answered on the port they sent from.
 */
export function destinationOf(reply: Message, type: number | undefined, delivery: Delivery): Destination {
  const { serverPort, source, isOthers, broadcastOnly, relayPort } = delivery;
  const standard = serverPort === SERVER_PORT;
  const to = (address: Ipv4, port: number, mac?: Mac): Destination => ({ peer: { address, port }, mac });
  if (reply.giaddr !== UNSPECIFIED) return to(reply.giaddr, standard && !relayPort ? SERVER_PORT : source.port);
  const port = standard ? CLIENT_PORT : source.port;
  // RFC 2131 4.1: a DHCPNAK is always broadcast, since the client's address may be wrong for the link.
  if (type === MessageType.nak || broadcastOnly) return to(LIMITED_BROADCAST, port);
  if (isOthers(reply.ciaddr)) return to(reply.ciaddr, port);
  // An INFORM without ciaddr. An OFFER is never sent there: the client would not listen.
  if (type === MessageType.ack && reply.yiaddr === UNSPECIFIED && isOthers(source.address)) {
    return to(source.address, port);
  }
  return standard && canTakeFrame(reply, delivery)
    ? to(reply.yiaddr, port, macFromBytes(reply.chaddr.subarray(0, ETHERNET_ADDRESS_SIZE)))
    : to(LIMITED_BROADCAST, port);
}

/**
 * Whether a client without an address receives a frame for the address it is given. A client with a ciaddr may have a
 * stack that accepts only frames for that address.
 */
function canTakeFrame({ flags, htype, hlen, chaddr, yiaddr }: Message, { ciaddr, frames }: Delivery): boolean {
  const asksForBroadcast = (flags & BROADCAST_FLAG) !== 0;
  const gets = yiaddr !== UNSPECIFIED && ciaddr === UNSPECIFIED && !asksForBroadcast;
  return frames && gets && htype === ETHERNET && hlen === ETHERNET_ADDRESS_SIZE && isOneMachines(chaddr);
}

/**
 * Whether a hardware address is unicast: the lowest bit of a group address's first octet is set (IEEE 802-2014 8.2.2).
 */
function isOneMachines(chaddr: Buffer): boolean {
  const octets = chaddr.subarray(0, ETHERNET_ADDRESS_SIZE);
  return (octets.readUInt8(0) & 1) === 0 && octets.some((octet) => octet !== 0);
}
