import type { Coverage } from "./coverage.js";
import { Mutator } from "./mutator.js";
import { SeededRandom } from "../support/random.js";
import type { Target } from "./target.js";

/** The result of a run of one target. */
export interface Exploration {
  readonly inputs: number;
  /** Inputs that were kept because they reach code which none before reached. */
  readonly kept: number;
  readonly blocks: number;
}

/** The input that went wrong, and how. */
export class Finding extends Error {
  constructor(
    readonly target: string,
    readonly input: Buffer,
    override readonly cause: unknown,
  ) {
    super(`${target}: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`);
    this.name = "Finding";
  }
}

/** Inputs between two looks at what code they reached. */
const BATCH = 512;

/**
 * Gives a target inputs that are made of those which reached new code before, until time is over.
 *
 * @param seed the same one makes the same inputs
 * @param isOver asked between batches
 * @param before told each input, before it is run
 * @throws {Finding}
 */
export function explore(
  target: Target,
  seed: number,
  coverage: Coverage,
  isOver: () => boolean,
  before: (input: Buffer) => void,
): Exploration {
  const explorer = new Explorer(target, coverage, before);
  explorer.look(target.seeds);
  const mutator = new Mutator(new SeededRandom(seed), target.dictionary);
  while (!isOver()) {
    const corpus = explorer.corpus;
    explorer.look(Array.from({ length: BATCH }, () => mutator.mutate(corpus)));
  }
  return { inputs: explorer.inputs, kept: explorer.corpus.length - target.seeds.length, blocks: explorer.blocks };
}

class Explorer {
  readonly corpus: Buffer[];
  inputs = 0;
  readonly #target: Target;
  readonly #coverage: Coverage;
  readonly #before: (input: Buffer) => void;
  readonly #known = new Set<string>();

  constructor(target: Target, coverage: Coverage, before: (input: Buffer) => void) {
    this.#target = target;
    this.#coverage = coverage;
    this.#before = before;
    this.corpus = [...target.seeds];
  }

  get blocks(): number {
    return this.#known.size;
  }

  /** Runs inputs; where they reach new code, finds out which of them do, and keeps those. */
  look(inputs: readonly Buffer[]): void {
    for (const input of inputs) this.#run(input);
    const fresh = this.#coverage.take().filter((block) => !this.#known.has(block));
    if (fresh.length === 0) return;
    const [only] = inputs;
    if (inputs.length === 1 && only !== undefined) {
      for (const block of fresh) this.#known.add(block);
      this.corpus.push(only);
      return;
    }
    const half = inputs.length >> 1;
    this.look(inputs.slice(0, half));
    this.look(inputs.slice(half));
    // A block that was reached by a state of the target is not reached again by the same input.
    for (const block of fresh) this.#known.add(block);
  }

  #run(input: Buffer): void {
    this.inputs += 1;
    this.#before(input);
    try {
      this.#target.run(input);
    } catch (error) {
      throw new Finding(this.#target.name, input, error);
    }
  }
}
