import { dhcpTargets } from "./dhcp-targets.js";
import { fileTargets } from "./file-targets.js";
import type { Target } from "./target.js";
import { textTargets } from "./text-targets.js";

/** Every reader that is fed. */
export async function allTargets(): Promise<readonly Target[]> {
  return [...(await dhcpTargets()), ...fileTargets, ...textTargets];
}

/** @throws where there is none of this name */
export async function findTarget(name: string): Promise<Target> {
  const target = (await allTargets()).find((each) => each.name === name);
  if (target === undefined) throw new Error(`there is no target ${name}`);
  return target;
}
