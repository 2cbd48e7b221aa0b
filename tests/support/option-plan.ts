/** What the operator sets in `[option]`, for tests of what is sent. */

import { readDocument } from "../../lib/config/dialect.js";
import { gatherOptions, type OptionPlan } from "../../lib/options/setting.js";
import { formatProblem } from "../../lib/config/problem.js";
import { readSettings } from "../../lib/config/read.js";
import { schema } from "../../lib/settings/schema.js";

/** What these lines of `[option]` come to. */
export function planOf(...lines: readonly string[]): OptionPlan {
  const { settings, problems } = readSettings(schema, readDocument(["[option]", ...lines].join("\n")), "/pybootd.ini");
  if (problems.length > 0) throw new Error(problems.map((problem) => formatProblem("FILE", problem)).join("\n"));
  return gatherOptions(settings.option);
}

/** A file without `[option]`. */
export const NO_OPTIONS: OptionPlan = { forAll: new Map(), forVendors: [] };
