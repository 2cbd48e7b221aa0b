import { Refusal } from "../../lib/common/refusal.js";
import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import t from "tap";
import { ethernetNames, hostInterfaces, mtuOf } from "../../lib/os/interfaces.js";
import { formatIpv4 } from "../../lib/net/ipv4.js";
import { loadLibc } from "../../lib/os/libc.js";

const libc = await loadLibc();
const ways = { "of Node.js": undefined, ...(libc instanceof Refusal ? {} : { "of the kernel": libc }) };

for (const [way, calls] of Object.entries(ways)) {
  await t.test(`lists the IPv4 addresses of this host with their networks, by way ${way}`, (t) => {
    const found = hostInterfaces(calls).map(({ name, address, subnet, loopback }) => ({
      name,
      address: formatIpv4(address),
      mask: formatIpv4(subnet.mask),
      loopback,
    }));
    const known = Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
      addresses
        .filter(({ family }) => family === "IPv4")
        .map(({ address, netmask, internal }) => ({ name, address, mask: netmask, loopback: internal })),
    );
    for (const each of known)
      t.match(
        found.find(({ address }) => address === each.address),
        each,
      );
    for (const { address, subnet, index, name } of hostInterfaces(calls)) {
      t.ok(subnet.contains(address), subnet.toString());
      t.equal(index, Number(readFileSync(`/sys/class/net/${name}/ifindex`, "utf8")));
    }
    const loopback = hostInterfaces(calls).find((entry) => entry.address === 0x7f000001);
    t.match(loopback, { loopback: true, subnet: { mask: 0xff000000 } }, "among them that of loopback");
    t.end();
  });
}

await t.test("tells the MTU of an interface, and Ethernet's of one that is not there", (t) => {
  t.ok(mtuOf("lo") >= 1500);
  t.equal(mtuOf("no-such-interface"), 1500);
  t.end();
});

await t.test("names the Ethernet interfaces, cards first, and nothing where the system tells of none", (t) => {
  const folder = t.testdir({
    bonding_masters: "",
    br0: { type: "1\n" },
    enp3s0: { type: "1\n", device: {} },
    lo: { type: "772\n" },
    ppp0: { type: "512\n" },
  });
  t.strictSame(ethernetNames(folder), ["enp3s0", "br0"]);
  t.strictSame(ethernetNames(`${folder}/nowhere`), []);
  t.notOk(ethernetNames().includes("lo"));
  t.end();
});
