import t from "tap";
import {
  formatIpv4,
  isLoopback,
  isPrivate,
  isUnicast,
  LIMITED_BROADCAST,
  parseIpv4,
  toIpv4,
  UNSPECIFIED,
} from "../../lib/net/ipv4.js";
import { SeededRandom } from "../support/random.js";
import { ip } from "../support/values.js";

await t.test("a dotted quad is a number, most significant octet first", (t) => {
  const cases = {
    "0.0.0.0": 0,
    "0.0.0.1": 1,
    "127.0.0.1": 0x7f000001,
    "192.168.1.1": 0xc0a80101,
    "255.255.255.255": 0xffffffff,
  };
  for (const [text, number] of Object.entries(cases)) {
    t.equal(parseIpv4(text), number, text);
    t.equal(formatIpv4(toIpv4(number)), text);
  }
  t.equal(UNSPECIFIED, ip("0.0.0.0"));
  t.equal(LIMITED_BROADCAST, ip("255.255.255.255"));
  t.end();
});

await t.test("every address is read as it is written", (t) => {
  const random = new SeededRandom(4);
  for (let count = 0; count < 1000; count++) {
    const text = [1, 2, 3, 4].map(() => random.below(256)).join(".");
    const address = parseIpv4(text);
    if (address === undefined || formatIpv4(address) !== text) t.fail(text);
  }
  t.end();
});

await t.test("refuses what is no dotted quad, also where a C library takes it", (t) => {
  const texts = [
    "",
    "1",
    "10.1",
    "1.2.3.4.5",
    "256.0.0.1",
    "1.2.3.-4",
    "010.0.0.1",
    "0x7f.0.0.1",
    "1.2.3.4 ",
    "1.2..4",
  ];
  for (const text of [...texts, "1.2.3.1000", "1.2.3.4/24", "::ffff:1.2.3.4", "١.2.3.4", "1e1.0.0.1"]) {
    t.equal(parseIpv4(text), undefined, JSON.stringify(text));
  }
  t.end();
});

await t.test("any number keeps its low 32 bits", (t) => {
  t.equal(toIpv4(-1), LIMITED_BROADCAST);
  t.equal(toIpv4(2 ** 32 + 5), 5);
  t.end();
});

await t.test("knows the ranges of RFC 1918, loopback, and what one machine can hold", (t) => {
  const cases = {
    "10.0.0.0": ["private", "unicast"],
    "10.255.255.255": ["private", "unicast"],
    "11.0.0.0": ["unicast"],
    "172.15.255.255": ["unicast"],
    "172.16.0.0": ["private", "unicast"],
    "172.31.255.255": ["private", "unicast"],
    "172.32.0.0": ["unicast"],
    "192.168.0.0": ["private", "unicast"],
    "192.168.255.255": ["private", "unicast"],
    "192.169.0.0": ["unicast"],
    "223.255.255.255": ["unicast"],
    "0.0.0.0": [],
    "0.255.255.255": [],
    "127.0.0.0": ["loopback"],
    "127.255.255.255": ["loopback"],
    "128.0.0.1": ["unicast"],
    "224.0.0.1": [],
    "240.0.0.1": [],
    "255.255.255.255": [],
  };
  for (const [text, expected] of Object.entries(cases)) {
    const address = ip(text);
    const kinds = { private: isPrivate(address), loopback: isLoopback(address), unicast: isUnicast(address) };
    const found = Object.entries(kinds).flatMap(([kind, is]) => (is ? [kind] : []));
    t.strictSame(found, expected, text);
  }
  t.end();
});
