import { SHOWN_STATES } from "./lease-list.js";
import { readArguments } from "./arguments.js";
import { UsageError } from "./terminal.js";

/** The parsed arguments of `pybootd leases`. */
export interface LeaseRequest {
  readonly config: string | undefined;
  readonly json: boolean;
  readonly states: readonly string[] | undefined;
  /** The command and its operands. */
  readonly words: readonly string[];
}

const OPTIONS = { json: { type: "boolean", default: false }, state: { type: "string" } } as const;

/**
 * Reads the words after `pybootd leases`.
 *
 * @throws {UsageError}
 */
export function readLeaseRequest(args: readonly string[]): LeaseRequest | "help" {
  const { values, positionals } = readArguments(args, OPTIONS, { positionals: true });
  if (values.help === true) return "help";
  const { config, json, state } = values;
  return { config, json, states: state === undefined ? undefined : readStates(state), words: positionals };
}

function readStates(text: string): readonly string[] {
  const states = text.split(",").map((state) => state.trim());
  const unknown = states.find((state) => !SHOWN_STATES.some((known) => known === state));
  if (unknown === undefined) return states;
  throw new UsageError(`--state: expected ${SHOWN_STATES.join(", ")}, got ${JSON.stringify(unknown)}`);
}

/** @throws {UsageError} where the number of operands is not the expected one */
export function expectWords({ words }: LeaseRequest, expected: readonly string[]): void {
  if (words.length === expected.length) return;
  const wanted = expected.length === 0 ? "nothing" : expected.join(" ");
  throw new UsageError(`expected ${wanted} after the command, got ${words.join(" ") || "nothing"}`);
}

/** @throws {UsageError} where `--state` is given */
export function refuseStates({ states }: LeaseRequest): void {
  if (states !== undefined) throw new UsageError("--state is for list");
}
