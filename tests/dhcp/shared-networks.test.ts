/** Which networks share a link. */

import t from "tap";
import { groupByLink, sharedLinks } from "../../lib/dhcp/shared-networks.js";
import { tftpSettings } from "../../lib/tftp/settings.js";
import { describeConfig } from "../../lib/daemon/describe.js";
import { formatIpv4 } from "../../lib/net/ipv4.js";
import { complaintsOf, HOST, interfaceWith, loadText } from "../support/configuration.js";

const BOOTPD = "[bootpd]\npool_start = 192.168.1.100\n";
const interfaces = [...HOST, interfaceWith("eth0", "10.9.0.1/24")];
const subnet = (name: string, network: string, more = ""): string =>
  `[subnet ${name}]\nnetwork = ${network}.0/24\npool_start = ${network}.100\npool_count = 5\n${more}`;

function shared(text: string): readonly (readonly string[])[] {
  const { subnets } = loadText(t, text, { interfaces });
  return sharedLinks(subnets).map((group) => group.map((served) => served.subnet.toString()));
}

await t.test("those of one interface do, without being told to", (t) => {
  const text = BOOTPD + subnet("second", "10.9.0");
  for (const each of [text, text.replace("[bootpd]", "[bootpd]\ninterface = eth0")]) {
    t.strictSame(shared(each), [["192.168.1.0/24", "10.9.0.0/24"]]);
  }
  t.strictSame(shared(text.replace("10.9.0.", "10.8.0.").replace("10.9.0.", "10.8.0.")), [], "behind a relay agent");
  t.end();
});

await t.test("those of one name do, wherever they are", (t) => {
  const far = subnet("far", "10.7.0", "shared_network = far\n") + subnet("further", "10.8.0", "shared_network = far\n");
  t.strictSame(shared(BOOTPD + far), [["10.7.0.0/24", "10.8.0.0/24"]]);
  const office = `${BOOTPD}shared_network = office\n`;
  const third = subnet("third", "10.7.0", "shared_network = office\n");
  t.strictSame(shared(office + subnet("second", "10.9.0") + third), [["192.168.1.0/24", "10.9.0.0/24", "10.7.0.0/24"]]);
  t.end();
});

await t.test("a network joins those that it shares anything with", (t) => {
  const networks = [
    { interfaceName: "eth0", sharedNetwork: undefined },
    { interfaceName: undefined, sharedNetwork: "a" },
    { interfaceName: undefined, sharedNetwork: undefined },
    { interfaceName: "eth0", sharedNetwork: "a" },
    { interfaceName: undefined, sharedNetwork: undefined },
  ] as const;
  const [one, two, three, four, five] = networks;
  t.strictSame(groupByLink(networks), [[three], [one, two, four], [five]]);
  t.end();
});

await t.test("what shares nothing, or two interfaces, is told", (t) => {
  const alone = loadText(t, BOOTPD + subnet("far", "10.7.0", "shared_network = far\n"), { interfaces });
  t.match(alone.warnings[0], "[subnet far] shared_network: no other network is called far");
  const two = "[bootpd]\ninterface = eth0; eth1\npool_start = 192.168.1.100\nshared_network = office\n";
  t.strictSame(complaintsOf(t, two + subnet("second", "10.20.0", "shared_network = office\n"), { interfaces }), [
    "FILE:9 [subnet second] shared_network: expected a name that no network of another interface has: this one is on eth1, got that of a network on eth0",
  ]);
  t.end();
});

await t.test("--check says so, and TFTP listens where machines of each know us", (t) => {
  const config = loadText(t, BOOTPD + subnet("second", "10.9.0"), { interfaces });
  const lines = describeConfig(config);
  t.ok(lines.includes("DHCP: 192.168.1.0/24 and 10.9.0.0/24 share a link, eth0"), lines.join("\n"));
  t.ok(lines.some((line) => line.startsWith("TFTP: 192.168.1.1 and 10.9.0.1, port 69")));
  t.strictSame(tftpSettings(config, interfaces).listen.map(formatIpv4), ["192.168.1.1", "10.9.0.1"]);
  const named = loadText(
    t,
    `${BOOTPD}shared_network = office\n${subnet("third", "10.7.0", "shared_network = office\n")}`,
  );
  t.ok(describeConfig(named).includes("DHCP: 192.168.1.0/24 and 10.7.0.0/24 share a link, office"));
  t.end();
});
