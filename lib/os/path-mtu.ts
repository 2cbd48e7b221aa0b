import type { Ipv4 } from "../net/ipv4.js";
import type { Libc } from "./libc.js";
import type { Endpoint } from "./udp.js";

/**
 * A function that returns the path MTU: the largest IP packet, in octets, that goes whole from one of our addresses to
 * a host. The system knows it from the outgoing interface, the route, and what routers have reported (RFC 1191).
 *
 * @returns undefined where the system does not tell, or has no route
 */
export type PathMtu = (source: Ipv4, destination: Endpoint) => number | undefined;

/** The calls of the C library that asking takes. */
export type PathMtuCalls = Pick<Libc, "socket" | "bind" | "connect" | "getsockopt" | "close">;

const AF_INET = 2;
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
const IPPROTO_IP = 0;
/** IP_MTU of ip(7): the known path MTU of a connected socket. */
const IP_MTU = 14;

/** Makes a function that asks by a UDP socket. It connects the socket, which sends nothing, and closes it. */
export function pathMtuBy(libc: PathMtuCalls): PathMtu {
  return (source, destination) => {
    const descriptor = libc.socket(AF_INET, SOCK_DGRAM_CLOEXEC, 0);
    if (descriptor < 0) return undefined;
    try {
      const [own, other] = [socketAddress({ address: source, port: 0 }), socketAddress(destination)];
      if (libc.bind(descriptor, own, own.length) !== 0) return undefined;
      if (libc.connect(descriptor, other, other.length) !== 0) return undefined;
      const [value, length] = [Buffer.alloc(4), Buffer.alloc(4)];
      length.writeUInt32LE(value.length);
      if (libc.getsockopt(descriptor, IPPROTO_IP, IP_MTU, value, length) !== 0) return undefined;
      return value.readUInt32LE();
    } finally {
      libc.close(descriptor);
    }
  };
}

/** Encodes struct sockaddr_in of ip(7). */
export function socketAddress({ address, port }: Endpoint): Buffer {
  const name = Buffer.alloc(16);
  name.writeUInt16LE(AF_INET, 0);
  name.writeUInt16BE(port, 2);
  name.writeUInt32BE(address, 4);
  return name;
}
