/** Sockets over system calls share the turns of the event loop. */

import { Refusal } from "../../lib/common/refusal.js";
import t, { type Test } from "tap";
import { loadLibc } from "../../lib/os/libc.js";
import type { TurnClock } from "../../lib/os/turn.js";
import { linuxNetwork } from "../../lib/os/udp-linux.js";
import type { Endpoint, UdpNetwork } from "../../lib/os/udp.js";
import { ip } from "../support/values.js";

const LOOPBACK = ip("127.0.0.1");
const FLOOD = 2000;

/** Number of batches that fit into a turn where each takes 1 ms. */
const BATCHES_A_TURN = 10;
/** Further batches for each socket: the one during which its time ended, and those of Node.js before and after. */
const BATCHES_BESIDE = 3;

const libc = await loadLibc();
const skip = libc instanceof Refusal ? `the system's own calls cannot be had: ${libc.cause}` : false;

/** A network whose time is that of the batches that are taken: 1 ms for each. */
class SlowWork {
  readonly network: UdpNetwork;
  /** For each turn of the event loop: the socket of each batch, and the batch's number of datagrams. */
  readonly turns: { readonly name: string; readonly count: number }[][] = [[]];
  #now = 0;

  constructor() {
    const clock: TurnClock = { now: () => this.#now, afterInput: (action) => void setImmediate(action) };
    if (libc instanceof Refusal) throw new Error(libc.cause);
    this.network = linuxNetwork(libc, clock);
  }

  async open(t: Test, name: string, onBatch: () => void = () => undefined): Promise<Endpoint> {
    const socket = await this.network.open(
      { address: LOOPBACK, port: 0 },
      {
        onDatagrams: (batch) => {
          this.#now += 1;
          this.turns.at(-1)?.push({ name, count: batch.length });
          onBatch();
        },
        onError: (error) => t.fail(error.message),
      },
    );
    t.teardown(() => {
      socket.close();
    });
    return socket.local;
  }

  /** Sends many datagrams to each, and lets the event loop turn until all have arrived. */
  async flood(t: Test, ...peers: readonly Endpoint[]): Promise<void> {
    const sender = await this.network.open(
      { address: LOOPBACK, port: 0 },
      { onDatagrams: () => undefined, onError: (error) => t.fail(error.message) },
    );
    t.teardown(() => {
      sender.close();
    });
    const payload = Buffer.from("x");
    for (const peer of peers) sender.send(Array.from({ length: FLOOD }, () => ({ payload, peer: { ...peer } })));
    for (let turns = 0; turns < FLOOD && this.#arrived() < peers.length * FLOOD; turns++) {
      await new Promise((resolve) => setImmediate(resolve));
      this.turns.push([]);
    }
    t.equal(this.#arrived(), peers.length * FLOOD, "all arrive");
  }

  #arrived(): number {
    return this.turns.flat().reduce((sum, { count }) => sum + count, 0);
  }
}

await t.test("a socket that is flooded takes datagrams for a few milliseconds of a turn", { skip }, async (t) => {
  const work = new SlowWork();
  await work.flood(t, await work.open(t, "alice"));
  for (const batches of work.turns)
    t.ok(batches.length <= BATCHES_A_TURN + BATCHES_BESIDE, `${batches.length} batches in a turn`);
});

await t.test("sockets that are flooded share that time, each as much of it as the others", { skip }, async (t) => {
  const work = new SlowWork();
  const names = ["alice", "bob", "carol"];
  await work.flood(t, ...(await Promise.all(names.map((name) => work.open(t, name)))));
  for (const batches of work.turns)
    t.ok(batches.length <= BATCHES_A_TURN + BATCHES_BESIDE * names.length, `${batches.length} batches in a turn`);
  const taken = new Map(names.map((name) => [name, 0]));
  const half = work.turns.slice(0, work.turns.length / 2).flat();
  for (const { name, count } of half) taken.set(name, (taken.get(name) ?? 0) + count);
  const counts = [...taken.values()];
  t.ok(Math.min(...counts) > 0.7 * Math.max(...counts), `after half of the turns: ${counts.join(", ")}`);
});

await t.test("what is due in a turn is done before what there was no time for", { skip }, async (t) => {
  const work = new SlowWork();
  const order: string[] = [];
  const alice = await work.open(t, "alice", () => {
    order.push("batch");
    if (order.length === 1) setImmediate(() => order.push("due"));
  });
  await work.flood(t, alice);
  t.equal(order.indexOf("due"), BATCHES_A_TURN);
});
