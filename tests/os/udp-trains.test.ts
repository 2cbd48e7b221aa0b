/** Blocks that the kernel is asked to cut messages into, where it refuses to. */

import { Refusal } from "../../lib/common/refusal.js";
import { constants } from "node:os";
import t, { type Test } from "tap";
import { loadLibc, type Libc } from "../../lib/os/libc.js";
import { linuxNetwork } from "../../lib/os/udp-linux.js";
import type { Datagram, UdpNetwork, UdpSocket } from "../../lib/os/udp.js";
import { ip } from "../support/values.js";

const { EMSGSIZE, EINVAL, EIO, EOPNOTSUPP, EPERM } = constants.errno;

// struct mmsghdr of Linux on 64-bit machines.
const HEADER_SIZE = 64;
const CONTROL_LENGTH = 40;

const BLOCKS = 20;
const TEN_MINUTES = 600_000;

const loaded = await loadLibc();
const skip = loaded instanceof Refusal ? `the system's own calls cannot be had: ${loaded.cause}` : false;

/** The system's network, but for messages that are to be cut: they are refused. */
class NarrowNetwork {
  readonly network: UdpNetwork;
  /** The number of messages that were refused. */
  refused = 0;
  now = 0;

  constructor(libc: Libc, code: number) {
    let errno: number | undefined;
    const sendmmsg: Libc["sendmmsg"] = (descriptor, messages, count, flags) => {
      const isTrain = (slot: number): boolean => messages.readUInt32LE(slot * HEADER_SIZE + CONTROL_LENGTH) !== 0;
      const whole = Array.from({ length: count }, (_, slot) => slot).findIndex(isTrain);
      errno = whole === 0 ? code : undefined;
      if (whole !== 0) return libc.sendmmsg(descriptor, messages, whole < 0 ? count : whole, flags);
      this.refused += 1;
      return -1;
    };
    const clock = { now: () => this.now, afterInput: (action: () => void) => void setImmediate(action) };
    this.network = linuxNetwork({ ...libc, sendmmsg, errno: () => errno ?? libc.errno() }, clock);
  }
}

interface Opened {
  readonly socket: UdpSocket;
  readonly errors: readonly Error[];
  /** Sends blocks of a size to it from `sender`, and requires that they arrive whole and in order. */
  readonly take: (sender: Opened, size: number) => Promise<void>;
}

async function open(t: Test, network: UdpNetwork, address = "127.0.0.1"): Promise<Opened> {
  const arrived: Buffer[] = [];
  const errors: Error[] = [];
  const onDatagrams = (batch: readonly Datagram[]): void => {
    arrived.push(...batch.map(({ payload }) => Buffer.from(payload)));
  };
  const onError = (error: Error): void => void errors.push(error);
  const socket = await network.open({ address: ip(address), port: 0 }, { onDatagrams, onError });
  t.teardown(() => {
    socket.close();
  });
  const take = async (sender: Opened, size: number): Promise<void> => {
    const peer = socket.local;
    const blocks = Array.from({ length: BLOCKS }, (_, index) => Buffer.alloc(size, index));
    sender.socket.send(blocks.map((payload, index) => ({ prefix: index, payload, peer })));
    const deadline = Date.now() + 10_000;
    while (arrived.length < BLOCKS && Date.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
    const sent = blocks.map((block, index) => Buffer.concat([Buffer.from([0, 0, 0, index]), block]));
    t.ok(Buffer.concat(arrived.splice(0)).equals(Buffer.concat(sent)), `blocks of ${size} octets arrive in order`);
  };
  return { socket, errors, take };
}

for (const [name, code, smallerMay] of [
  ["EMSGSIZE", EMSGSIZE, true],
  ["EINVAL", EINVAL, true],
  ["EIO", EIO, false],
  ["EOPNOTSUPP", EOPNOTSUPP, false],
] as const) {
  await t.test(`what the kernel does not cut is sent piece by piece: ${name}`, { skip }, async (t) => {
    const narrow = new NarrowNetwork(loaded as Libc, code);
    const alice = await open(t, narrow.network);
    const bob = await open(t, narrow.network);
    const carol = await open(t, narrow.network, "127.0.0.2");
    await bob.take(alice, 1468);
    t.equal(narrow.refused, 1);
    await bob.take(alice, 1468);
    t.equal(narrow.refused, 1, "it is not asked again for this client");
    await bob.take(alice, 1024);
    t.equal(narrow.refused, smallerMay ? 2 : 1, "smaller ones may fit, where the size is what was refused");
    await carol.take(alice, 1468);
    t.equal(narrow.refused, smallerMay ? 3 : 2, "for another client it is asked");
    narrow.now += TEN_MINUTES;
    await bob.take(alice, 1468);
    t.equal(narrow.refused, smallerMay ? 4 : 3, "after ten minutes it is asked again");
    t.strictSame(alice.errors, []);
  });
}

await t.test("what the system does not let out is told once, and not sent piece by piece", { skip }, async (t) => {
  const narrow = new NarrowNetwork(loaded as Libc, EPERM);
  const alice = await open(t, narrow.network);
  const payload = Buffer.alloc(1000);
  const peer = { address: ip("127.0.0.1"), port: alice.socket.local.port };
  alice.socket.send(Array.from({ length: BLOCKS }, () => ({ payload, peer })));
  await new Promise((resolve) => setImmediate(resolve));
  t.equal(narrow.refused, 1);
  t.match(alice.errors, [{ code: "EPERM" }]);
  t.equal(alice.errors.length, 1);
});

await t.test("what may be cut into fragments is not joined, and arrives", { skip }, async (t) => {
  const narrow = new NarrowNetwork(loaded as Libc, EIO);
  const alice = await open(t, narrow.network);
  const payload = Buffer.alloc(1000);
  const peer = { address: ip("127.0.0.1"), port: alice.socket.local.port };
  alice.socket.send(Array.from({ length: BLOCKS }, () => ({ payload, peer, mayFragment: true })));
  await new Promise((resolve) => setImmediate(resolve));
  t.equal(narrow.refused, 0);
  t.strictSame(alice.errors, []);
});
