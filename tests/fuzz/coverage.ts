import { Session } from "node:inspector";

/** The blocks of our own code that ran: a key for each. */
export interface Coverage {
  /** The blocks that were entered since this was last asked. */
  take(): readonly string[];
  close(): void;
}

interface ScriptCoverage {
  readonly url: string;
  readonly functions: readonly {
    readonly ranges: readonly { readonly startOffset: number; readonly endOffset: number; readonly count: number }[];
  }[];
}

/** Counts blocks by V8's own counters, through the inspector of this thread. */
export function openCoverage(): Coverage {
  const session = new Session();
  session.connect();
  session.post("Profiler.enable");
  session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  return {
    take() {
      let scripts: readonly ScriptCoverage[] = [];
      session.post("Profiler.takePreciseCoverage", (error, { result }) => {
        if (error !== null) throw error;
        scripts = result;
      });
      return scripts.filter(({ url }) => url.includes("/dist/lib/")).flatMap(blocksOf);
    },
    close() {
      session.disconnect();
    },
  };
}

function blocksOf({ url, functions }: ScriptCoverage): readonly string[] {
  return functions.flatMap(({ ranges }) =>
    ranges
      .filter(({ count }) => count > 0)
      .map(({ startOffset, endOffset }) => `${url.slice(-30)}:${startOffset}-${endOffset}`),
  );
}
