import t from "tap";
import { AddressMap } from "../../lib/leases/address-map.js";
import { LIMITED_BROADCAST, UNSPECIFIED } from "../../lib/net/ipv4.js";
import { ip } from "../support/values.js";

await t.test("keeps what is known of each address, and forgets it", (t) => {
  const map = new AddressMap<string>();
  const addresses = [UNSPECIFIED, ip("10.0.0.255"), ip("10.0.1.0"), ip("192.168.0.1"), LIMITED_BROADCAST];
  for (const address of addresses) {
    t.equal(map.get(address), undefined);
    map.set(address, `of ${address}`);
  }
  for (const address of addresses) t.equal(map.get(address), `of ${address}`);
  t.notOk(map.has(ip("10.0.1.1")), "a neighbour is not known");
  map.delete(ip("10.0.1.0"));
  map.delete(ip("10.9.9.9"));
  t.notOk(map.has(ip("10.0.1.0")));
  t.ok(map.has(ip("10.0.0.255")));
  t.end();
});
