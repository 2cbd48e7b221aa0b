import t from "tap";
import { parseUuid, swapUuid, uuidFromOption, uuidToInteger } from "../../lib/net/uuid.js";
import { uuid } from "../support/values.js";

const TEXT = "12345678-abcd-ef00-1111-abcdefabcdef";

await t.test("a UUID is in lower case with dashes", (t) => {
  t.equal(parseUuid(TEXT.toUpperCase()), TEXT);
  for (const text of ["", TEXT.replaceAll("-", ""), `{${TEXT}}`, `${TEXT}0`, TEXT.replace("a", "g"), ` ${TEXT}`]) {
    t.equal(parseUuid(text), undefined, JSON.stringify(text));
  }
  t.end();
});

await t.test("option 97 holds a zero and sixteen octets, in the order they arrive", (t) => {
  const octets = TEXT.replaceAll("-", "");
  t.equal(uuidFromOption(Buffer.from(`00${octets}`, "hex")), TEXT);
  const others = { "another type": `01${octets}`, "too short": `00${octets.slice(2)}`, "too long": `00${octets}00` };
  for (const [why, value] of Object.entries({ ...others, "no octets": "" })) {
    t.equal(uuidFromOption(Buffer.from(value, "hex")), undefined, why);
  }
  t.end();
});

await t.test("the other byte order turns the first three fields, and twice nothing", (t) => {
  t.equal(swapUuid(uuid(TEXT)), "78563412-cdab-00ef-1111-abcdefabcdef");
  t.equal(swapUuid(swapUuid(uuid(TEXT))), TEXT);
  t.end();
});

await t.test("is compared as an integer", (t) => {
  t.equal(uuidToInteger(uuid(TEXT)), 0x12345678abcdef001111abcdefabcdefn);
  t.end();
});
