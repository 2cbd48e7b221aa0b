import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Alias,
  type Document,
  type Node,
  type YAMLMap,
} from "yaml";
import type { Problem } from "../../config/problem.js";
import { asError } from "../../common/error.js";

/** A `name: value` entry of a mapping. */
export interface YamlEntry {
  readonly name: string;
  readonly line: number;
  readonly value: YamlValue;
}

/** A value with its aliases resolved. Its content is read on demand. */
export type YamlValue = { readonly line: number } & (
  | { readonly kind: "nothing" }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "list"; readonly items: () => readonly YamlValue[] }
  | { readonly kind: "mapping"; readonly entries: () => readonly YamlEntry[] }
);

/** Most mappings that one mapping may merge with `<<`, in all; a limit against texts that exhaust memory. */
const MOST_MERGED = 64;

/**
 * A YAML 1.2 or JSON document as texts, lists and mappings with their lines. Supports merging with `<<`, which is YAML
 * 1.1 but in wide use. Resolves aliases without copies, so that a small text cannot become a large document.
 */
export class YamlDocument {
  readonly root: YamlValue;
  /** The problems found; reading values on demand may add further ones. */
  readonly problems: Problem[] = [];
  readonly #lines = new LineCounter();
  readonly #targets = new Map<Alias, Node | undefined>();

  constructor(text: string) {
    const contents = this.#parse(text);
    this.root =
      this.problems.length > 0 ? { kind: "nothing", line: 1 } : this.#valueOf(contents, this.#lineOf(contents, 1));
  }

  #parse(text: string): Node | null {
    try {
      // Duplicate keys are left to the reader of the mapping: the check here takes quadratic time.
      const document = parseDocument(text, { lineCounter: this.#lines, uniqueKeys: false, prettyErrors: false });
      this.#takeErrors(document);
      if (this.problems.length === 0) this.#findTargets(document);
      return document.contents;
    } catch (error) {
      this.problems.push({ line: undefined, expected: EXPECTED, got: asError(error).message });
      return null;
    }
  }

  /** Takes the first error of each line: further ones are mostly consequences of it. */
  #takeErrors({ errors }: Document): void {
    const lines = new Set<number>();
    for (const { message, pos } of errors) {
      const line = this.#lineAt(pos[0]);
      if (!lines.has(line)) this.problems.push({ line, expected: EXPECTED, got: `an error: ${message}` });
      lines.add(line);
    }
  }

  /** Resolves each alias to the last node with its anchor before it. */
  #findTargets(document: Document): void {
    const anchors = new Map<string, Node>();
    visit(document, {
      Node: (_, node) => {
        if (isAlias(node)) this.#targets.set(node, anchors.get(node.source));
        else if (node.anchor !== undefined) anchors.set(node.anchor, node);
      },
    });
  }

  #valueOf(given: unknown, line: number): YamlValue {
    const node = this.#followed(given);
    if (isScalar(node)) {
      const { value, source } = node;
      // Values that are not strings in YAML, such as numbers, keep the text as written.
      const text = typeof value === "string" ? value : source;
      return value === null || text === undefined ? { kind: "nothing", line } : { kind: "text", line, text };
    }
    if (isSeq(node)) {
      return {
        kind: "list",
        line,
        items: () => node.items.map((item) => this.#valueOf(item, this.#lineOf(item, line))),
      };
    }
    if (isMap(node)) return { kind: "mapping", line, entries: () => this.#entriesOf(node, line) };
    return { kind: "nothing", line };
  }

  #followed(given: unknown): unknown {
    if (!isAlias(given)) return given;
    const target = this.#targets.get(given);
    if (target === undefined) {
      this.problems.push({
        line: this.#lineOf(given, 1),
        expected: `&${given.source} before it`,
        got: `*${given.source}`,
      });
    }
    return target;
  }

  /** Returns the entries of a mapping: its own first, then those of merged mappings that have other names. */
  #entriesOf(map: YAMLMap, line: number): readonly YamlEntry[] {
    const entries: YamlEntry[] = [];
    const names = new Set<string>();
    const pending: YAMLMap[] = [map];
    let merged = 0;
    for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
      const found = this.#ownEntries(next, line, pending);
      entries.push(...(merged === 0 ? found : found.filter(({ name }) => !names.has(name.toLowerCase()))));
      for (const { name } of found) names.add(name.toLowerCase());
      merged += 1;
      if (merged > MOST_MERGED) {
        this.problems.push({ line, expected: `at most ${MOST_MERGED} mappings taken in with <<`, got: "more" });
        break;
      }
    }
    return entries;
  }

  #ownEntries(map: YAMLMap, line: number, pending: YAMLMap[]): YamlEntry[] {
    return map.items.flatMap(({ key, value }): YamlEntry[] => {
      const place = this.#lineOf(key, line);
      const name = this.#valueOf(key, place);
      if (name.kind !== "text") {
        this.problems.push({ line: place, expected: "a name", got: `a ${name.kind}` });
        return [];
      }
      if (name.text === "<<") {
        const target = this.#followed(value);
        const taken = (isSeq(target) ? target.items : [target]).map((item) => this.#followed(item));
        if (taken.every((item) => isMap(item))) pending.push(...taken);
        else this.problems.push({ line: place, expected: "a mapping after <<", got: "something else" });
        return [];
      }
      return [{ name: name.text, line: place, value: this.#valueOf(value, place) }];
    });
  }

  #lineOf(node: unknown, otherwise: number): number {
    const start = isNode(node) ? node.range?.[0] : undefined;
    return start === undefined ? otherwise : this.#lineAt(start);
  }

  #lineAt(offset: number): number {
    return this.#lines.linePos(offset).line;
  }
}

const EXPECTED = "YAML or JSON";
