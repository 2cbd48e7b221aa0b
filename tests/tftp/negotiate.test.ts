/** Negotiation of the options that a client requests. */

import t from "tap";
import { negotiate, type Limits, type Terms } from "../../lib/tftp/negotiate.js";
import type { Mode } from "../../lib/tftp/packet.js";

const LIMITS: Limits = {
  defaultBlockSize: 512,
  largestBlockSize: 1468,
  largestWindowSize: 64,
  timeoutSeconds: 2,
  leastWaitSeconds: 0.02,
};

function terms(
  options: readonly (readonly [string, string])[],
  size: number | undefined = 1000,
  mode: Mode = "octet",
): Terms {
  return negotiate({ name: "x", mode, options }, size, LIMITS);
}

/** Returns the acknowledged value of one option; undefined where it is left out. */
function accepted(name: string, value: string, size?: number, mode?: Mode): string | undefined {
  const { accepted: all } = terms([[name, value]], size, mode);
  if (all.length > 1) throw new Error("more than was asked");
  return all[0]?.[1];
}

await t.test("C3 without options it is lock-step with blocks of the default size", (t) => {
  t.match(terms([]), { blockSize: 512, windowSize: 1, timeoutSeconds: 2, accepted: [] });
  t.end();
});

await t.test("C4 what is acknowledged was asked, in its order and with its name as it was written", (t) => {
  const { accepted: all } = terms([
    ["TSIZE", "0"],
    ["BlkSize", "1024"],
    ["unknown", "1"],
    ["windowsize", "4"],
    ["utimeout", "500000"],
    ["multicast", ""],
    ["blksize2", "512"],
    ["timeout", "5"],
  ]);
  t.strictSame(all, [
    ["TSIZE", "1000"],
    ["BlkSize", "1024"],
    ["windowsize", "4"],
    ["timeout", "5"],
  ]);
  t.end();
});

await t.test("C5 D14 a number that is none leaves the option out", (t) => {
  const malformed = [
    "",
    "-1",
    "+512",
    "0x200",
    "512abc",
    "1e3",
    " 512",
    "512 ",
    "5.12",
    "1234567890123456789012345",
    "٥١٢",
  ];
  for (const name of ["blksize", "tsize", "timeout", "windowsize", "utimeout"]) {
    for (const value of malformed) t.equal(accepted(name, value), undefined, `${name}=${JSON.stringify(value)}`);
  }
  t.end();
});

await t.test("C6 a block size is granted up to what the link carries whole, and from 8 octets on", (t) => {
  for (const value of ["8", "9", "511", "512", "1024", "1468"]) t.equal(accepted("blksize", value), value);
  for (const value of ["1469", "65464", "65465", "99999999999999999999"]) t.equal(accepted("blksize", value), "1468");
  for (const value of ["0", "1", "7"]) t.equal(accepted("blksize", value), undefined);
  t.equal(terms([["blksize", "7"]]).blockSize, 512, "else it is the default");
  t.equal(terms([["blksize", "9000"]]).blockSize, 1468);
  t.equal(terms([["blksize", "8"]]).blockSize, 8);
  const { accepted: all } = negotiate({ name: "x", mode: "octet", options: [["blksize", "65535"]] }, 1, {
    ...LIMITS,
    largestBlockSize: 65504,
  });
  t.strictSame(all, [["blksize", "65464"]], "RFC 2348's limit, on a link that carries more");
  t.end();
});

await t.test("C7 tsize is answered with the size of the file, whatever the client put there", (t) => {
  t.equal(accepted("tsize", "0"), "1000");
  t.equal(accepted("tsize", "0", 0), "0", "an empty file has a size too");
  t.equal(accepted("tsize", "12345"), "1000");
  t.equal(accepted("tsize", "0", 2 ** 32 + 5), "4294967301", "more than 32 bits");
  t.equal(accepted("tsize", "0", 2 ** 45), "35184372088832");
  t.end();
});

await t.test("C7 tsize is left out where the size that would travel is not known", (t) => {
  t.strictSame(negotiate({ name: "x", mode: "octet", options: [["tsize", "0"]] }, undefined, LIMITS).accepted, []);
  t.equal(accepted("tsize", "0", 1000, "netascii"), undefined);
  t.end();
});

await t.test("C8 a timeout of 1 to 255 comes back as it was sent, and counts", (t) => {
  for (const value of ["1", "5", "255"]) {
    t.equal(accepted("timeout", value), value);
    t.equal(terms([["timeout", value]]).timeoutSeconds, Number(value));
  }
  t.equal(accepted("timeout", "007"), "007", "character by character");
  for (const value of ["0", "256", "1000"]) t.equal(accepted("timeout", value), undefined);
  t.equal(terms([["timeout", "0"]]).timeoutSeconds, 2);
  t.end();
});

await t.test("C9 a window is granted up to our limit, never more than was asked", (t) => {
  for (const value of ["1", "4", "63", "64"]) t.equal(accepted("windowsize", value), value);
  for (const value of ["65", "65535"]) t.equal(accepted("windowsize", value), "64");
  for (const value of ["0", "65536", "99999"]) t.equal(accepted("windowsize", value), undefined);
  t.equal(terms([["windowsize", "1000"]]).windowSize, 64);
  t.equal(terms([["windowsize", "0"]]).windowSize, 1);
  t.end();
});

await t.test("C28b windows and blocks that would take gigabytes together are not agreed on", (t) => {
  const { blockSize, windowSize } = terms([
    ["windowsize", "65535"],
    ["blksize", "65464"],
  ]);
  t.strictSame([blockSize, windowSize], [1468, 64]);
  t.end();
});
