/** Is there a DHCP server on the link already? */

import t from "tap";
import { decodeMessage } from "../../lib/dhcp/message.js";
import { DhcpProbe } from "../../lib/dhcp/probe.js";
import { LIMITED_BROADCAST, UNSPECIFIED } from "../../lib/net/ipv4.js";
import { DhcpBench } from "../support/dhcp-bench.js";
import { makeRequest, quad } from "../support/dhcp-packet.js";
import { FakeNetwork } from "../support/fake-network.js";
import { ManualClock } from "../support/manual-clock.js";
import type { WireDatagram } from "../support/pcap.js";
import { ip } from "../support/values.js";

const OWN = ip("192.168.7.9");
const SERVER = ip("192.168.7.1");

/** Lets what waits for promises go on. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Look {
  readonly found: Promise<ReadonlyMap<unknown, unknown>>;
  readonly discover: WireDatagram;
  readonly clock: ManualClock;
  readonly probe: DhcpProbe;
}

async function look(network: FakeNetwork): Promise<Look> {
  const clock = new ManualClock();
  const probe = new DhcpProbe(network, clock);
  const found = probe.find({ interfaceName: "eth0", address: OWN });
  await turn();
  const [discover, ...more] = network.takeSent();
  if (discover === undefined || more.length > 0) throw new Error(`${more.length} packets too many, or none`);
  return { found, discover, clock, probe };
}

function answer(network: FakeNetwork, payload: Buffer, to = LIMITED_BROADCAST): void {
  network.arriveOn("eth0", { address: to, port: 68 }, { address: SERVER, port: 67 }, payload);
}

await t.test("a server that answers is found, and nothing stays open", async (t) => {
  const network = new FakeNetwork();
  const { found, discover, clock } = await look(network);
  const bench = await DhcpBench.start({ allowSimple: true });
  const [offer] = bench.askRaw(discover.payload);
  answer(network, offer?.wire.payload ?? Buffer.alloc(0));
  clock.advance(7000);
  t.strictSame(await found, new Map([[SERVER, { bootFile: "pxelinux.0" }]]), "with what it has machines boot");
  t.strictSame(network.listening, []);
  t.equal(clock.pending, 0);
});

await t.test("it asks as a client does, twice: by broadcast, from port 68, as a machine that nobody has", async (t) => {
  const network = new FakeNetwork();
  const { found, discover, clock, probe } = await look(network);
  t.match(discover, { from: { address: OWN, port: 68 }, to: { address: LIMITED_BROADCAST, port: 67 } });
  t.ok(discover.payload.length >= 300);
  t.equal(discover.payload.toString("hex", 0, 4), "01010600");
  t.equal(discover.payload.toString("hex", 10, 12), "8000", "the answer has to be broadcast");
  t.equal(discover.payload.toString("hex", 236, 244), "63825363350101ff");
  t.equal(discover.payload.readUInt8(28) & 3, 2, "a locally administered address");
  t.ok(probe.isOwn(decodeMessage(discover.payload)), "known as its own");
  clock.advance(2000);
  t.match(network.takeSent(), [{ payload: discover.payload }], "once more, since it may be lost");
  clock.advance(4000);
  answer(network, replyTo(discover.payload), OWN);
  clock.advance(1000);
  t.strictSame(
    [...(await found).keys()],
    [SERVER],
    "an answer to our address alone is heard too, and one that took four seconds",
  );
});

await t.test("what answers somebody else, offers no address, or is no answer, is passed over", async (t) => {
  const network = new FakeNetwork();
  const { found, discover, clock } = await look(network);
  const other = replyTo(discover.payload);
  other.writeUInt32BE((other.readUInt32BE(4) ^ 1) >>> 0, 4);
  answer(network, other);
  answer(network, replyTo(discover.payload, "0.0.0.0"));
  answer(network, discover.payload);
  answer(network, Buffer.from("nonsense"));
  answer(network, replyTo(discover.payload, "192.168.7.50", "192.168.7.2"));
  answer(network, replyTo(discover.payload));
  clock.advance(7000);
  t.strictSame([...(await found).keys()], [ip("192.168.7.2"), SERVER], "all that offer");
});

await t.test("a client of this host keeps its port, and is not disturbed", async (t) => {
  const network = new FakeNetwork();
  const ignore = { onDatagrams: () => undefined, onError: () => undefined };
  await network.open({ address: UNSPECIFIED, port: 68, broadcast: true }, ignore);
  const probe = new DhcpProbe(network, new ManualClock());
  await t.rejects(probe.find({ interfaceName: "eth0", address: OWN }), { code: "EADDRINUSE" });
  t.equal(network.listening.length, 1);
});

/** An offer as a simple server makes it: the request turned round. */
function replyTo(discover: Buffer, yiaddr = "192.168.7.50", server = "192.168.7.1"): Buffer {
  return makeRequest({
    op: 2,
    yiaddr,
    xid: discover.readUInt32BE(4),
    chaddr: discover.toString("hex", 28, 44),
    options: [
      [53, "02"],
      [54, quad(server)],
    ],
  });
}
