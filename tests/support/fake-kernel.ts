import { constants } from "node:os";
import type { PacketCalls } from "../../lib/os/packet-socket.js";

/** The descriptor of its sockets. */
export const DESCRIPTOR = 12;

const { ENODEV, ENXIO } = constants.errno;

/** A kernel with the one interface eth0, which remembers what it is asked. */
export class FakeKernel implements PacketCalls {
  /** The index of eth0; 0 while there is no such interface. */
  index = 7;
  /** The error numbers of the calls of sendto to come, 0 for one that succeeds; all do after that. */
  readonly refusals: number[] = [];
  /** The error number that socket() fails with; 0 where it succeeds. */
  denial = 0;
  readonly sockets: number[][] = [];
  readonly sent: { readonly packet: string; readonly address: string }[] = [];
  readonly closed: number[] = [];
  #errno = 0;

  readonly if_nametoindex = (name: string): number => {
    if (name === "eth0" && this.index !== 0) return this.index;
    this.#errno = ENODEV;
    return 0;
  };

  readonly socket = (...numbers: number[]): number => {
    this.sockets.push(numbers);
    this.#errno = this.denial;
    return this.denial === 0 ? DESCRIPTOR : -1;
  };

  readonly sendto: PacketCalls["sendto"] = (descriptor, octets, length, _flags, address, addressLength) => {
    if (descriptor !== DESCRIPTOR || length !== octets.length || addressLength !== address.length) return -1;
    const index = address.readInt32LE(4);
    this.#errno = this.refusals.shift() ?? (index === this.index ? 0 : ENXIO);
    if (this.#errno !== 0) return -1;
    this.sent.push({ packet: octets.toString("hex"), address: address.toString("hex") });
    return length;
  };

  readonly close = (descriptor: number): number => {
    this.closed.push(descriptor);
    return 0;
  };

  readonly errno = (): number => this.#errno;
}
