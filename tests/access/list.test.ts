import t from "tap";
import type { AccessRequest } from "../../lib/access/access.js";
import { openAccess } from "../../lib/access/access.js";
import { IdentifierList, macAccess, uuidAccess, type Rule } from "../../lib/access/list.js";
import { parseMacPattern, parseUuidPattern } from "../../lib/net/bit-pattern.js";
import { macToInteger } from "../../lib/net/mac.js";
import { mac, uuid } from "../support/values.js";
import { told, type Told } from "../support/verdict.js";

/** The rules of a section: patterns of MAC addresses or UUIDs, and whether they allow. */
function rules(lines: readonly (readonly [pattern: string, allow: boolean])[]): readonly Rule[] {
  return lines.map(([text, allow]) => {
    const pattern = parseUuidPattern(text) ?? parseMacPattern(text);
    if (pattern === undefined) throw new Error(text);
    return { pattern, allow };
  });
}

function request(facts: Partial<AccessRequest>): AccessRequest {
  return {
    mac: mac("52-54-00-00-00-01"),
    uuid: undefined,
    stage: "firmware",
    entering: true,
    address: undefined,
    ...facts,
  };
}

await t.test(
  "an address is looked up exactly before under masks, wherever it stands; then the first mask counts",
  (t) => {
    const list = new IdentifierList(
      rules([
        ["1C-69-7A/24", true],
        ["1C-69/16", false],
        ["1C-69-7A-00-00-99", false],
        ["1C/8", true],
      ]),
    );
    const cases = {
      "1C-69-7A-00-00-01": true,
      "1C-69-7A-00-00-99": false,
      "1C-69-7B-00-00-01": false,
      "1C-70-00-00-00-01": true,
      "00-00-00-00-00-01": undefined,
    };
    for (const [text, expected] of Object.entries(cases))
      t.equal(list.find(macToInteger(mac(text)))?.allow, expected, text);
    t.end();
  },
);

await t.test("of two lines for the same machine the first counts", (t) => {
  const list = new IdentifierList(
    rules([
      ["1C-69-7A-00-00-01", true],
      ["1C:69:7A:00:00:01/48", false],
    ]),
  );
  t.equal(list.find(macToInteger(mac("1C-69-7A-00-00-01")))?.allow, true);
  t.end();
});

await t.test("a list of thousands finds each of its machines", (t) => {
  const lines = Array.from({ length: 5000 }, (_, index) => {
    const octets = index.toString(16).padStart(4, "0");
    return [`52-54-00-00-${octets.slice(0, 2)}-${octets.slice(2)}`, index % 2 === 0] as const;
  });
  const list = new IdentifierList(rules(lines));
  const wrong = lines.filter(([text, allow]) => list.find(macToInteger(mac(text)))?.allow !== allow);
  t.strictSame(wrong, []);
  t.end();
});

await t.test("access = mac says whom it refuses, and whether the list knows it", (t) => {
  const policy = macAccess(
    new IdentifierList(
      rules([
        ["1C-69-7A/24", true],
        ["1C-69-7A-00-00-99", false],
      ]),
    ),
  );
  const cases: Readonly<Record<string, Told>> = {
    "1C-69-7A-00-00-01": { granted: true },
    "1C-69-7A-00-00-99": { granted: false, reason: "MAC 1c:69:7a:00:00:99 is disabled in [mac]" },
    "52-54-00-00-00-01": { granted: false, reason: "MAC 52:54:00:00:00:01 is not in [mac]" },
  };
  for (const [text, verdict] of Object.entries(cases)) {
    t.strictSame(told(policy.judge(request({ mac: mac(text) }))), verdict, text);
  }
  t.end();
});

const LISTED = "12345678-abcd-ef00-1111-abcdefabcdef";
const SWAPPED = "78563412-cdab-00ef-1111-abcdefabcdef";

await t.test("access = uuid knows a machine in both byte orders", (t) => {
  const policy = uuidAccess(new IdentifierList(rules([[LISTED, true]])));
  t.strictSame(told(policy.judge(request({ uuid: uuid(LISTED) }))), { granted: true });
  t.strictSame(told(policy.judge(request({ uuid: uuid(SWAPPED) }))), { granted: true });
  const other = uuid("12345678-abcd-ef00-1111-abcdefabcdee");
  t.strictSame(told(policy.judge(request({ uuid: other }))), {
    granted: false,
    reason: `UUID ${other} is not in [uuid]`,
  });
  t.end();
});

await t.test("access = uuid refuses who is disabled in either byte order, and who has none", (t) => {
  const policy = uuidAccess(new IdentifierList(rules([[LISTED, false]])));
  for (const text of [LISTED, SWAPPED]) {
    t.strictSame(told(policy.judge(request({ uuid: uuid(text) }))), {
      granted: false,
      reason: `UUID ${text} is disabled in [uuid]`,
    });
  }
  t.strictSame(told(policy.judge(request({}))), {
    granted: false,
    reason: "it sent no UUID, which access = uuid goes by",
  });
  t.end();
});

await t.test("access = uuid lets a family of machines in by a mask", (t) => {
  const policy = uuidAccess(new IdentifierList(rules([["12345678-0000-0000-0000-000000000000/32", true]])));
  t.match(told(policy.judge(request({ uuid: uuid(LISTED) }))), { granted: true });
  t.match(told(policy.judge(request({ uuid: uuid("22345678-abcd-ef00-1111-abcdefabcdef") }))), { granted: false });
  t.end();
});

await t.test("a UUID that is listed exactly counts before a mask, in either byte order", (t) => {
  const policy = uuidAccess(
    new IdentifierList(
      rules([
        ["00000000-0000-0000-0000-000000000000/0", true],
        [LISTED, false],
      ]),
    ),
  );
  t.match(told(policy.judge(request({ uuid: uuid(LISTED) }))), { granted: false });
  t.match(told(policy.judge(request({ uuid: uuid(SWAPPED) }))), { granted: false });
  t.end();
});

await t.test("without access everybody may", (t) => {
  t.strictSame(openAccess.judge(request({})), { granted: true });
  t.end();
});
