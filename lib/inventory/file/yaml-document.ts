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

/** One `name: value` of a mapping. */
export interface YamlEntry {
  readonly name: string;
  readonly line: number;
  readonly value: YamlValue;
}

/** A value with its aliases followed; what it holds is looked at when it is asked for. */
export type YamlValue = { readonly line: number } & (
  | { readonly kind: "nothing" }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "list"; readonly items: () => readonly YamlValue[] }
  | { readonly kind: "mapping"; readonly entries: () => readonly YamlEntry[] }
);

/** How many mappings one mapping may take in with `<<`, in all; who wants more wants to fill our memory. */
const MOST_MERGED = 64;

/**
 * A YAML 1.2 document (JSON is one too) as texts, lists and mappings with their lines. Mappings take in others with
 * `<<`, as everybody writes it although it is of YAML 1.1. Nothing is copied for an alias, so that a small text cannot
 * become a large document.
 */
export class YamlDocument {
  readonly root: YamlValue;
  /** What cannot be read; what is looked at later may add to it. */
  readonly problems: Problem[] = [];
  readonly #lines = new LineCounter();
  readonly #targets = new Map<Alias, Node | undefined>();

  constructor(text: string) {
    const contents = this.#parse(text);
    this.root = this.problems.length > 0 ? { kind: "nothing", line: 1 } : this.#valueOf(contents, 1);
  }

  #parse(text: string): Node | null {
    try {
      // That each name stands there once is checked by who reads the mapping: here it would take the square of its size.
      const document = parseDocument(text, { lineCounter: this.#lines, uniqueKeys: false, prettyErrors: false });
      this.#takeErrors(document);
      if (this.problems.length === 0) this.#findTargets(document);
      return document.contents;
    } catch (error) {
      this.problems.push({ line: undefined, expected: EXPECTED, got: asError(error).message });
      return null;
    }
  }

  /** Of the errors of a line the first counts: the others are most often its consequences. */
  #takeErrors({ errors }: Document): void {
    const lines = new Set<number>();
    for (const { message, pos } of errors) {
      const line = this.#lineAt(pos[0]);
      if (!lines.has(line)) this.problems.push({ line, expected: EXPECTED, got: `an error: ${message}` });
      lines.add(line);
    }
  }

  /** An alias means the last node with its anchor before it. */
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
      // What is no text to YAML, a number for instance, is as it was written.
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

  /** The mapping's own entries first, then those of what it takes in that have other names. */
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
