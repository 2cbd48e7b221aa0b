/** A prepared change that does not count yet. Its owner calls exactly one of the two functions, once. */
export interface Transaction {
  /** Makes the change count, at once: nothing that could fail is left to do. */
  readonly commit: () => void;
  /** Releases what was prepared. */
  readonly rollback: () => void;
}

/** A transaction that prepares nothing and calls `commit`. */
export function onCommit(commit: () => void): Transaction {
  return { commit, rollback: () => undefined };
}

/** Several transactions as one: they commit in their order, and roll back in the reverse order. */
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
