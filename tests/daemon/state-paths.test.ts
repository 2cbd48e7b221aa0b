/** What of the state others may not read. */

import { chmodSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { closeState } from "../../lib/daemon/state-paths.js";
import { loadText } from "../support/configuration.js";

await t.test("what an earlier version let everybody read is closed at the start", (t) => {
  const folder = t.testdirName;
  const state = `[daemon]\nstate_dir = ${folder}/state\n`;
  const config = loadText(t, `[bootpd]\npool_start = 192.168.1.100\n${state}[cache]\ndisk = ${folder}/cache\n`);
  const database = (): Record<string, string> => ({ "data.mdb": "", "data.mdb-lock": "", closed: "" });
  const once = { "52-54-00-00-00-01": "" };
  t.testdir({
    state: { leases: database(), "leases.damaged-2026": database(), once, "control.sock": "" },
    cache: { "a.json": "", "a-1.data": "" },
  });
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" });
  for (const path of paths) chmodSync(join(folder, path), statSync(join(folder, path)).isDirectory() ? 0o755 : 0o664);
  t.strictSame(closeState(config), []);
  for (const path of paths.filter((name) => name !== "state" && name !== "state/control.sock")) {
    t.equal(statSync(join(folder, path)).mode & 0o077, 0, path);
  }
  t.equal(
    statSync(join(folder, "state")).mode & 0o777,
    0o755,
    "the folder that they are in stays as the system made it",
  );
  t.end();
});
