/** Is there a DHCP server on the link already? */

import { mock } from "node:test";
import t from "tap";
import { findDhcpServer } from "../../lib/dhcp/probe.js";
import { LIMITED_BROADCAST, UNSPECIFIED } from "../../lib/net/ipv4.js";
import { DhcpBench } from "../support/dhcp-bench.js";
import { makeRequest, quad } from "../support/dhcp-packet.js";
import { FakeNetwork } from "../support/fake-network.js";
import type { WireDatagram } from "../support/pcap.js";
import { ip } from "../support/values.js";

const OWN = ip("192.168.7.9");
const SERVER = ip("192.168.7.1");

/** Lets what waits for promises go on. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function probe(network: FakeNetwork): Promise<{ found: Promise<unknown>; discover: WireDatagram }> {
  const found = findDhcpServer(network, OWN);
  await turn();
  const [discover, ...more] = network.takeSent();
  if (discover === undefined || more.length > 0) throw new Error(`${more.length} packets too many, or none`);
  return { found, discover };
}

function answer(network: FakeNetwork, payload: Buffer, to = LIMITED_BROADCAST): void {
  network.arrive({ address: to, port: 68 }, { address: SERVER, port: 67 }, payload);
}

await t.test("a server that answers is found, and nothing stays open", async (t) => {
  const network = new FakeNetwork();
  const { found, discover } = await probe(network);
  const bench = await DhcpBench.start({ allowSimple: true });
  const [offer] = bench.askRaw(discover.payload);
  answer(network, offer?.wire.payload ?? Buffer.alloc(0));
  t.equal(await found, SERVER);
  t.strictSame(network.listening, []);
});

await t.test(
  "it asks as a client does: by broadcast, from port 68 of our address, as a machine that nobody has",
  async (t) => {
    const network = new FakeNetwork();
    const { found, discover } = await probe(network);
    t.match(discover, { from: { address: OWN, port: 68 }, to: { address: LIMITED_BROADCAST, port: 67 } });
    t.ok(discover.payload.length >= 300);
    t.equal(discover.payload.toString("hex", 0, 4), "01010600");
    t.equal(discover.payload.toString("hex", 10, 12), "8000", "the answer has to be broadcast");
    t.equal(discover.payload.toString("hex", 236, 244), "63825363350101ff");
    t.equal(discover.payload.readUInt8(28) & 3, 2, "a locally administered address");
    answer(network, replyTo(discover.payload), OWN);
    t.equal(await found, SERVER, "an answer to our address alone is heard too");
  },
);

await t.test("what answers somebody else, or is no answer, is passed over", async (t) => {
  const network = new FakeNetwork();
  const { found, discover } = await probe(network);
  const other = replyTo(discover.payload);
  other.writeUInt32BE((other.readUInt32BE(4) ^ 1) >>> 0, 4);
  answer(network, other);
  answer(network, discover.payload);
  answer(network, Buffer.from("nonsense"));
  answer(network, replyTo(discover.payload));
  t.equal(await found, SERVER);
});

await t.test("silence for three seconds means that there is none", async (t) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  t.teardown(() => {
    mock.timers.reset();
  });
  const network = new FakeNetwork();
  const { found } = await probe(network);
  let done = false;
  void found.then(() => (done = true));
  mock.timers.tick(2999);
  await turn();
  t.notOk(done);
  mock.timers.tick(1);
  t.equal(await found, undefined);
  t.strictSame(network.listening, []);
});

await t.test("a client's port that is taken is told of", async (t) => {
  const network = new FakeNetwork();
  const ignore = { onDatagrams: () => undefined, onError: () => undefined };
  await network.open({ address: UNSPECIFIED, port: 68 }, ignore);
  await t.rejects(findDhcpServer(network, OWN), { code: "EADDRINUSE" });
  t.equal(network.listening.length, 1);
});

/** An offer as a simple server makes it: the request turned round. */
function replyTo(discover: Buffer): Buffer {
  return makeRequest({
    op: 2,
    xid: discover.readUInt32BE(4),
    chaddr: discover.toString("hex", 28, 44),
    options: [
      [53, "02"],
      [54, quad("192.168.7.1")],
    ],
  });
}
