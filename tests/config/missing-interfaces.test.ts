/** Several interfaces are to be served, and some of them are not there. */

import t from "tap";
import type { Config } from "../../lib/settings/load.js";
import { formatIpv4 } from "../../lib/net/ipv4.js";
import { complaintsOf, HOST, interfaceWith, loadText } from "../support/configuration.js";
import { ip } from "../support/values.js";

const ETH0_AND_ETH7 = `[bootpd]
interface = eth0; eth7
pool_start = 192.168.1.100
[subnet seventh]
network = 10.7.0.0/24
pool_start = 10.7.0.100
pool_count = 5
`;
const ETH7_AND_ETH0 = `[bootpd]
interface = eth7; eth0
pool_start = 10.7.0.100
[subnet first]
network = 192.168.1.0/24
pool_start = 192.168.1.100
pool_count = 5
`;
const ETH7 = interfaceWith("eth7", "10.7.0.1/24", 7);

const served = ({ subnets }: Config): readonly string[] =>
  subnets.map(({ link, subnet }) => `${subnet.toString()} ${link?.interfaceName ?? "nowhere"}`);
const missing =
  "[bootpd] interface: this host has no eth7 with an IPv4 address now; it is served when it comes, the others are meanwhile";

await t.test("those that are there are served, and a warning names the others", (t) => {
  const config = loadText(t, `${ETH0_AND_ETH7}[static_dhcp]\n1C-69-7A-00-00-01 = 10.7.0.9\n`);
  t.strictSame(served(config), ["192.168.1.0/24 eth0", "10.7.0.0/24 nowhere"]);
  t.strictSame(config.warnings.slice(0, 1), [missing]);
  const whole = loadText(t, ETH0_AND_ETH7, { interfaces: [...HOST, ETH7] });
  t.strictSame(served(whole), ["192.168.1.0/24 eth0", "10.7.0.0/24 eth7"]);
  t.notMatch(whole.warnings.join(), /interface/);
  t.end();
});

await t.test("the one that holds pool_start may be missing too", (t) => {
  const config = loadText(t, `${ETH7_AND_ETH0}[static_dhcp]\n1C-69-7A-00-00-01 = 10.7.0.9\n`);
  t.strictSame(served(config), ["192.168.1.0/24 eth0"]);
  t.equal(formatIpv4(config.network?.serverAddress ?? ip("0.0.0.0")), "192.168.1.1");
  t.strictSame(config.warnings.slice(0, 2), [
    missing,
    "[bootpd] pool_start: 10.7.0.100 is in the network of no interface that is there now",
  ]);
  const masked = loadText(t, ETH7_AND_ETH0.replace("[subnet", "netmask = 255.255.255.0\n[subnet"));
  t.strictSame(served(masked), ["10.7.0.0/24 nowhere", "192.168.1.0/24 eth0"], "its network is known by netmask");
  t.end();
});

await t.test("what was served before it went stays known", (t) => {
  const former = loadText(t, ETH7_AND_ETH0, { interfaces: [...HOST, ETH7] });
  t.strictSame(served(former), ["10.7.0.0/24 eth7", "192.168.1.0/24 eth0"]);
  const config = loadText(t, ETH7_AND_ETH0, { former });
  t.strictSame(served(config), ["10.7.0.0/24 nowhere", "192.168.1.0/24 eth0"]);
  t.strictSame(config.subnets[0]?.ranges, former.subnets[0]?.ranges);
  t.end();
});

await t.test("DHCP waits where only TFTP has an interface", (t) => {
  const [text = ""] = ETH7_AND_ETH0.split("[subnet");
  const config = loadText(t, text);
  t.strictSame(served(config), []);
  t.equal(config.network?.interfaceName, "eth0");
  t.end();
});

await t.test("the proxy modes serve those that are there", (t) => {
  const text = "[bootpd]\nmode = auto-proxy\ninterface = eth7; eth1; eth0\n";
  t.strictSame(served(loadText(t, text)), ["192.168.1.0/24 eth0", "10.20.0.0/16 eth1"]);
  t.strictSame(loadText(t, text).warnings.slice(0, 1), [missing]);
  t.end();
});

await t.test("what is reserved outside of every network is wrong where all are there", (t) => {
  const text = `${ETH0_AND_ETH7}[static_dhcp]\n1C-69-7A-00-00-01 = 10.8.0.9\n`;
  t.strictSame(complaintsOf(t, text), []);
  t.match(complaintsOf(t, text, { interfaces: [...HOST, ETH7] }), [/\[static_dhcp\]/]);
  t.end();
});
