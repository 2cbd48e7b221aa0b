import t from "tap";
import { ConfigError, formatProblem } from "../../lib/config/problem.js";

await t.test(
  "a problem says where it stands as far as that is known, what is expected, what there is, and what to try",
  (t) => {
    const rest = { expected: "yes or no", got: '"maybe"' };
    const cases = [
      [{ ...rest, line: 7, section: "bootpd", option: "set_gateway" }, "FILE:7 [bootpd] set_gateway"],
      [{ ...rest, line: 7, section: "bootpd" }, "FILE:7 [bootpd]"],
      [{ ...rest, line: 7 }, "FILE:7"],
      [{ ...rest, section: "bootpd", option: "set_gateway" }, "FILE [bootpd] set_gateway"],
      [rest, "FILE"],
    ] as const;
    for (const [problem, place] of cases) {
      t.equal(formatProblem("FILE", problem), `${place}: expected yes or no, got "maybe"`);
      t.equal(
        formatProblem("FILE", { ...problem, hint: "did you mean yes?" }),
        `${place}: expected yes or no, got "maybe" (did you mean yes?)`,
      );
    }
    t.end();
  },
);

await t.test("an error lists its problems in the order of their lines, those of no line last", (t) => {
  const problems = [{ line: 9 }, {}, { line: 10 }, { line: 1 }].map((place) => ({ ...place, expected: "x", got: "y" }));
  const error = new ConfigError("FILE", problems);
  t.strictSame(error.message.split("\n"), [
    "FILE:1: expected x, got y",
    "FILE:9: expected x, got y",
    "FILE:10: expected x, got y",
    "FILE: expected x, got y",
  ]);
  t.strictSame(
    error.problems.map(({ line }) => line),
    [1, 9, 10, undefined],
  );
  t.end();
});
