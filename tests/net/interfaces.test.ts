import { networkInterfaces } from "node:os";
import t from "tap";
import { hostInterfaces, mtuOf } from "../../lib/net/interfaces.js";
import { formatIpv4 } from "../../lib/net/ipv4.js";

await t.test("lists the IPv4 addresses of this host with their networks", (t) => {
  const found = hostInterfaces().map(({ name, address, subnet, loopback }) => ({
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
  t.strictSame(found, known);
  for (const { address, subnet } of hostInterfaces()) t.ok(subnet.contains(address), subnet.toString());
  const loopback = hostInterfaces().find((entry) => entry.address === 0x7f000001);
  t.match(loopback, { loopback: true, subnet: { mask: 0xff000000 } }, "among them that of loopback");
  t.end();
});

await t.test("tells the MTU of an interface, and Ethernet's of one that is not there", (t) => {
  t.ok(mtuOf("lo") >= 1500);
  t.equal(mtuOf("no-such-interface"), 1500);
  t.end();
});
