/** The address of a client behind proxies. */

import t from "tap";
import { clientAddress } from "../../lib/http/client-address.js";
import { formatIpv4 } from "../../lib/net/ipv4.js";
import { parseNetmask, Subnet } from "../../lib/net/subnet.js";
import { ip } from "../support/values.js";

const TRUSTED = [
  Subnet.holding(ip("10.8.0.0"), parseNetmask("16") ?? ip("0.0.0.0")),
  Subnet.holding(ip("192.168.1.2"), ip("255.255.255.255")),
];

function from(sender: string, forwarded?: string): string {
  return formatIpv4(clientAddress(ip(sender), forwarded, TRUSTED));
}

await t.test("the sender asks for itself unless it is a trusted proxy, whatever it says", (t) => {
  t.equal(from("192.168.1.7"), "192.168.1.7");
  t.equal(from("192.168.1.7", "192.168.1.100"), "192.168.1.7");
  t.equal(from("192.168.1.2"), "192.168.1.2", "a proxy may ask for itself");
  t.end();
});

await t.test(
  "a trusted proxy's word counts, and that of the trusted one before it, and of nobody further left",
  (t) => {
    t.equal(from("192.168.1.2", "192.168.1.100"), "192.168.1.100");
    t.equal(
      from("192.168.1.2", "1.2.3.4, 192.168.1.100"),
      "192.168.1.100",
      "what the client sent itself is left of it",
    );
    t.equal(from("10.8.3.4", "192.168.1.100,192.168.1.2"), "192.168.1.100");
    t.equal(from("10.8.3.4", "1.2.3.4, 192.168.1.100 ,192.168.1.2"), "192.168.1.100");
    t.equal(from("192.168.1.2", "10.8.3.4"), "10.8.3.4", "all are trusted: the first one asks");
    t.equal(from("192.168.1.2", "192.168.1.100:51234"), "192.168.1.100", "with its port");
    t.end();
  },
);

await t.test("what is no address is nobody's", (t) => {
  for (const forwarded of ["", "unknown", "192.168.1.100,", "2001:db8::1", "192.168.1.100, x", "192.168.1.256"]) {
    t.equal(from("192.168.1.2", forwarded), "0.0.0.0", JSON.stringify(forwarded));
  }
  t.end();
});
