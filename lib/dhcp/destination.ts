import { LIMITED_BROADCAST, UNSPECIFIED } from "../net/ipv4.js";
import type { Endpoint } from "../net/udp.js";
import { MessageType, type Message } from "./message.js";

/** The well-known ports of RFC 951 3. */
export const SERVER_PORT = 67;
export const CLIENT_PORT = 68;

/** What the way of a reply depends on beside the messages. */
export interface Delivery {
  /** The port that the server listens on. */
  readonly serverPort: number;
  /** Where the request came from. */
  readonly source: Endpoint;
  /** The machine is listed in `[buggy_clients]`. */
  readonly broadcastOnly: boolean;
}

/**
 * Where a reply goes (RFC 2131 4.1): to the relay agent, to the address that the client has, or to everybody on the
 * link. A client that has no address yet could only be reached alone through a packet socket, since it does not answer
 * ARP; without one everybody is the way the RFC leaves.
 *
 * On a server port of its own (`port` is not 67) clients and relay agents are answered on the port they sent from.
 */
export function destinationOf(reply: Message, type: number | undefined, delivery: Delivery): Endpoint {
  const { serverPort, source, broadcastOnly } = delivery;
  const standard = serverPort === SERVER_PORT;
  if (reply.giaddr !== UNSPECIFIED) return { address: reply.giaddr, port: standard ? SERVER_PORT : source.port };
  const port = standard ? CLIENT_PORT : source.port;
  // RFC 2131 4.1: a DHCPNAK is broadcast whatever the client says, since its address may be wrong for the link.
  if (type === MessageType.nak || broadcastOnly || reply.ciaddr === UNSPECIFIED)
    return { address: LIMITED_BROADCAST, port };
  return { address: reply.ciaddr, port };
}
