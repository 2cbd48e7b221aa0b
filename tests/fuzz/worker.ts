/** Explores one target, in a thread of its own: what never ends there can be ended. */

import { parentPort, workerData } from "node:worker_threads";
import { openCoverage } from "./coverage.js";
import { explore, Finding } from "./explore.js";
import { findTarget } from "./targets.js";

/** The task of the thread. */
export interface Task {
  readonly target: string;
  readonly seed: number;
  readonly milliseconds: number;
  /** The number of inputs so far, the length of the last one, and its octets. */
  readonly last: SharedArrayBuffer;
}

/** The result of the thread. */
export type Outcome =
  | { readonly inputs: number; readonly kept: number; readonly blocks: number }
  | { readonly finding: string; readonly input: Uint8Array };

const { target: name, seed, milliseconds, last } = workerData as Task;
const counters = new Int32Array(last, 0, 2);
const octets = new Uint8Array(last, 8);

function note(input: Buffer): void {
  octets.set(input);
  Atomics.store(counters, 1, input.length);
  Atomics.add(counters, 0, 1);
}

async function run(): Promise<Outcome> {
  const target = await findTarget(name);
  const coverage = openCoverage();
  const end = performance.now() + milliseconds;
  try {
    return explore(target, seed, coverage, () => performance.now() > end, note);
  } catch (error) {
    if (error instanceof Finding) return { finding: error.message, input: error.input };
    throw error;
  } finally {
    coverage.close();
  }
}

parentPort?.postMessage(await run());
