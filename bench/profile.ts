/** Summarises the CPU profiles that Node.js wrote. */

import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { REPOSITORY } from "./paths.js";

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const LISTED = 30;

/** "name dist/lib/tftp/transfer.js:17", or the bare name of what is the machine's own: (idle), (garbage collector). */
function place({ functionName, url, lineNumber }: CpuProfile["nodes"][number]["callFrame"]): string {
  const name = functionName === "" ? "(anonymous)" : functionName;
  if (url === "") return name;
  const path = url.startsWith("file:") ? fileURLToPath(url) : url;
  const shown = path.startsWith(REPOSITORY) ? path.slice(REPOSITORY.length) : path;
  return `${name} ${shown}:${lineNumber + 1}`;
}

/** Self time by place, in microseconds. */
function selfTimes(profile: CpuProfile): ReadonlyMap<string, number> {
  const places = new Map(profile.nodes.map((node) => [node.id, place(node.callFrame)]));
  const times = new Map<string, number>();
  for (const [i, sample] of profile.samples.entries()) {
    const where = places.get(sample) ?? "?";
    times.set(where, (times.get(where) ?? 0) + (profile.timeDeltas[i] ?? 0));
  }
  return times;
}

/** The functions with the most self time, over every profile in `folder`, which are then removed; a line each. */
export function takeProfile(folder: string): readonly string[] {
  const total = new Map<string, number>();
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".cpuprofile"))) {
    const profile = JSON.parse(readFileSync(join(folder, file), "utf8")) as CpuProfile;
    for (const [where, time] of selfTimes(profile)) total.set(where, (total.get(where) ?? 0) + time);
    rmSync(join(folder, file));
  }
  total.delete("(idle)");
  const busy = [...total.values()].reduce((sum, time) => sum + time, 0);
  return [...total]
    .sort(([, a], [, b]) => b - a)
    .slice(0, LISTED)
    .map(([where, time]) => `${((100 * time) / busy).toFixed(1).padStart(5)} %  ${where}`);
}
