import { Refusal } from "../../lib/common/refusal.js";
import { spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { fileURLToPath } from "node:url";
import t, { type Test } from "tap";
import { formatIpv4 } from "../../lib/net/ipv4.js";
import { loadLibc } from "../../lib/os/libc.js";
import { linuxNetwork } from "../../lib/os/udp-linux.js";
import { dgramNetwork, type Datagram, type UdpNetwork, type UdpRequest, type UdpSocket } from "../../lib/os/udp.js";
import { ip } from "../support/values.js";

const LOOPBACK = ip("127.0.0.1");

/** A socket of ours, with what arrives on it and what goes wrong with it. */
interface Opened {
  readonly socket: UdpSocket;
  readonly next: () => Promise<Datagram>;
  readonly nextError: () => Promise<Error>;
}

async function open(t: Test, network: UdpNetwork, request: Partial<UdpRequest> = {}): Promise<Opened> {
  const datagrams = new Mailbox<Datagram>();
  const errors = new Mailbox<Error>();
  const socket = await network.open(
    { address: LOOPBACK, port: 0, ...request },
    {
      onDatagrams: (batch) => {
        // A payload is the handler's only until it returns.
        for (const { payload, peer } of batch) datagrams.put({ payload: Buffer.from(payload), peer });
      },
      onError: (error) => {
        errors.put(error);
      },
    },
  );
  t.teardown(() => {
    socket.close();
  });
  return { socket, next: () => datagrams.take(), nextError: () => errors.take() };
}

/** A queue of what arrives; a reader may wait for the next. */
class Mailbox<T> {
  readonly #waiting: ((value: T) => void)[] = [];
  readonly #held: T[] = [];

  put(value: T): void {
    const taker = this.#waiting.shift();
    if (taker === undefined) this.#held.push(value);
    else taker(value);
  }

  take(): Promise<T> {
    const value = this.#held.shift();
    return value === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(value);
  }
}

/** Runs the contract of every {@link UdpNetwork}. */
async function runUdpNetworkTests(t: Test, network: UdpNetwork): Promise<void> {
  await t.test("sends datagrams in order, and tells whom those that arrive are from", async (t) => {
    const alice = await open(t, network);
    const bob = await open(t, network);
    const peer = bob.socket.local;
    t.equal(peer.address, LOOPBACK);
    t.ok(peer.port > 0, "port 0 is any free one");
    alice.socket.send(["one", "", "three"].map((text) => ({ payload: Buffer.from(text), peer })));
    for (const text of ["one", "", "three"]) {
      const datagram = await bob.next();
      t.equal(datagram.payload.toString(), text);
      t.strictSame(datagram.peer, alice.socket.local);
    }
  });

  await t.test("many datagrams arrive, in order, and what a header was put before is whole", async (t) => {
    const alice = await open(t, network);
    const bob = await open(t, network);
    const peer = bob.socket.local;
    const batch = Array.from({ length: 90 }, (_, index) => ({
      prefix: index * 0x01010101,
      payload: Buffer.alloc(index * 3, index),
      peer,
    }));
    alice.socket.send(batch);
    for (const { prefix, payload } of batch) {
      const datagram = await bob.next();
      const expected = Buffer.alloc(4 + payload.length);
      expected.writeUInt32BE(prefix);
      payload.copy(expected, 4);
      if (!datagram.payload.equals(expected)) t.fail(`datagram with ${payload.length} octets`);
    }
  });

  await t.test("what was sent before closing leaves", async (t) => {
    const alice = await open(t, network);
    const bob = await open(t, network);
    alice.socket.send([{ payload: Buffer.from("last words"), peer: bob.socket.local }]);
    alice.socket.close();
    t.equal((await bob.next()).payload.toString(), "last words");
  });

  await t.test("a handler answers from the socket that it is called with", async (t) => {
    const echo = await network.open(
      { address: LOOPBACK, port: 0 },
      {
        onDatagrams: (batch, socket) => {
          socket.send(batch.map(({ payload, peer }) => ({ payload: Buffer.from(payload), peer })));
        },
        onError: (error) => t.fail(error.message),
      },
    );
    t.teardown(() => {
      echo.close();
    });
    const alice = await open(t, network);
    const texts = Array.from({ length: 100 }, (_, index) => `number ${index}`);
    alice.socket.send(texts.map((text) => ({ payload: Buffer.from(text), peer: echo.local })));
    for (const text of texts) t.equal((await alice.next()).payload.toString(), text);
  });

  await t.test("a port is given once", async (t) => {
    const { socket } = await open(t, network);
    await t.rejects(open(t, network, { port: socket.local.port }), { code: "EADDRINUSE" });
    const shared = await open(t, network, { port: 0, broadcast: true });
    await t.rejects(
      open(t, network, { port: shared.socket.local.port }),
      { code: "EADDRINUSE" },
      "also beside one that shares",
    );
  });

  await t.test("sockets that broadcast may have the same port on different addresses", async (t) => {
    const { socket } = await open(t, network, { broadcast: true });
    const other = await open(t, network, { address: ip("127.0.0.2"), port: socket.local.port, broadcast: true });
    t.equal(other.socket.local.port, socket.local.port);
    t.equal(formatIpv4(other.socket.local.address), "127.0.0.2");
  });

  await t.test("an address of another host cannot be had", async (t) => {
    await t.rejects(open(t, network, { address: ip("192.0.2.77") }), { code: "EADDRNOTAVAIL" });
  });

  await t.test("what the system refuses to send is told, and the socket stays usable", async (t) => {
    const alice = await open(t, network);
    const bob = await open(t, network);
    const tooLong = { payload: Buffer.alloc(70_000), peer: bob.socket.local };
    alice.socket.send([tooLong, { payload: Buffer.from("next"), peer: bob.socket.local }]);
    t.match(await alice.nextError(), { code: "EMSGSIZE" });
    t.equal((await bob.next()).payload.toString(), "next");
  });

  await t.test("without leave to broadcast, that is refused too", async (t) => {
    const alice = await open(t, network);
    alice.socket.send([{ payload: Buffer.from("x"), peer: { address: ip("255.255.255.255"), port: 9 } }]);
    t.match(await alice.nextError(), { code: "EACCES" });
  });

  await t.test("a closed socket sends nothing and gives its port back; closing again is harmless", async (t) => {
    const { socket } = await open(t, network);
    const { port } = socket.local;
    socket.close();
    socket.close();
    socket.send([{ payload: Buffer.from("x"), peer: socket.local }]);
    const successor = createSocket("udp4");
    t.teardown(() => successor.close());
    await new Promise<void>((resolve, reject) => {
      successor.once("error", reject).bind({ address: "127.0.0.1", port, exclusive: true }, resolve);
    });
    t.equal(successor.address().port, port);
  });
}

await t.test("over node:dgram", (t) => runUdpNetworkTests(t, dgramNetwork));

const libc = await loadLibc();
const skip = libc instanceof Refusal ? `the system's own calls cannot be had: ${libc.cause}` : false;

await t.test("over the system's own calls", { skip }, async (t) => {
  if (libc instanceof Refusal) return;
  await runUdpNetworkTests(t, linuxNetwork(libc));
  await t.test("an interface that is not there is told, and its socket hears no other", async (t) => {
    await t.rejects(open(t, linuxNetwork(libc), { interfaceName: "no-such" }), { code: "ENODEV" });
  });
});

await t.test("a mistake of a handler does not keep its socket from sending", (t) => {
  const program = fileURLToPath(new URL("../support/throwing-handler.js", import.meta.url));
  for (const name of ["dgram", "linux"]) {
    const { stdout } = spawnSync(process.execPath, [program, name], { encoding: "utf8", timeout: 10_000 });
    t.equal(stdout, "sent after the mistake", name);
  }
  t.end();
});
