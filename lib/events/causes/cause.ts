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
