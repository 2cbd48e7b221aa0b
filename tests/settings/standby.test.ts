/** What a configuration with `standby_for` makes of the rest. */

import t from "tap";
import { makeIpxe } from "../../lib/boot/ipxe/settings.js";
import { describeConfig } from "../../lib/daemon/describe.js";
import { EventBus } from "../../lib/events/event.js";
import { noHosts } from "../../lib/inventory/source.js";
import { loadText } from "../support/configuration.js";
import { MemorySource } from "../support/memory-source.js";
import { mac } from "../support/values.js";

const INI = `[bootpd]
pool_start = 192.168.1.100
pool_ranges = 192.168.1.150-192.168.1.160
lease_db = memory
standby_for = 192.168.1.2
[daemon]
state_dir = ./state
[static_dhcp]
52-54-00-00-00-01 = 192.168.1.20
`;

await t.test("a standby has no pool, unless it may give addresses of one", (t) => {
  const config = loadText(t, INI);
  t.strictSame(config.subnets[0]?.ranges, []);
  t.match(describeConfig(config), [
    /network 192\.168\.1\.0\/24, no pool, 1 reservation/,
    /./,
    "DHCP: standby of 192.168.1.2: silent while that serves, for machines that have an address in [static_dhcp] or [hosts]",
  ]);
  const dynamic = loadText(t, INI.replace("[daemon]", "standby_dynamic = yes\n[daemon]"));
  t.equal(dynamic.subnets[0]?.ranges.length, 2);
  t.ok(describeConfig(dynamic).includes("DHCP: standby of 192.168.1.2: silent while that serves"));
  t.end();
});

await t.test("a standby boots no machine that boots once: the other server may have installed it", (t) => {
  const once = (text: string): boolean => {
    const files = new MemorySource({});
    return makeIpxe(loadText(t, text), undefined, noHosts, () => files, new EventBus()).once.isDone(
      mac("52-54-00-00-00-01"),
    );
  };
  t.equal(once(INI), true);
  t.equal(once(INI.replace("standby_for = 192.168.1.2\n", "")), false);
  t.end();
});
