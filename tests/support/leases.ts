import { readFileSync } from "node:fs";
import { formatIpv4, toIpv4 } from "../../lib/net/ipv4.js";
import { macFromBytes } from "../../lib/net/mac.js";
import type { Lease } from "../../lib/leases/lease.js";
import { fixturePath } from "./pcap.js";
import type { SeededRandom } from "./random.js";
import { clientId, ip, mac } from "./values.js";

/** The text of a file of tests/fixtures/leases. */
export function sampleLeases(name: string): string {
  return readFileSync(fixturePath(`leases/${name}`), "utf8");
}

/** A lease of 10.0.0.1 as a test wants it. */
export function makeLease(changes: Partial<Lease> = {}): Lease {
  return {
    address: ip("10.0.0.1"),
    key: mac("52:54:00:00:00:01"),
    mac: mac("52:54:00:00:00:01"),
    state: "bound",
    starts: Date.UTC(2026, 10, 21, 12),
    ends: Date.UTC(2026, 10, 22, 12),
    hostName: undefined,
    ...changes,
  };
}

/** `10.0.0.1 bound`, for comparisons at a glance. */
export function summaryOf(leases: readonly Lease[]): readonly string[] {
  return leases.map(({ address, state }) => `${formatIpv4(address)} ${state}`);
}

/** Text that is troublesome in tables and terminals: separators, quotes, formulas, controls, halves of pairs. */
export function makeName(random: SeededRandom): string {
  const pieces = [
    "a",
    "PC-7",
    ",",
    '"',
    "'",
    "=",
    "+",
    "-",
    "@",
    "＝",
    ";",
    "\\",
    "\\u0041",
    " ",
    "\t",
    "\r",
    "\n",
    "\0",
  ];
  pieces.push(
    "\x1b[31m",
    "\x7f",
    "\x9b",
    "\u2028",
    "\u202e",
    "\ufeff",
    "\ud800",
    "😀",
    "é",
    "*",
    "#",
    "{",
    "}",
    "never",
  );
  return Array.from({ length: random.below(6) }, () => random.of(pieces)).join("");
}

/** Leases of any kind, no two of one address. */
export function makeLeases(random: SeededRandom, count: number): readonly Lease[] {
  return Array.from({ length: count }, (_, index) => {
    const identifier = clientId(makeOctets(random, 2 + random.below(254)).toString("hex"));
    const hasIdentifier = random.below(2) > 0;
    const hardware = macFromBytes(makeOctets(random, hasIdentifier ? random.below(17) : 1 + random.below(16)));
    const starts = random.below(2 ** 31) * 1000 + random.below(1000);
    return makeLease({
      address: toIpv4(ip("10.0.0.0") + index * 7919),
      key: hasIdentifier ? identifier : hardware,
      mac: hardware,
      state: random.of(["bound", "released", "declined"]),
      starts,
      ends: random.of([Infinity, starts + random.below(2 ** 32) * 1000, starts + random.below(1000)]),
      hostName: random.below(3) > 0 ? makeName(random) : undefined,
    });
  });
}

function makeOctets(random: SeededRandom, count: number): Buffer {
  return Buffer.from(Array.from({ length: count }, () => random.below(256)));
}
