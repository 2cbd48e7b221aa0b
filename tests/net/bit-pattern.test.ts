import t from "tap";
import { exactMac, matchesPattern, parseMacPattern, parseUuidPattern } from "../../lib/net/bit-pattern.js";
import { macToInteger } from "../../lib/net/mac.js";
import { uuidToInteger } from "../../lib/net/uuid.js";
import { mac, uuid } from "../support/values.js";

/** Which of the addresses a pattern means; undefined where it is none. */
function macsOf(pattern: string, addresses: readonly string[]): readonly string[] | undefined {
  const parsed = parseMacPattern(pattern);
  return parsed && addresses.filter((address) => matchesPattern(parsed, macToInteger(mac(address))));
}

await t.test("a whole address means that machine", (t) => {
  const pattern = parseMacPattern("1C-69-7A-00-00-01");
  t.strictSame(pattern, exactMac(mac("1c:69:7a:00:00:01")));
  t.equal(pattern?.exact, true);
  t.strictSame(parseMacPattern("1c:69:7a:00:00:01"), pattern, "with colons too");
  t.strictSame(parseMacPattern("1C-69-7A-00-00-01/48"), pattern, "and with all its bits");
  t.strictSame(macsOf("1C-69-7A-00-00-01", ["1c:69:7a:00:00:01", "1c:69:7a:00:00:02"]), ["1c:69:7a:00:00:01"]);
  t.end();
});

await t.test("a number of bits counts the leading ones", (t) => {
  const near = [
    "1c:69:7a:01:02:03",
    "1c:69:7a:01:02:04",
    "1c:69:7a:ff:00:00",
    "1c:69:7b:01:02:03",
    "1c:00:00:00:00:00",
  ];
  const cases = {
    "1C-69-7A/24": near.slice(0, 3),
    "1C-69-7A-00-00-00/24": near.slice(0, 3),
    "1C-69-7A-FF-FF-FF/24": near.slice(0, 3),
    "1C-69-7A/23": near.slice(0, 4),
    "1C/8": near,
    "1C-69-7A-01-02-00/45": near.slice(0, 2),
    "1C-69-7A-01-02/40": near.slice(0, 2),
    "00/0": near,
  };
  for (const [pattern, expected] of Object.entries(cases)) t.strictSame(macsOf(pattern, near), expected, pattern);
  t.end();
});

await t.test("where the octets written are those that PyBootd compared, its count of trailing bits is meant", (t) => {
  const near = ["1c:69:7a:01:02:03", "1c:69:7a:02:00:00", "1c:69:00:00:00:00", "1c:00:00:00:00:00"];
  const cases = {
    "1C-69-7A-01/16": near.slice(0, 1),
    "1C-69/32": near.slice(0, 3),
    "1C/40": near,
    "1C-69-7A/24": near.slice(0, 2),
  };
  for (const [pattern, expected] of Object.entries(cases)) t.strictSame(macsOf(pattern, near), expected, pattern);
  t.end();
});

await t.test("refuses what is no pattern of MAC addresses", (t) => {
  const patterns = ["", "1C-69-7A", "/24", "1C-69-7A/", "1C-69-7A/49", "1C-69-7A/x", "1C-69-7A/24/1", "1C-69-7/24"];
  for (const pattern of [...patterns, "1G-69-7A/24", "1C-69-7A/-1", "1C-69-7A-00-00-01-02/24", "1C-69-7A/255.0.0.0"]) {
    t.equal(parseMacPattern(pattern), undefined, JSON.stringify(pattern));
  }
  t.end();
});

/** Which of the UUIDs a pattern means; undefined where it is none. */
function uuidsOf(pattern: string, uuids: readonly string[]): readonly string[] | undefined {
  const parsed = parseUuidPattern(pattern);
  return parsed && uuids.filter((text) => matchesPattern(parsed, uuidToInteger(uuid(text))));
}

const UUIDS = [
  "12345678-abcd-ef00-1111-abcdefabcdef",
  "12345678-abcd-ef00-1111-abcdefabcdee",
  "12345678-0000-0000-0000-000000000000",
  "22345678-abcd-ef00-1111-abcdefabcdef",
];

await t.test("a UUID alone, or with all its bits, means that machine", (t) => {
  for (const pattern of [
    "12345678-ABCD-EF00-1111-ABCDEFABCDEF",
    "12345678-abcd-ef00-1111-abcdefabcdef/128",
    "12345678abcdef001111abcdefabcdef",
    "{12345678-abcd-ef00-1111-abcdefabcdef}",
    "{12345678ABCDEF001111ABCDEFABCDEF}/128",
  ]) {
    t.equal(parseUuidPattern(pattern)?.exact, true);
    t.strictSame(uuidsOf(pattern, UUIDS), UUIDS.slice(0, 1), pattern);
  }
  t.end();
});

await t.test("a UUID's mask is a number of leading bits, or written like a UUID", (t) => {
  const cases = {
    "12345678-abcd-ef00-1111-abcdefabcdef/127": UUIDS.slice(0, 2),
    "12345678-ffff-ffff-ffff-ffffffffffff/32": UUIDS.slice(0, 3),
    "12345678-abcd-ef00-1111-abcdefabcdef/0": UUIDS,
    "12345678-abcd-ef00-1111-abcdefabcdef/ffffffff-0000-0000-0000-000000000000": UUIDS.slice(0, 3),
    "ffffffff-abcd-ef00-1111-abcdefabcdef/00000000-ffff-ffff-ffff-ffffffffffff": [UUIDS[0], UUIDS[3]],
  };
  for (const [pattern, expected] of Object.entries(cases)) {
    t.strictSame(uuidsOf(pattern, UUIDS), expected, pattern);
    t.equal(parseUuidPattern(pattern)?.exact, false);
  }
  t.end();
});

await t.test("refuses what is no pattern of UUIDs", (t) => {
  const [first = ""] = UUIDS;
  for (const pattern of ["", "12345678/32", `${first}/129`, `${first}/`, `${first}/x`, `${first}/32/1`, `/${first}`]) {
    t.equal(parseUuidPattern(pattern), undefined, JSON.stringify(pattern));
  }
  t.end();
});
