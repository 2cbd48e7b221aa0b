/** A server whose addresses are given elsewhere: what it answers comes later, and another machine may be first. */

import t, { type Test } from "tap";
import type { Ipv4 } from "../../lib/net/ipv4.js";
import { DhcpBench, POOL_COUNT, POOL_START, SERVER, type Answered, type BenchOptions } from "../support/dhcp-bench.js";
import { MAC, quad, type RequestFields } from "../support/dhcp-packet.js";
import { laterTurn, SlowAllocator } from "../support/slow-allocation.js";
import { ip, mac } from "../support/values.js";

const OTHER = "52:54:00:aa:cc:01";
const DISCOVER = [[53, "01"]] as const;

const start = (options: BenchOptions = {}): Promise<DhcpBench> =>
  DhcpBench.start({ allowSimple: true, allocator: (embedded) => new SlowAllocator(embedded), ...options });

function selecting(address: string): NonNullable<RequestFields["options"]> {
  return [
    [53, "03"],
    [54, quad(SERVER)],
    [50, quad(address)],
  ];
}

const hardware = (text: string): string => text.replaceAll(":", "");

/** The replies to a request: none at once, since nobody knows them yet. */
async function askLater(t: Test, bench: DhcpBench, fields: RequestFields): Promise<readonly Answered[]> {
  t.strictSame(bench.ask(fields), []);
  return later(bench);
}

/** The replies that come in the turns that follow. */
async function later(bench: DhcpBench): Promise<readonly Answered[]> {
  const answers: Answered[] = [];
  for (let turn = 0; turn < 10; turn++) {
    await laterTurn();
    answers.push(...bench.answers());
  }
  return answers;
}

await t.test("offer and acknowledgement are octet by octet those of a server that knows at once", async (t) => {
  const [slow, quick] = [await start(), await start({ allocator: (embedded) => embedded })];
  for (const options of [DISCOVER, selecting(POOL_START)]) {
    const [answer, ...more] = await askLater(t, slow, { options });
    t.strictSame(more, []);
    t.strictSame(answer?.wire.payload, quick.ask({ options })[0]?.wire.payload);
  }
  const wrong = { options: selecting("192.168.7.200") };
  const [refusal] = slow.ask(wrong);
  t.strictSame(refusal?.wire.payload, quick.ask(wrong)[0]?.wire.payload, "what is known here is told at once");
  t.strictSame(slow.log(), quick.log());
  t.equal(slow.leases.holderOf(ip(POOL_START)), mac(MAC));
});

await t.test("an address that another machine got first is refused, and BOOTP is silent", async (t) => {
  const bench = await start({ authoritative: true });
  t.strictSame(bench.ask({ options: selecting(POOL_START) }), []);
  t.strictSame(bench.ask({ chaddr: OTHER, options: selecting(POOL_START) }), []);
  const answers = await later(bench);
  t.strictSame(
    answers.map(({ options, chaddr }) => [options.get(53), chaddr.slice(0, 12)]),
    [
      ["05", hardware(MAC)],
      ["06", hardware(OTHER)],
    ],
  );
  t.match(bench.log().at(-1), /refused 192\.168\.7\.100.*another machine has it by now/);
});

await t.test("a BOOTP client gets its address later, without end", async (t) => {
  const bench = await start();
  const [reply] = await askLater(t, bench, {});
  t.match(reply, { yiaddr: POOL_START });
  t.equal(bench.leases.holderOf(ip(POOL_START)), mac(MAC));
});

await t.test("what is given back, or found in use, is told when it is known", async (t) => {
  const bench = await start();
  await askLater(t, bench, { options: DISCOVER });
  await askLater(t, bench, { options: selecting(POOL_START) });
  bench.log();
  t.strictSame(
    await askLater(t, bench, {
      ciaddr: POOL_START,
      options: [
        [53, "07"],
        [54, quad(SERVER)],
      ],
    }),
    [],
  );
  t.match(bench.log(), [/released 192\.168\.7\.100/]);
  t.equal(bench.leases.holderOf(ip(POOL_START)), undefined);
  await askLater(t, bench, { options: selecting(POOL_START) });
  bench.log();
  t.strictSame(
    await askLater(t, bench, {
      options: [
        [53, "04"],
        [54, quad(SERVER)],
        [50, quad(POOL_START)],
      ],
    }),
    [],
  );
  t.match(bench.log(), [/192\.168\.7\.100/]);
  const [offer] = await askLater(t, bench, { options: DISCOVER });
  t.not(offer?.yiaddr, POOL_START);
});

await t.test("the next network of the link serves when the first has no address left", async (t) => {
  const bench = await start({ subnets: [{ prefix: "10.1.1", interfaceName: "eth0" }] });
  for (let count = 0; count < POOL_COUNT; count++) {
    const [offer] = await askLater(t, bench, { chaddr: `52:54:00:00:00:0${count}`, options: DISCOVER });
    t.equal(offer?.yiaddr, `192.168.7.10${count}`);
  }
  const [offer] = await askLater(t, bench, { chaddr: OTHER, options: DISCOVER });
  t.equal(offer?.yiaddr, "10.1.1.100");
});

await t.test("a machine whose address cannot be kept gets no answer, and others do", async (t) => {
  const failing = new Set([MAC]);
  const bench = await start({
    allocator: (embedded) => {
      const slow = new SlowAllocator(embedded);
      const bind = slow.bind.bind(slow);
      slow.bind = (holder, address, seconds) =>
        failing.has(holder.mac) ? Promise.reject(new Error("it is away")) : bind(holder, address, seconds);
      return slow;
    },
  });
  t.strictSame(await askLater(t, bench, { options: selecting(POOL_START) }), []);
  t.match(bench.log().at(-1), /no answer to .*its lease cannot be kept: it is away/);
  const [ack] = await askLater(t, bench, { chaddr: OTHER, options: selecting("192.168.7.101") });
  t.equal(ack?.options.get(53), "05");
});

await t.test("what is held is looked at before it is offered", async (t) => {
  const users = new Map([[ip(POOL_START), mac("52:54:00:00:66:66")]]);
  const prober = { whoHas: (address: Ipv4) => Promise.resolve(users.get(address)), close: () => undefined };
  const bench = await start({ prober });
  const [offer] = await askLater(t, bench, { options: DISCOVER });
  t.equal(offer?.yiaddr, "192.168.7.101");
  t.match(bench.log()[0], /not offered 192\.168\.7\.100/);
});

await t.test("a lease is told as it was granted: its time, and when to renew", async (t) => {
  const bench = await start({
    allocator: (embedded) => {
      const slow = new SlowAllocator(embedded);
      const bind = slow.bind.bind(slow);
      slow.bind = (holder, address) => bind(holder, address, 600);
      return slow;
    },
  });
  const times = [55, "333a3b"] as const;
  const [offer] = await askLater(t, bench, { options: [...DISCOVER, times] });
  t.strictSame(
    [51, 58, 59].map((code) => offer?.options.get(code)),
    ["00000e10", "00000708", "00000c4e"],
  );
  const [ack] = await askLater(t, bench, { options: [...selecting(POOL_START), times] });
  t.strictSame(
    [51, 58, 59].map((code) => ack?.options.get(code)),
    ["00000258", "0000012c", "0000020d"],
  );
});
