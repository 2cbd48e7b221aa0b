/** What a standby answers while its master serves, and while it does not. */

import t from "tap";
import type { LeftCause } from "../../lib/events/causes/boot.js";
import { DhcpBench, PXE, SERVER } from "../support/dhcp-bench.js";
import { quad } from "../support/dhcp-packet.js";
import { ip } from "../support/values.js";

const MAC = "52:54:00:aa:bb:01";
const SILENCE: LeftCause = { code: "master-serves", master: ip("192.168.7.2") };

/** A duty that a test changes. */
interface ChangingDuty {
  silence: LeftCause | undefined;
}
const toServer = { to: { address: ip(SERVER), port: 67 }, from: { address: ip("192.168.7.20"), port: 68 } };

await t.test("a silent standby leaves requests to its master", async (t) => {
  const bench = await DhcpBench.start({ duty: { silence: SILENCE }, allowSimple: true });
  t.equal(bench.discover(), undefined);
  t.equal(bench.discover(PXE), undefined);
  t.strictSame(
    bench.ask({
      options: [
        [53, "03"],
        [54, quad("192.168.7.2")],
        [50, quad("192.168.7.100")],
      ],
    }),
    [],
  );
  t.strictSame(bench.ask({ giaddr: "192.168.7.9", hops: 1, options: [[53, "01"]] }, toServer), [], "by a relay agent");
  const log = bench.log();
  t.equal(log.length, 4);
  for (const line of log) t.match(line, /: left .+ to another server: 192\.168\.7\.2 serves, whose standby this is$/);
});

await t.test("it answers what only it can answer: who took its offer, and who renews with it", async (t) => {
  const duty: ChangingDuty = { silence: undefined };
  const bench = await DhcpBench.start({ duty, allowSimple: true });
  const offer = bench.discover();
  t.equal(offer?.yiaddr, "192.168.7.100");
  duty.silence = SILENCE;
  t.equal(bench.request("192.168.7.100")?.yiaddr, "192.168.7.100", "its offer is taken while the master is back");
  const renewal = { ciaddr: "192.168.7.100", options: [[53, "03"]] } as const;
  t.match(bench.ask(renewal, toServer), [{ yiaddr: "192.168.7.100" }], "by unicast");
  t.strictSame(bench.ask(renewal), [], "a broadcast (REBINDING) is for the master");
});

await t.test("a standby that serves gives machines their reserved addresses, and no other", async (t) => {
  const bench = await DhcpBench.start({
    duty: { silence: undefined },
    reservedOnly: true,
    allowSimple: true,
    reservations: { [MAC]: "192.168.7.20" },
  });
  t.equal(bench.obtain(), "192.168.7.20");
  t.equal(bench.discover([], { chaddr: "525400aabb02" }), undefined);
  t.match(bench.log().at(-1), /52:54:00:aa:bb:02: left .* to another server: no address is reserved for it$/);
});
