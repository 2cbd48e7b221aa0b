import type { Clock } from "../../common/clock.js";
import { asError } from "../../common/error.js";
import type { EventBus } from "../../events/event.js";
import type { Snapshot, SnapshotFile } from "./snapshot.js";

/** The parts of a {@link Keeper}. */
export interface KeeperParts {
  readonly file: SnapshotFile;
  readonly clock: Pick<Clock, "after">;
  readonly events: Pick<EventBus, "publish">;
  /** The name of the source, for events. */
  readonly source: string;
  /** Returns the picture to keep; undefined where there is none yet. */
  readonly picture: () => Snapshot | undefined;
}

/** Keeps the picture of a source on disk. Publishes failures; the source serves all the same. */
export class Keeper {
  readonly #parts: KeeperParts;
  /** Set while changes wait to be kept. */
  #cancel: (() => void) | undefined;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
  }

  /** Keeps the picture after a while, with the changes until then. */
  keepWithin(milliseconds: number): void {
    this.#cancel ??= this.#parts.clock.after(milliseconds, () => {
      this.#cancel = undefined;
      void this.keep();
    });
  }

  /** Keeps the picture. */
  async keep(): Promise<void> {
    const { file, events, source, picture } = this.#parts;
    const snapshot = picture();
    if (snapshot === undefined) return;
    try {
      await file.save(snapshot);
    } catch (error) {
      events.publish({ kind: "failed", where: `keeping the machines of ${source}`, error: asError(error) });
    }
  }

  /** Keeps the changes that wait. Resolves when the file is closed. */
  async close(): Promise<void> {
    if (this.#cancel !== undefined) {
      this.#cancel();
      await this.keep();
    }
    await this.#parts.file.close();
  }
}
