/** Something that was made ready and does not count yet. Exactly one of the two is called, once. */
export interface Change {
  /** Makes it count, at once: nothing that could fail is left to do. */
  readonly commit: () => void;
  /** Lets go of what was made ready. */
  readonly abandon: () => void;
}

/** A change that only swaps what something goes by. */
export function swap(commit: () => void): Change {
  return { commit, abandon: () => undefined };
}

/** Several changes as one. */
export function together(changes: readonly Change[]): Change {
  return {
    commit: () => {
      for (const change of changes) change.commit();
    },
    abandon: () => {
      for (const change of changes.toReversed()) change.abandon();
    },
  };
}

/**
 * Makes changes ready one after the other.
 *
 * @returns all of them as one
 * @throws what making one ready throws; those before it are let go then
 */
export async function prepareAll(preparations: readonly (() => Promise<Change> | Change)[]): Promise<Change> {
  const ready: Change[] = [];
  try {
    for (const prepare of preparations) ready.push(await prepare());
  } catch (error) {
    together(ready).abandon();
    throw error;
  }
  return together(ready);
}
