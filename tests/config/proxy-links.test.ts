/** Which interfaces are served where another server gives the addresses. */

import t from "tap";
import type { Config } from "../../lib/settings/load.js";
import { complaintsOf, HOST, interfaceWith, loadText } from "../support/configuration.js";

const PROXY = "[bootpd]\nmode = auto-proxy\n";
const links = ({ subnets }: Config): readonly (string | undefined)[] => subnets.map(({ link }) => link?.interfaceName);

await t.test("every one that has an address, without [subnet] and without a pool", (t) => {
  const config = loadText(t, PROXY);
  t.strictSame(links(config), ["eth0", "eth1"]);
  t.strictSame(config.settings.bootpd.interface, ["eth0", "eth1"], "TFTP too");
  t.strictSame(
    links(loadText(t, "[bootpd]\nmode = server\npool_start = 192.168.1.100\n")),
    ["eth0"],
    "a server does not",
  );
  t.end();
});

await t.test("those that are named, or that have the address or the pool", (t) => {
  t.strictSame(links(loadText(t, `${PROXY}interface = eth1\n`)), ["eth1"]);
  t.strictSame(links(loadText(t, `${PROXY}interface = eth1; eth0\n`)), ["eth0", "eth1"]);
  t.strictSame(links(loadText(t, `${PROXY}address = 10.20.0.1\n`)), ["eth1"]);
  t.strictSame(links(loadText(t, `${PROXY}pool_start = 10.20.0.50\n`)), ["eth1"]);
  t.end();
});

await t.test("a network that has a section is not served twice", (t) => {
  const config = loadText(t, `${PROXY}[subnet lab]\nnetwork = 10.20.0.0/16\nboot_file = lab.0\n`);
  t.strictSame(links(config), ["eth0", "eth1"]);
  t.strictSame(
    config.subnets.map(({ bootFile }) => bootFile),
    [undefined, "lab.0"],
  );
  t.end();
});

await t.test("two interfaces may be in one network", (t) => {
  const interfaces = [...HOST, interfaceWith("wlan0", "192.168.1.2/24")];
  t.strictSame(links(loadText(t, PROXY, { interfaces })), ["eth0", "eth1", "wlan0"]);
  t.end();
});

await t.test("a filter's URL has a host", (t) => {
  const expected = "a URL whose host no variable makes, such as http://mirror.example.org/boot/{filename}";
  t.strictSame(complaintsOf(t, `${PROXY}[filters]\na = http://{file}/x\nb = https://example.org/{filename}\n`), [
    `FILE:4 [filters] a: expected ${expected}, got http://{file}/x`,
  ]);
  t.end();
});
