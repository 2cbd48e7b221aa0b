import { writeFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { allTargets } from "./targets.js";
import type { Outcome, Task } from "./worker.js";

/** An input that takes longer than this has found a loop. */
const PATIENCE_MILLISECONDS = 10_000;
/** Length of the longest input, in octets. */
const MEMORY = 64 * 1024;

/** The parameters of a run of the decoders. */
export interface DecoderRun {
  readonly seed: number;
  /** The time for all targets together. */
  readonly seconds: number;
  /** Part of the name of those that are meant; all unless told. */
  readonly only: string | undefined;
  readonly say: (line: string) => void;
}

/**
 * Feeds each decoder in turn.
 *
 * @returns how many went wrong; the inputs that did it are in files, which `say` names
 */
export async function fuzzDecoders({ seed, seconds, only = "", say }: DecoderRun): Promise<number> {
  const names = (await allTargets()).map(({ name }) => name).filter((name) => name.includes(only));
  let failures = 0;
  for (const name of names) {
    const outcome = await exploreAside({ target: name, seed, milliseconds: (seconds * 1000) / names.length });
    if ("inputs" in outcome) {
      say(`${name}: ${outcome.inputs} inputs, ${outcome.kept} kept, ${outcome.blocks} blocks reached`);
      continue;
    }
    failures += 1;
    const file = `fuzz-finding-${failures}.bin`;
    writeFileSync(file, outcome.input);
    say(`${outcome.finding}\n  its input is in ${file}; again: npm run fuzz -- --seed ${seed} --only '${name}'`);
  }
  return failures;
}

function exploreAside(task: Omit<Task, "last">): Promise<Outcome> {
  const last = new SharedArrayBuffer(8 + MEMORY);
  const worker = new Worker(new URL("worker.js", import.meta.url), { workerData: { ...task, last } });
  return new Promise((resolve, reject) => {
    let seen = 0;
    const watch = setInterval(() => {
      const [count = 0, length = 0] = new Int32Array(last, 0, 2);
      if (count === seen && count > 0) {
        resolve({
          finding: `${task.target}: does not end within ${PATIENCE_MILLISECONDS / 1000} s`,
          input: new Uint8Array(last.slice(8, 8 + length)),
        });
        void worker.terminate();
      }
      seen = count;
    }, PATIENCE_MILLISECONDS);
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", () => {
      clearInterval(watch);
    });
  });
}
