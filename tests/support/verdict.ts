import type { Verdict } from "../../lib/access/access.js";
import { Refusal } from "../../lib/common/refusal.js";
import type { AccessCause } from "../../lib/events/causes/access.js";
import { describeCause } from "../../lib/events/causes/describe.js";

/** What the log tells of a verdict. */
export interface Told {
  readonly granted: boolean;
  readonly reason?: string;
}

/** A verdict as the log tells it: a refusal with its sentence. */
export function told(verdict: Verdict | Promise<Verdict>): Told {
  if (verdict instanceof Promise) throw new Error("the verdict comes later");
  return verdict instanceof Refusal ? { granted: false, reason: describeCause(verdict.cause) } : verdict;
}

/** The cause of a refusal; undefined where it was granted. */
export function causeOf(verdict: Verdict): AccessCause | undefined {
  return verdict instanceof Refusal ? verdict.cause : undefined;
}
