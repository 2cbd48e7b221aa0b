/** Plans of DHCP options made from lines of `[option]`. */

import type { BootOrigins } from "../../lib/boot/choice.js";
import { readDocument } from "../../lib/config/dialect.js";
import { gatherOptions, type OptionPlan } from "../../lib/options/setting.js";
import { formatProblem } from "../../lib/config/problem.js";
import { rule, SettingOrigins, type Sourced } from "../../lib/config/origin.js";
import { readSettings } from "../../lib/config/read.js";
import type { SubnetOrigins } from "../../lib/dhcp/subnet-origins.js";
import { schema } from "../../lib/settings/schema.js";

/** Returns the plan of these lines of `[option]`. */
export function planOf(...lines: readonly string[]): OptionPlan {
  const { settings, problems, lineOf } = readSettings(
    schema,
    readDocument(["[option]", ...lines].join("\n")),
    "/pybootd.ini",
  );
  if (problems.length > 0) throw new Error(problems.map((problem) => formatProblem("FILE", problem)).join("\n"));
  return gatherOptions(settings.option, new SettingOrigins("/pybootd.ini", lineOf), "option");
}

/** A file without `[option]`. */
export const NO_OPTIONS: OptionPlan = { forAll: new Map(), forVendors: [] };

const TEST = rule("the test");

/** A boot file that the test names. */
export function testFile(value: string): Sourced<string> {
  return { value, origin: TEST };
}

/** Boot settings that the test makes up. */
export const TEST_BOOT_ORIGINS: BootOrigins = { menu: TEST, programs: TEST, script: TEST };

/** A network whose parameters the test makes up. */
export const TEST_ORIGINS: SubnetOrigins = {
  network: TEST,
  server: TEST,
  pool: TEST,
  router: TEST,
  dns: TEST,
  domain: TEST,
  leaseTime: TEST,
  leastLease: TEST,
  mostLease: TEST,
  nextServer: TEST,
  serverName: undefined,
  bootFile: TEST,
};
