/** npm run fuzz: mutated real traffic against every decoder, then against the running daemon. */

import { parseArgs } from "node:util";
import { fuzzDecoders } from "./decoders.js";
import { fuzzWire } from "./wire.js";

const USAGE = `usage: npm run fuzz -- [--seed N] [--seconds N] [--only PART] [--packets N] [--rate N]

  --seed N      what the inputs are made from; the same one makes the same inputs (the time unless told)
  --seconds N   for all decoders together (60); 0 for none
  --only PART   only decoders whose name has this part, and no daemon
  --packets N   against the daemon, as root (1000000); 0 for none
  --rate N      packets a second (20000)
`;

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: String(1 + (Date.now() % 1_000_000_000)) },
    seconds: { type: "string", default: "60" },
    only: { type: "string" },
    packets: { type: "string", default: "1000000" },
    rate: { type: "string", default: "20000" },
    help: { type: "boolean", short: "h", default: false },
  },
});

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

async function run(): Promise<boolean> {
  const [seed = 0, seconds = 0, packets = 0, rate = 0] = [values.seed, values.seconds, values.packets, values.rate].map(
    Number,
  );
  if (values.help || ![seed, seconds, packets, rate].every(Number.isFinite) || seed === 0) {
    process.stdout.write(USAGE);
    return values.help;
  }
  const { only } = values;
  say(`seed ${seed}: decoders for ${seconds} s`);
  const failures = seconds === 0 ? 0 : await fuzzDecoders({ seed, seconds, only, say });
  if (packets === 0 || only !== undefined) return failures === 0;
  say(`seed ${seed}: ${packets} packets against the daemon, ${rate} a second`);
  const problems = await fuzzWire({ seed, packets, rate, say });
  for (const problem of problems) say(problem);
  return failures === 0 && problems.length === 0;
}

process.exitCode = (await run()) ? 0 : 1;
