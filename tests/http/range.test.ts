/** The Range header of RFC 9110 14.2. */

import t from "tap";
import { parseRange } from "../../lib/http/range.js";

/** `start-end`, or what else is read, of a file of 100 octets. */
function range(header: string | undefined, size = 100): string | undefined {
  const parsed = parseRange(header, size);
  return typeof parsed === "object" ? `${parsed.start}-${parsed.end}` : parsed;
}

await t.test("a part by its first and last octet", (t) => {
  t.equal(range("bytes=0-0"), "0-0");
  t.equal(range("bytes=10-19"), "10-19");
  t.equal(range("bytes=0-99"), "0-99");
  t.equal(range("bytes=90-1000"), "90-99", "the file ends where it ends");
  t.equal(range(" bytes=10-19 "), "10-19");
  t.equal(range("Bytes=10-19"), "10-19", "the unit in any case (RFC 9110 14.1)");
  t.end();
});

await t.test("from an octet on, and the last octets", (t) => {
  t.equal(range("bytes=10-"), "10-99");
  t.equal(range("bytes=99-"), "99-99");
  t.equal(range("bytes=-1"), "99-99");
  t.equal(range("bytes=-100"), "0-99");
  t.equal(range("bytes=-1000"), "0-99");
  t.end();
});

await t.test("what the file has not cannot be satisfied", (t) => {
  t.equal(range("bytes=100-"), "unsatisfiable");
  t.equal(range("bytes=100-200"), "unsatisfiable");
  t.equal(range("bytes=-0"), "unsatisfiable");
  t.equal(range("bytes=0-", 0), "unsatisfiable");
  t.equal(range("bytes=-5", 0), "unsatisfiable");
  t.equal(range("bytes=99999999999999999999999-"), "unsatisfiable");
  t.end();
});

await t.test("any other header asks for the whole, as the RFC allows", (t) => {
  const others = [
    "",
    "bytes",
    "bytes=",
    "bytes=-",
    "bytes=a-b",
    "bytes=1",
    "bytes=20-10",
    "items=0-1",
    "bytes=0-1,5-9",
    "bytes=+1-2",
  ];
  for (const header of others) t.equal(range(header), undefined, JSON.stringify(header));
  t.equal(range(undefined), undefined);
  t.end();
});
