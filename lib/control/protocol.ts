/**
 * What is said on the control socket, a JSON value on each line. Who listens begins with a {@link Greeting}; each
 * {@link Request} is answered by any number of items, and then an end or a refusal.
 */

/** Who listens. */
export interface Greeting {
  readonly pid: number;
  /** What it is, in words: `pybootd 0.1.0`. */
  readonly program: string;
  /** The path of the configuration that it runs on. */
  readonly configuration: string;
}

/** What a command is asked with. */
export interface Request {
  readonly command: string;
  /** Whatever the command takes; it is the command's to check. */
  readonly argument?: unknown;
}

/** One line of an answer. */
export type AnswerLine = { readonly item: unknown } | { readonly refused: string } | { readonly end: true };

/** No path of a socket is longer, in octets: the least of what systems take. Node.js cuts longer ones. */
export const LONGEST_PATH = 103;

/** No line of either side is longer, in octets. */
export const LONGEST_LINE = 1024 * 1024;

/** Why a command was not done, in words for the person who asked. */
export class ControlRefusal extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ControlRefusal";
  }
}

/**
 * The lines of what arrives, without their ends; what follows the last end of a line is none.
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

/** @returns undefined where the line is no JSON object */
export function parseLine(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** A greeting as it was received, where it is one. */
export function readGreeting(line: string): Greeting | undefined {
  const { pid, program, configuration } = parseLine(line) ?? {};
  if (typeof pid !== "number" || typeof program !== "string" || typeof configuration !== "string") return undefined;
  return { pid, program, configuration };
}

/** A line of an answer as it was received, where it is one. */
export function readAnswerLine(line: string): AnswerLine | undefined {
  const value = parseLine(line);
  if (value === undefined) return undefined;
  if ("item" in value) return { item: value["item"] };
  if (typeof value["refused"] === "string") return { refused: value["refused"] };
  return value["end"] === true ? { end: true } : undefined;
}

/** A request as it was received, where it is one. */
export function readRequest(line: string): Request | undefined {
  const { command, argument } = parseLine(line) ?? {};
  return typeof command === "string" ? { command, argument } : undefined;
}
