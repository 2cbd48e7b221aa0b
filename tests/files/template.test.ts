import t from "tap";
import { fillTemplate, unknownVariables, VARIABLES } from "../../lib/files/template.js";

await t.test("fills in what a request gives, as often as it is asked", (t) => {
  const facts = { filename: "pxelinux.cfg/default", mac: "52-54-00-00-00-01", ip: "10.0.0.5" };
  const cases = {
    "plain.cfg": "plain.cfg",
    "{mac}": "52-54-00-00-00-01",
    "machines/{mac}/{ip}/{mac}.cfg": "machines/52-54-00-00-00-01/10.0.0.5/52-54-00-00-00-01.cfg",
    "{filename}": "pxelinux.cfg/default",
    "{}": "{}",
    "{ mac }": "{ mac }",
  };
  for (const [template, text] of Object.entries(cases)) t.strictSame(fillTemplate(template, facts), { text }, template);
  t.end();
});

await t.test("what a request puts in is not filled in again", (t) => {
  t.strictSame(fillTemplate("{filename}", { filename: "{mac}", mac: "x" }), { text: "{mac}" });
  t.strictSame(fillTemplate("{filename}", { filename: "$& $1" }), { text: "$& $1" });
  t.end();
});

await t.test("names the first variable that has no value", (t) => {
  t.strictSame(fillTemplate("{mac}/{uuid}/{ip}", { mac: "x" }), { missing: "uuid" });
  t.strictSame(fillTemplate("{mac}", { mac: "" }), { text: "" }, "an empty value is one");
  t.end();
});

await t.test("knows its variables", (t) => {
  t.strictSame(VARIABLES, ["filename", "file", "mac", "ip", "uuid", "arch"]);
  t.strictSame(unknownVariables(VARIABLES.map((name) => `{${name}}`).join("/"), 0), []);
  t.strictSame(unknownVariables("{mac}/{serial}/{MAC}/{}", 0), ["serial", "MAC"]);
  t.strictSame(unknownVariables("{constructor}", 0), ["constructor"]);
  t.end();
});
