import t from "tap";
import { SeededRandom } from "../support/random.js";
import { openCoverage } from "./coverage.js";
import { fuzzDecoders } from "./decoders.js";
import { explore, Finding } from "./explore.js";
import { Mutator } from "./mutator.js";
import { words, type Target } from "./target.js";
import { allTargets } from "./targets.js";

await t.test("the same seed makes the same inputs, another one others", (t) => {
  const make = (seed: number): string =>
    Array.from({ length: 50 }, () => new Mutator(new SeededRandom(seed), words("x")).mutate(words("abc", "def")))
      .map((input) => input.toString("hex"))
      .join();
  t.equal(make(7), make(7));
  t.not(make(7), make(8));
  t.end();
});

await t.test("what goes wrong with an input is told with the input", (t) => {
  const fragile: Target = {
    name: "fragile",
    seeds: words("GET"),
    dictionary: words("BOOM"),
    run(input) {
      if (input.includes("BOOM")) throw new Error("boom");
    },
  };
  const coverage = openCoverage();
  let inputs = 0;
  try {
    explore(
      fragile,
      1,
      coverage,
      () => inputs > 100_000,
      () => (inputs += 1),
    );
    t.fail("nothing was found");
  } catch (error) {
    t.ok(error instanceof Finding && error.input.includes("BOOM"));
    t.match(error, { target: "fragile", message: /^fragile: Error: boom/ });
  } finally {
    coverage.close();
  }
  t.end();
});

await t.test("D15 every decoder takes its own seeds", async (t) => {
  for (const target of await allTargets()) {
    t.doesNotThrow(() => {
      for (const seed of target.seeds) target.run(seed);
    }, target.name);
  }
});

await t.test("D15 D17 a run feeds each decoder, and says how far it came", async (t) => {
  const said: string[] = [];
  t.equal(await fuzzDecoders({ seed: 1, seconds: 0.2, only: "TFTP", say: (line) => said.push(line) }), 0);
  t.match(said, [/^TFTP packets: \d+ inputs, \d+ kept, \d+ blocks reached$/]);
});
