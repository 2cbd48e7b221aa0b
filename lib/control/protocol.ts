/**
 * The protocol of the control socket: one JSON value per line. The server begins with a {@link Greeting}. It answers
 * each {@link Request} with any number of items, and then an end or a refusal.
 */

/** The server's first line, which says what it is. */
export interface Greeting {
  readonly pid: number;
  /** The program and its version: `pybootd 0.1.0`. */
  readonly program: string;
  /** The path of the configuration in use. */
  readonly configuration: string;
}

/** A command and its argument. */
export interface Request {
  readonly command: string;
  /** The argument, unchecked: each command checks its own. */
  readonly argument?: unknown;
}

/** One line of an answer. */
export type AnswerLine = { readonly item: unknown } | { readonly refused: string } | { readonly end: true };

/** The longest path of a socket, in octets: the least that systems accept. Node.js cuts longer ones. */
export const LONGEST_PATH = 103;

/** The longest line of either side, in octets. */
export const LONGEST_LINE = 1024 * 1024;

/** The reason why a command was not carried out, in words for the user. */
export class ControlRefusal extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ControlRefusal";
  }
}

/**
 * Splits what arrives into lines, without their ends; drops what follows the last line end.
 *
 * @throws {ControlRefusal} where a line is too long
 */
export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<string, undefined> {
  let begun: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf("\n"); end >= 0; end = chunk.indexOf("\n", start)) {
      yield Buffer.concat([...begun, chunk.subarray(start, end)]).toString();
      begun = [];
      length = 0;
      start = end + 1;
    }
    begun.push(chunk.subarray(start));
    length += chunk.length - start;
    if (length > LONGEST_LINE) throw new ControlRefusal(`a line is longer than ${LONGEST_LINE} octets`);
  }
  return undefined;
}

/** Parses a line. @returns undefined where it is no JSON object */
export function parseLine(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Reads a greeting. @returns undefined where the line is none */
export function readGreeting(line: string): Greeting | undefined {
  const { pid, program, configuration } = parseLine(line) ?? {};
  if (typeof pid !== "number" || typeof program !== "string" || typeof configuration !== "string") return undefined;
  return { pid, program, configuration };
}

/** Reads a line of an answer. @returns undefined where it is none */
export function readAnswerLine(line: string): AnswerLine | undefined {
  const value = parseLine(line);
  if (value === undefined) return undefined;
  if ("item" in value) return { item: value["item"] };
  if (typeof value["refused"] === "string") return { refused: value["refused"] };
  return value["end"] === true ? { end: true } : undefined;
}

/** Reads a request. @returns undefined where the line is none */
export function readRequest(line: string): Request | undefined {
  const { command, argument } = parseLine(line) ?? {};
  return typeof command === "string" ? { command, argument } : undefined;
}
