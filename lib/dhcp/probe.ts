import { randomBytes } from "node:crypto";
import { LIMITED_BROADCAST, UNSPECIFIED, type Ipv4 } from "../net/ipv4.js";
import type { UdpHandlers, UdpNetwork, UdpSocket } from "../net/udp.js";
import { CLIENT_PORT, SERVER_PORT } from "./destination.js";
import {
  addressOption,
  BOOTREPLY,
  BOOTREQUEST,
  BROADCAST_FLAG,
  decodeMessage,
  encodeMessage,
  MessageType,
} from "./message.js";
import { Code } from "./options.js";
import { asError } from "../net/error.js";

/** Some servers ping an address before they offer it. */
const PATIENCE_MILLISECONDS = 3000;

/**
 * Looks for a DHCP server on a link, as a client does: asks for an address, and leaves what is offered.
 *
 * @param address our own on that link
 * @returns the address of the first server that answers; undefined where none does in time
 * @throws the system's error when the clients' port cannot be opened
 */
export async function findDhcpServer(network: UdpNetwork, address: Ipv4): Promise<Ipv4 | undefined> {
  const discover = makeDiscover();
  const sockets: UdpSocket[] = [];
  try {
    return await new Promise<Ipv4 | undefined>((resolve, reject) => {
      const timer = setTimeout(resolve, PATIENCE_MILLISECONDS, undefined);
      const handlers: UdpHandlers = {
        onDatagrams: (batch) => {
          for (const { payload } of batch) {
            const server = offerOf(payload, discover.xid);
            if (server === undefined) continue;
            clearTimeout(timer);
            resolve(server);
          }
        },
        onError: reject,
      };
      void (async () => {
        try {
          // Replies are broadcast; the request has to leave by the interface that has the address.
          for (const own of [UNSPECIFIED, address]) {
            sockets.push(await network.open({ address: own, port: CLIENT_PORT, broadcast: true }, handlers));
          }
          sockets[1]?.send([{ payload: discover.packet, peer: { address: LIMITED_BROADCAST, port: SERVER_PORT } }]);
        } catch (error) {
          clearTimeout(timer);
          reject(asError(error));
        }
      })();
    });
  } finally {
    for (const socket of sockets) socket.close();
  }
}

function makeDiscover(): { readonly xid: number; readonly packet: Buffer } {
  const random = randomBytes(9);
  const xid = random.readUInt32BE(5);
  const chaddr = Buffer.alloc(16);
  // A locally administered address: one that no machine has.
  chaddr.set([0x02, ...random.subarray(0, 5)]);
  const none = Buffer.alloc(0);
  const addresses = { ciaddr: UNSPECIFIED, yiaddr: UNSPECIFIED, siaddr: UNSPECIFIED, giaddr: UNSPECIFIED };
  const options = new Map([[Code.messageType, Buffer.from([MessageType.discover])]]);
  const header = { op: BOOTREQUEST, htype: 1, hlen: 6, hops: 0, xid, secs: 0, flags: BROADCAST_FLAG };
  return { xid, packet: encodeMessage({ ...header, ...addresses, chaddr, sname: none, file: none, options }) };
}

function offerOf(payload: Buffer, xid: number): Ipv4 | undefined {
  try {
    const reply = decodeMessage(payload);
    return reply.op === BOOTREPLY && reply.xid === xid ? addressOption(reply, Code.serverIdentifier) : undefined;
  } catch {
    return undefined;
  }
}
