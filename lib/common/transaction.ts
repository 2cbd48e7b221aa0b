/** A prepared change that is not in effect yet. Its owner calls exactly one of the two functions, once. */
export interface Transaction {
  /** Puts the change into effect, at once: no step that could fail is left. */
  readonly commit: () => void;
  /** Releases what was prepared. */
  readonly rollback: () => void;
}

/** Makes a transaction that prepares nothing and calls `commit`. */
export function onCommit(commit: () => void): Transaction {
  return { commit, rollback: () => undefined };
}

/** Combines several transactions: they commit in order, and roll back in the reverse order. */
export function combine(transactions: readonly Transaction[]): Transaction {
  return {
    commit: () => {
      for (const transaction of transactions) transaction.commit();
    },
    rollback: () => {
      for (const transaction of transactions.toReversed()) transaction.rollback();
    },
  };
}

/**
 * Prepares transactions one after the other.
 *
 * @returns all of them as one
 * @throws what a preparation throws, after the transactions before it were rolled back
 */
export async function prepareAll(
  preparations: readonly (() => Promise<Transaction> | Transaction)[],
): Promise<Transaction> {
  const ready: Transaction[] = [];
  try {
    for (const prepare of preparations) ready.push(await prepare());
  } catch (error) {
    combine(ready).rollback();
    throw error;
  }
  return combine(ready);
}
