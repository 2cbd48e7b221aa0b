import t from "tap";
import { formatIpv4, toIpv4 } from "../../lib/net/ipv4.js";
import { parseNetmask, Subnet } from "../../lib/net/subnet.js";
import { ip } from "../support/values.js";

function subnet(address: string, mask: string): Subnet {
  const parsed = parseNetmask(mask);
  if (parsed === undefined) throw new Error(mask);
  return Subnet.holding(ip(address), parsed);
}

await t.test("a network is told from one of its addresses and the mask", (t) => {
  const cases = [
    ["192.168.1.77", "/24", "192.168.1.0/24", "192.168.1.255"],
    ["192.168.1.77", "255.255.255.240", "192.168.1.64/28", "192.168.1.79"],
    ["10.20.30.40", "/8", "10.0.0.0/8", "10.255.255.255"],
    ["192.168.1.77", "/31", "192.168.1.76/31", "192.168.1.77"],
    ["192.168.1.77", "/32", "192.168.1.77/32", "192.168.1.77"],
    ["192.168.1.77", "/1", "128.0.0.0/1", "255.255.255.255"],
    ["192.168.1.77", "/0", "0.0.0.0/0", "255.255.255.255"],
  ] as const;
  for (const [address, mask, text, broadcast] of cases) {
    const network = subnet(address, mask);
    t.equal(network.toString(), text);
    t.equal(formatIpv4(network.broadcast), broadcast, `the last address of ${text}`);
    t.ok(network.contains(ip(address)), `${text} contains ${address}`);
  }
  t.end();
});

await t.test("a network contains its first and its last address, and not their neighbours", (t) => {
  for (const [address, mask] of [
    ["192.168.1.77", "/28"],
    ["10.20.30.40", "/16"],
    ["200.0.0.1", "/9"],
  ] as const) {
    const network = subnet(address, mask);
    t.ok(network.contains(network.network));
    t.ok(network.contains(network.broadcast));
    t.notOk(network.contains(toIpv4(network.network - 1)));
    t.notOk(network.contains(toIpv4(network.broadcast + 1)));
  }
  t.end();
});

await t.test("a netmask of any number of bits has them first, written either way", (t) => {
  for (let bits = 1; bits <= 32; bits++) {
    const mask = toIpv4(-1 << (32 - bits));
    t.equal(parseNetmask(`/${bits}`), mask);
    t.equal(parseNetmask(`${bits}`), mask);
    t.equal(parseNetmask(formatIpv4(mask)), mask, formatIpv4(mask));
  }
  t.end();
});

await t.test("refuses what is no netmask", (t) => {
  const texts = ["", "/", "/33", "33", "-1", "/-1", "/024", "255.255.0.255", "0.255.255.255", "1.2.3.4"];
  for (const text of [...texts, "255.255.255", "255.255.255.0/24", "0xffffff00", "/24 ", "x"]) {
    t.equal(parseNetmask(text), undefined, JSON.stringify(text));
  }
  t.end();
});
