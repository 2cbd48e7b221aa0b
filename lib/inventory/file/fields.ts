import { nearestName } from "../../common/nearest.js";
import type { Problem } from "../../config/problem.js";
import { listOf, type Codec, type ValueContext } from "../../config/values.js";
import type { YamlEntry, YamlValue } from "./yaml-document.js";

/**
 * Reads the fields of a mapping by name. Ignores the case of names, as Go's decoders do. Treats empty fields as absent.
 * Records a problem for each wrong field, and treats it as absent.
 */
export class Fields {
  readonly #path: string;
  readonly #problems: Problem[];
  readonly #context: ValueContext;
  readonly #entries = new Map<string, YamlEntry>();
  readonly #asked = new Set<string>();

  /**
   * @param path the names that lead to the mapping, for messages
   * @param problems the list to add problems to
   */
  constructor(path: string, value: YamlValue, problems: Problem[], context: ValueContext) {
    this.#path = path;
    this.#problems = problems;
    this.#context = context;
    if (value.kind === "mapping") for (const entry of value.entries()) this.#add(entry);
    else if (value.kind !== "nothing") this.#complain(value.line, undefined, "a mapping of fields", describe(value));
  }

  /** Returns the value of a field; undefined where absent. */
  one<T>(name: string, codec: Codec<T>): T | undefined {
    const value = this.#take(name);
    if (value === undefined || value.kind === "nothing" || (value.kind === "text" && value.text === ""))
      return undefined;
    return this.#parse(name, value, codec);
  }

  /** Returns the values of a list field; a single value, or a text with `;` between values, is accepted too. */
  list<T>(name: string, codec: Codec<T>): readonly T[] | undefined {
    const value = this.#take(name);
    if (value?.kind !== "list") {
      return value?.kind === "text" && value.text !== "" ? this.#parse(name, value, listOf(codec)) : undefined;
    }
    const items = value.items().map((item) => this.#parse(name, item, codec));
    return items.every((item) => item !== undefined) ? items : undefined;
  }

  /** Returns the fields of a nested mapping. */
  group(name: string): Fields {
    const value = this.#take(name) ?? { kind: "nothing", line: 0 };
    return new Fields(`${this.#path} ${name}`, value, this.#problems, this.#context);
  }

  /** Accepts a field that has no effect. */
  ignore(name: string): void {
    this.#take(name);
  }

  /** Records a problem for each field that was not read. */
  finish(): void {
    const known = [...this.#asked];
    for (const { name, line } of this.#entries.values()) {
      if (known.some((asked) => asked.toLowerCase() === name.toLowerCase())) continue;
      const near = nearestName(name, known);
      const hint = near === undefined ? `known: ${known.join(", ")}` : `did you mean ${near}?`;
      this.#complain(line, name, "a known field", JSON.stringify(name), hint);
    }
  }

  #add(entry: YamlEntry): void {
    const key = entry.name.toLowerCase();
    const former = this.#entries.get(key);
    if (former === undefined) this.#entries.set(key, entry);
    else this.#complain(entry.line, entry.name, "each field once", `the first is at line ${former.line}`);
  }

  #take(name: string): YamlValue | undefined {
    this.#asked.add(name);
    return this.#entries.get(name.toLowerCase())?.value;
  }

  #parse<T>(name: string, value: YamlValue, codec: Codec<T>): T | undefined {
    const parsed = value.kind === "text" ? codec.parse(value.text, this.#context) : undefined;
    if (parsed === undefined) this.#complain(value.line, name, codec.expected, describe(value));
    return parsed;
  }

  #complain(line: number, name: string | undefined, expected: string, got: string, hint?: string): void {
    const option = name === undefined ? this.#path : `${this.#path} ${name}`;
    this.#problems.push({ line, option, expected, got, hint });
  }
}

const LONGEST_QUOTE = 60;

function describe(value: YamlValue): string {
  if (value.kind !== "text") return value.kind === "nothing" ? "nothing" : `a ${value.kind}`;
  return JSON.stringify(value.text.length > LONGEST_QUOTE ? `${value.text.slice(0, LONGEST_QUOTE)}…` : value.text);
}
