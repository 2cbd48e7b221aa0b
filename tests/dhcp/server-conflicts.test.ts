/** A34 an address that somebody uses already is not offered. */

import t from "tap";
import type { AddressProber } from "../../lib/os/arp-prober.js";
import { formatIpv4, type Ipv4 } from "../../lib/net/ipv4.js";
import type { Mac } from "../../lib/net/mac.js";
import { DhcpBench, SERVER } from "../support/dhcp-bench.js";
import { MAC, quad } from "../support/dhcp-packet.js";
import { mac } from "../support/values.js";

const SQUATTER = mac("52:54:00:00:66:66");
const other = (number: number): string => `52:54:00:aa:cc:0${number}`;

/** A link where addresses are in use; it answers when it is told to. */
class Link implements AddressProber {
  readonly asked: string[] = [];
  readonly #answers: (() => void)[] = [];
  readonly #users: ReadonlyMap<string, Mac>;

  constructor(users: Readonly<Record<string, Mac>>) {
    this.#users = new Map(Object.entries(users));
  }

  whoHas(address: Ipv4): Promise<Mac | undefined> {
    const text = formatIpv4(address);
    this.asked.push(text);
    return new Promise((resolve) => {
      this.#answers.push(() => {
        resolve(this.#users.get(text));
      });
    });
  }

  /** Answers all that was asked, and what is asked then. */
  async settle(): Promise<void> {
    while (this.#answers.length > 0) {
      for (const answer of this.#answers.splice(0)) answer();
      await new Promise(setImmediate);
    }
  }

  readonly close = (): void => undefined;
}

const start = (prober: AddressProber): Promise<DhcpBench> => DhcpBench.start({ allowSimple: true, prober });

await t.test("A34 the next address is offered, and the log says who uses the first", async (t) => {
  const link = new Link({ "192.168.7.100": SQUATTER });
  const bench = await start(link);
  t.strictSame(bench.ask({ options: [[53, "01"]] }), [], "not before it is known");
  await link.settle();
  const [offer, ...more] = bench.answers();
  t.match(offer, { yiaddr: "192.168.7.101" });
  t.strictSame(more, []);
  t.strictSame(bench.log(), [
    `${MAC}: not offered 192.168.7.100: ${SQUATTER} uses it, to which it was not given`,
    `${MAC}: offered 192.168.7.101 to a DHCP client; boot file pxelinux.0`,
  ]);
  t.equal(bench.request("192.168.7.101")?.options.get(53), "05");
  bench.discover([], { chaddr: other(1) });
  await link.settle();
  t.match(bench.answers(), [{ yiaddr: "192.168.7.102" }], "the one in use is left alone");
});

await t.test("A34 nobody else waits, and what a machine has is not asked for", async (t) => {
  const link = new Link({});
  const bench = await start(link);
  bench.ask({ options: [[53, "01"]] });
  await link.settle();
  t.match(bench.answers(), [{ yiaddr: "192.168.7.100" }]);
  t.match(bench.discover(), { yiaddr: "192.168.7.100" }, "again at once: it was free a moment ago");
  bench.request("192.168.7.100");
  bench.clock.advance(600_000);
  t.match(bench.discover(), { yiaddr: "192.168.7.100" }, "a machine may answer for its own address");
  bench.ask({ chaddr: other(1), options: [[53, "01"]] });
  const renewal = { ciaddr: "192.168.7.100", options: [[53, "03"]] } as const;
  t.equal(bench.ask(renewal)[0]?.options.get(53), "05", "while another one's is asked for");
  t.strictSame(link.asked, ["192.168.7.100", "192.168.7.101"]);
});

await t.test("A34 a machine that uses the address itself gets it", async (t) => {
  const link = new Link({ "192.168.7.100": mac(MAC) });
  const bench = await start(link);
  bench.ask({ options: [[53, "01"]] });
  await link.settle();
  t.match(bench.answers(), [{ yiaddr: "192.168.7.100" }]);
});

await t.test("A34 where all is in use the machine is left to ask again", async (t) => {
  const link = new Link({ "192.168.7.100": SQUATTER, "192.168.7.101": SQUATTER, "192.168.7.102": SQUATTER });
  const bench = await start(link);
  bench.ask({ options: [[53, "01"]] });
  await link.settle();
  t.strictSame(bench.answers(), []);
  t.match(bench.log().at(-1), "each of 3 addresses that were free is in use");
});

await t.test("A34 behind a relay agent there is nobody to ask", async (t) => {
  const link = new Link({ "192.168.7.100": SQUATTER });
  const bench = await start(link);
  t.match(bench.discover([[54, quad(SERVER)]], { giaddr: "192.168.7.9" }), { yiaddr: "192.168.7.100" });
  t.strictSame(link.asked, []);
});
