/** A proxy on a network where nobody gives addresses. */

import t from "tap";
import { DhcpBench, PXE } from "../support/dhcp-bench.js";
import { MAC, quad } from "../support/dhcp-packet.js";

const told = (bench: DhcpBench): readonly string[] => bench.log().filter((line) => line.includes("no DHCP server"));

/** As a ROM does: at 0, 4, 12 and 28 s. */
function askFourTimes(bench: DhcpBench, meanwhile: () => void = () => undefined): void {
  for (const seconds of [0, 4, 8, 16]) {
    bench.clock.advance(seconds * 1000);
    bench.discover(PXE);
    if (seconds === 8) meanwhile();
  }
}

await t.test("firmware that asks and asks is told of, and what would help", async (t) => {
  const bench = await DhcpBench.start({ proxy: true });
  askFourTimes(bench);
  t.strictSame(told(bench), [
    `${MAC}: asks for an address again and again: this network seems to have no DHCP server; mode = server would give addresses too`,
  ]);
  askFourTimes(bench);
  t.strictSame(told(bench), [], "once an hour");
});

await t.test("not where any machine takes an address", async (t) => {
  const bench = await DhcpBench.start({ proxy: true });
  const take = [
    [53, "03"],
    [50, quad("192.168.7.77")],
    [54, quad("192.168.7.254")],
  ] as const;
  askFourTimes(bench, () => void bench.ask({ options: [...take, ...PXE] }));
  t.strictSame(told(bench), []);
});

await t.test("not where one request is heard several times, or a machine boots again and again", async (t) => {
  const bench = await DhcpBench.start({ proxy: true });
  for (let count = 0; count < 8; count += 1) bench.discover(PXE);
  for (let count = 0; count < 8; count += 1) {
    bench.clock.advance(61_000);
    bench.discover(PXE);
  }
  t.strictSame(told(bench), []);
});

await t.test("not of a server, nor of what is no firmware", async (t) => {
  const server = await DhcpBench.start();
  askFourTimes(server);
  t.strictSame(told(server), []);
  const proxy = await DhcpBench.start({ proxy: true });
  for (const seconds of [0, 4, 8, 16]) {
    proxy.clock.advance(seconds * 1000);
    proxy.discover();
  }
  t.strictSame(told(proxy), []);
});
