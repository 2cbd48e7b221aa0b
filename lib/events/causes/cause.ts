/**
 * The causes of one domain, made from the facts of each code. A cause has its code and the facts beside it; codes are
 * stable, sentences may improve.
 */
export type CauseOf<Facts, Code extends keyof Facts = keyof Facts> = {
  readonly [C in Code]: { readonly code: C } & Readonly<Facts[C]>;
}[Code];

/** The sentences of one domain: for each code a function that makes the sentence from the facts. */
export type Sentences<Facts> = {
  readonly [Code in keyof Facts]: (cause: CauseOf<Facts, Code>) => string;
};

/** A code without facts. */
export type NoFacts = object;

/** The place of a configuration or inventory that says so. */
export interface Place {
  /** A path, or another name that an operator knows the source by. */
  readonly source: string;
  /** Counted from 1; undefined where the source has no lines. */
  readonly line: number | undefined;
}

/** Names places: `hosts.yaml:12`, with commas between several. */
export function namePlaces(places: readonly Place[]): string {
  return places.map(({ source, line }) => (line === undefined ? source : `${source}:${line}`)).join(", ");
}
