/** For how long addresses are given, and when clients are told to ask for more. */

import t from "tap";
import { FROM_REQUEST, type Sourced } from "../../lib/config/origin.js";
import { leaseSecondsFor, renewalOptions, type LeaseTerms } from "../../lib/dhcp/lease-time.js";
import { decodeMessage } from "../../lib/dhcp/message.js";
import { makeRequest } from "../support/dhcp-packet.js";

/** The time that a client gets which asks for `wish`, the value of option 51 in hexadecimal. */
function granted(wish: string | undefined, terms: LeaseTerms): number {
  const options = [[53, "01"] as const, ...(wish === undefined ? [] : [[51, wish] as const])];
  return leaseSecondsFor(decodeMessage(makeRequest({ options })), terms);
}

const HOUR = "00000e10";

await t.test("A35 what a client asks for counts between the bounds", (t) => {
  const terms = { leaseSeconds: 7200, leaseBounds: { least: 600, most: 86_400 } };
  t.equal(granted(HOUR, terms), 3600);
  t.equal(granted("00000001", terms), 600);
  t.equal(granted("00000000", terms), 600);
  t.equal(granted("0fffffff", terms), 86_400);
  t.equal(granted("ffffffff", terms), 86_400, "for ever is not granted");
  t.equal(granted(undefined, terms), 7200, "who asks for nothing gets what is usual");
  t.equal(granted("0e10", terms), 7200, "as does who asks for what is no time");
  t.end();
});

await t.test("A35 without bounds all get the same", (t) => {
  for (const wish of [HOUR, "ffffffff", undefined]) t.equal(granted(wish, { leaseSeconds: 7200 }), 7200);
  t.end();
});

await t.test("A35 for ever is granted where it is allowed", (t) => {
  t.equal(granted("ffffffff", { leaseSeconds: 7200, leaseBounds: { least: 600, most: Infinity } }), Infinity);
  t.equal(granted("fffffffe", { leaseSeconds: 7200, leaseBounds: { least: 600, most: Infinity } }), 0xfffffffe);
  t.equal(granted(undefined, { leaseSeconds: 0xffffffff }), Infinity);
  t.equal(granted(undefined, { leaseSeconds: 2 ** 40 }), Infinity);
  t.equal(granted(undefined, { leaseSeconds: 2.5 }), 2, "and there are only whole seconds");
  t.end();
});

const sourced = (value: Buffer | undefined): Sourced<Buffer> | undefined => value && { value, origin: FROM_REQUEST };

/** T1 and T2 for a lease, where 58 and 59 are set to these. */
function times(lease: number, renewal?: string, rebinding?: string): readonly string[] {
  const configured = new Map<number, Buffer>();
  if (renewal !== undefined) configured.set(58, Buffer.from(renewal, "hex"));
  if (rebinding !== undefined) configured.set(59, Buffer.from(rebinding, "hex"));
  return [...renewalOptions(lease, (code) => sourced(configured.get(code)))].map(
    ([code, { value }]) => `${code} ${value.toString("hex")}`,
  );
}

await t.test("A35 T1 and T2 are half and seven eighths, one after the other before the end, or left out", (t) => {
  t.strictSame(times(3600), ["58 00000708", "59 00000c4e"]);
  t.strictSame(times(3), ["58 00000001", "59 00000002"]);
  for (const lease of [0, 1, 2]) t.strictSame(times(lease), [], `${lease}`);
  t.strictSame(times(Infinity), []);
  t.strictSame(times(0xfffffffe), ["58 7fffffff", "59 dffffffe"], "and nothing overflows");
  t.end();
});

await t.test("A35 what is set for T1 and T2 holds to the same", (t) => {
  t.strictSame(times(3600, "00000258"), ["58 00000258", "59 00000c4e"]);
  t.strictSame(times(3600, "00000258", "00000384"), ["58 00000258", "59 00000384"]);
  t.strictSame(times(3600, "00000384", "00000258"), [], "in the wrong order");
  t.strictSame(times(3600, "00000e10"), [], "not before the end");
  t.strictSame(times(3600, "00000000"), []);
  t.strictSame(times(Infinity, "00000258", "00000384"), []);
  t.end();
});
