/** Other DHCP servers on our links: each is told of once. */

import t, { type Test } from "tap";
import type { LinkName } from "../../lib/dhcp/link.js";
import { Rivals } from "../../lib/dhcp/rivals.js";
import type { FoundServer } from "../../lib/dhcp/probe.js";
import { EventBus, type Event } from "../../lib/events/event.js";
import { lineOf } from "../../lib/observe/log-lines.js";
import type { Ipv4 } from "../../lib/net/ipv4.js";
import { DhcpBench, SERVER } from "../support/dhcp-bench.js";
import { MAC, quad } from "../support/dhcp-packet.js";
import { ManualClock } from "../support/manual-clock.js";
import { ip, mac } from "../support/values.js";

const MINUTE = 60_000;
const HALF_HOUR = 30 * MINUTE;
const LINKS: readonly LinkName[] = [{ interfaceName: "eth0", address: ip(SERVER) }];
const RIVAL = ip("192.168.7.254");

/** Rivals that are found by hand. */
class Bench {
  readonly clock = new ManualClock();
  readonly bus = new EventBus();
  readonly rivals: Rivals;
  /** Who answers the next look. */
  answering: readonly Ipv4[] | Error = [];
  /** What those have machines boot. */
  bootFile: string | undefined;
  /** A look lasts until then. */
  patience: Promise<void> = Promise.resolve();
  looks: string[] = [];
  readonly #lines: string[] = [];

  constructor(t: Test, random = 0.5) {
    this.bus.subscribe((event) => {
      const { level, message } = lineOf(event);
      this.#lines.push(`${level} ${message}`);
    });
    const find = async ({ interfaceName }: LinkName): Promise<ReadonlyMap<Ipv4, FoundServer>> => {
      this.looks.push(interfaceName);
      const { answering, bootFile } = this;
      if (answering instanceof Error) throw answering;
      await this.patience;
      return new Map(answering.map((server) => [server, { bootFile }]));
    };
    this.rivals = new Rivals({ probe: { find }, clock: this.clock, events: this.bus, random: () => random });
    t.teardown(() => {
      this.rivals.stop();
    });
  }

  /** What the log says, once what was asked for has happened. */
  async log(): Promise<readonly string[]> {
    await new Promise((resolve) => setImmediate(resolve));
    return this.#lines.splice(0);
  }
}

const withdrawn = (server: Ipv4): Event => ({
  kind: "dhcp-ignored",
  machine: { mac: mac(MAC), uuid: undefined, architecture: undefined, kind: "dhcp" },
  cause: { code: "took-other", server },
  grave: false,
});

const about = (lines: readonly string[]): readonly string[] => lines.filter((line) => !line.includes("ignored"));

await t.test("one that answers is told of at the first look, once, and again when that changes", async (t) => {
  const bench = new Bench(t);
  bench.answering = [RIVAL, ip(SERVER)];
  bench.rivals.watch(LINKS, [ip(SERVER)]);
  t.strictSame(await bench.log(), [
    "warning another DHCP server, 192.168.7.254, answers on eth0: machines take the first offer; stop one of them, or set mode = auto-proxy here",
  ]);
  bench.clock.advance(HALF_HOUR);
  t.strictSame(await bench.log(), []);
  t.equal(bench.looks.length, 2);
  bench.bootFile = "theirs.0\n";
  bench.clock.advance(HALF_HOUR);
  t.strictSame(
    await bench.log(),
    [
      'warning another DHCP server, 192.168.7.254, answers on eth0, and has them boot "theirs.0\\n": machines take the first offer; stop one of them, or set mode = auto-proxy here',
    ],
    "quirk: EDK2 offer order",
  );
  bench.answering = [];
  bench.clock.advance(HALF_HOUR);
  t.strictSame(await bench.log(), ["info the DHCP server 192.168.7.254 does not answer on eth0 any more"]);
  bench.answering = [RIVAL];
  bench.clock.advance(HALF_HOUR);
  t.match(await bench.log(), [/^warning another DHCP server, 192\.168\.7\.254/]);
});

await t.test("it looks again after a minute, and then every half an hour, more or less by chance", async (t) => {
  for (const [random, seconds, minutes] of [
    [0, 48, 24],
    [0.999, 72, 36],
  ] as const) {
    const bench = new Bench(t, random);
    bench.rivals.watch(LINKS, []);
    await bench.log();
    for (const [wait, looks] of [
      [(seconds - 1) * 1000, 1],
      [1000, 2],
      [(minutes - 1) * MINUTE, 2],
      [MINUTE, 3],
    ] as const) {
      bench.clock.advance(wait);
      await bench.log();
      t.equal(bench.looks.length, looks);
    }
  }
});

await t.test("one that was started together with this one, and is slower, is told of after a minute", async (t) => {
  const bench = new Bench(t);
  bench.rivals.watch(LINKS, []);
  t.strictSame(await bench.log(), []);
  bench.answering = [RIVAL];
  bench.clock.advance(MINUTE);
  t.match(await bench.log(), [/^warning another DHCP server, 192\.168\.7\.254/]);
});

await t.test("where it cannot look it says so once, and goes on trying", async (t) => {
  const bench = new Bench(t);
  bench.answering = new Error("bind EADDRINUSE 0.0.0.0:68");
  bench.rivals.watch(LINKS, []);
  t.strictSame(await bench.log(), ["info eth0: not looking for other DHCP servers: bind EADDRINUSE 0.0.0.0:68"]);
  bench.clock.advance(HALF_HOUR);
  t.strictSame(await bench.log(), []);
  bench.answering = [RIVAL];
  bench.clock.advance(HALF_HOUR);
  t.match(await bench.log(), [/^warning another/]);
});

await t.test("it stops when it is told to, and forgets a look that is under way", async (t) => {
  const bench = new Bench(t);
  bench.answering = [RIVAL];
  let end = (): void => undefined;
  bench.patience = new Promise((resolve) => (end = resolve));
  bench.rivals.watch(LINKS, []);
  await bench.log();
  t.equal(bench.looks.length, 1);
  bench.rivals.stop();
  end();
  t.strictSame(await bench.log(), []);
  t.equal(bench.clock.pending, 0);
});

await t.test("who is to look anew, as after a reload, does when the look under way is over", async (t) => {
  const bench = new Bench(t);
  bench.answering = [RIVAL];
  let end = (): void => undefined;
  bench.patience = new Promise((resolve) => (end = resolve));
  for (let count = 0; count < 3; count += 1) {
    bench.rivals.watch(LINKS, []);
    await bench.log();
  }
  t.equal(bench.looks.length, 1, "two would be in each other's way");
  end();
  t.match(await bench.log(), [/^warning another/]);
  t.equal(bench.looks.length, 2);
});

await t.test("one that a machine names is told of once, without looking", async (t) => {
  const bench = new Bench(t);
  bench.bus.publish(withdrawn(RIVAL));
  t.strictSame(about(await bench.log()), [], "not where nobody looks, as beside a proxy");
  bench.rivals.watch(LINKS, []);
  bench.bus.publish(withdrawn(RIVAL));
  bench.bus.publish(withdrawn(RIVAL));
  t.strictSame(about(await bench.log()), [
    `warning another DHCP server, 192.168.7.254: ${MAC} took its offer, not ours; stop one of them, or set mode = auto-proxy here`,
  ]);
  for (let last = 2; last < 200; last += 1) bench.bus.publish(withdrawn(ip(`192.168.7.${last}`)));
  t.strictSame(about(await bench.log()), [], "who invents servers fills no log");
  bench.clock.advance(60_000);
  bench.bus.publish(withdrawn(ip("192.168.7.2")));
  t.equal(about(await bench.log()).length, 1);
});

await t.test("a server tells whose offer a machine took", async (t) => {
  const bench = await DhcpBench.start({ allowSimple: true });
  bench.discover();
  bench.ask({
    options: [
      [53, "03"],
      [50, quad("192.168.7.77")],
      [54, quad("192.168.7.254")],
    ],
  });
  t.match(bench.events.at(-1), { kind: "dhcp-ignored", cause: { code: "took-other", server: RIVAL } });
});
