/** Which network a client is on, and what that makes of its answer. */

import t from "tap";
import { DhcpBench, SERVER, UEFI, type Way } from "../support/dhcp-bench.js";
import { MAC, quad } from "../support/dhcp-packet.js";
import { ip } from "../support/values.js";

/** 192.168.7 is ours on eth0, 10.1.1 on eth1, and 10.2.2 behind a relay agent. */
const start = (): Promise<DhcpBench> =>
  DhcpBench.start({
    allowSimple: true,
    subnets: [
      { prefix: "10.1.1", interfaceName: "eth1", bootFile: "eth1.efi" },
      { prefix: "10.2.2", facts: { leaseSeconds: 60, domain: "far.example.org" } },
    ],
    reservations: { [MAC]: "10.2.2.20 far-away", "id:01aabb": "192.168.7.20" },
  });

const RELAY = "10.2.2.1";
const other = (number: number): string => `52:54:00:aa:cc:0${number}`;
const viaRelay: Way = { from: { address: ip(RELAY), port: 67 }, to: { address: ip(SERVER), port: 67 } };
const DISCOVER = [[53, "01"]] as const;

await t.test("A30 a broadcast is answered on the interface that it came in on, as the address there", async (t) => {
  const bench = await start();
  const [here] = bench.ask({ chaddr: other(1), options: DISCOVER });
  t.match(here, { yiaddr: "192.168.7.100", siaddr: SERVER, from: `${SERVER}:67` });
  t.equal(here?.options.get(54), quad(SERVER));
  const [there] = bench.ask({ chaddr: other(2), options: [...DISCOVER, ...UEFI] }, { on: "eth1" });
  t.match(there, { yiaddr: "10.1.1.100", siaddr: "10.1.1.1", from: "10.1.1.1:67", file: "eth1.efi" }, "A86");
  t.equal(there?.options.get(54), quad("10.1.1.1"), "A62");
  t.equal(there?.options.get(3), quad("10.1.1.1"));
});

await t.test("A62 any of our addresses is taken for ours", async (t) => {
  const bench = await start();
  bench.ask({ chaddr: other(1), options: DISCOVER });
  const taken = bench.ask({
    chaddr: other(1),
    options: [
      [53, "03"],
      [54, quad("10.1.1.1")],
      [50, quad("192.168.7.100")],
    ],
  });
  t.equal(taken[0]?.options.get(53), "05");
});

await t.test("A30 A57 a relay agent's network is that of giaddr", async (t) => {
  const bench = await start();
  const [offer] = bench.ask({ chaddr: other(1), giaddr: RELAY, options: [...DISCOVER, [55, "0f33"]] }, viaRelay);
  t.match(offer, { yiaddr: "10.2.2.100", giaddr: RELAY, siaddr: SERVER, to: `${RELAY}:67` });
  t.equal(offer?.options.get(51), "0000003c", "with the lease time of its network");
  t.equal(Buffer.from(offer?.options.get(15) ?? "", "hex").toString(), "far.example.org");
});

await t.test("A30 a link selection goes before giaddr, and the client's selection before that too", async (t) => {
  const bench = await start();
  const selection = Buffer.from([5, 4, 10, 2, 2, 0]).toString("hex");
  const [linked] = bench.ask({ chaddr: other(1), giaddr: "192.168.7.9", options: [...DISCOVER, [82, selection]] });
  t.match(linked, { yiaddr: "10.2.2.100", to: "192.168.7.9:67" });
  t.equal(linked?.options.get(82), selection, "A59 the notes go back");
  const [selected] = bench.ask({ chaddr: other(2), options: [...DISCOVER, [118, quad("10.2.2.0")]] });
  t.match(selected, { yiaddr: "10.2.2.101" });
  t.equal(selected?.options.get(118), quad("10.2.2.0"), "A72 the selection goes back");
});

await t.test("A58 a request from nowhere gets no answer, and the log says where it is from", async (t) => {
  const bench = await start();
  const reasonFor = (fields: Parameters<DhcpBench["ask"]>[0]): string => {
    t.strictSame(bench.ask({ options: DISCOVER, ...fields }), []);
    return bench
      .log()
      .join()
      .replace(/^.*ignored a DHCP client: /, "");
  };
  const nowhere = "in none of 192.168.7.0/24, 10.1.1.0/24, 10.2.2.0/24";
  t.equal(reasonFor({ giaddr: "172.16.0.1" }), `it was relayed by 172.16.0.1, which is ${nowhere}`);
  t.equal(reasonFor({ giaddr: SERVER }), "giaddr 192.168.7.1 is this server's own address");
  for (const giaddr of ["255.255.255.255", "224.0.0.1", "127.0.0.1", "0.0.0.7"]) {
    t.equal(reasonFor({ giaddr }), `giaddr ${giaddr} can be no relay agent's address`);
  }
  const selection = [82, Buffer.from([5, 4, 172, 16, 0, 0]).toString("hex")] as const;
  t.equal(
    reasonFor({ giaddr: RELAY, options: [...DISCOVER, selection] }),
    `its relay agent selected the link 172.16.0.0, which is ${nowhere}`,
  );
});

await t.test("A61 what a relay agent is to be taken for is the server's name, and means us", async (t) => {
  const bench = await start();
  const override = [82, Buffer.from([11, 4, 10, 2, 2, 1]).toString("hex")] as const;
  const [offer] = bench.ask({ chaddr: other(1), giaddr: RELAY, options: [...DISCOVER, override] }, viaRelay);
  t.equal(offer?.options.get(54), quad(RELAY));
  t.equal(offer?.siaddr, SERVER, "the files are still ours");
  const request = [[53, "03"], [54, quad(RELAY)], [50, quad("10.2.2.100")], override] as const;
  const [ack] = bench.ask({ chaddr: other(1), giaddr: RELAY, options: request }, viaRelay);
  t.equal(ack?.options.get(53), "05");
  t.equal(ack?.options.get(54), quad(RELAY));
  const release = [[53, "07"], [54, quad(RELAY)], override] as const;
  bench.ask({ chaddr: other(1), ciaddr: "10.2.2.100", giaddr: RELAY, options: release }, viaRelay);
  t.match(bench.log().at(-1), "released 10.2.2.100");
  const broken = [82, Buffer.from([11, 3, 10, 2, 2]).toString("hex")] as const;
  const [usual] = bench.ask({ chaddr: other(2), giaddr: RELAY, options: [...DISCOVER, broken] }, viaRelay);
  t.equal(usual?.options.get(54), quad(SERVER), "one of another length counts for nothing");
  t.equal(usual?.options.get(82), broken[1], "A59 and goes back all the same");
});

await t.test("A57 a relay agent that wants it is answered on its own port", async (t) => {
  const bench = await start();
  const way = { ...viaRelay, from: { address: ip(RELAY), port: 4067 } };
  const [asked] = bench.ask({ giaddr: RELAY, options: [...DISCOVER, [82, "1300"]] }, way);
  t.equal(asked?.to, `${RELAY}:4067`);
  const [usual] = bench.ask({ giaddr: RELAY, options: DISCOVER }, way);
  t.equal(usual?.to, `${RELAY}:67`);
});

await t.test("a machine renews across networks, by its address alone", async (t) => {
  const bench = await start();
  bench.ask({ chaddr: other(1), giaddr: RELAY, options: DISCOVER }, viaRelay);
  const select = [
    [53, "03"],
    [54, quad(SERVER)],
    [50, quad("10.2.2.100")],
  ] as const;
  bench.ask({ chaddr: other(1), giaddr: RELAY, options: select }, viaRelay);
  const renewal = { chaddr: other(1), ciaddr: "10.2.2.100", options: [[53, "03"]] } as const;
  const unicast = { from: { address: ip("10.2.2.100"), port: 68 }, to: { address: ip(SERVER), port: 67 } };
  const [ack] = bench.ask(renewal, unicast);
  t.match(ack, { to: "10.2.2.100:68", yiaddr: "10.2.2.100" }, "A46");
  t.equal(ack?.options.get(53), "05");
  t.strictSame(bench.ask(renewal), [], "A49 what is broadcast here is not on that network");
});

await t.test("a reservation counts in the network that it is in, with the machine's name", async (t) => {
  const bench = await start();
  const [far] = bench.ask({ giaddr: RELAY, options: [...DISCOVER, [55, "0c"]] }, viaRelay);
  t.equal(far?.yiaddr, "10.2.2.20");
  t.equal(Buffer.from(far?.options.get(12) ?? "", "hex").toString(), "far-away");
  t.equal(bench.discover()?.yiaddr, "192.168.7.100", "elsewhere it is a machine like any other");
  t.equal(bench.discover([[61, "01aabb"]], { chaddr: other(3) })?.yiaddr, "192.168.7.20", "by client identifier");
});
