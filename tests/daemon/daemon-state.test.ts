/** Whose state it is: a lease database has one daemon, whatever the one before left. */

import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { openSystem } from "../../lib/os/system.js";
import { StartError } from "../../lib/os/start-error.js";
import { command } from "../support/command.js";
import { interfaceWith, loadFile } from "../support/configuration.js";
import { leaveStaleSocket, shortFolder } from "../support/control.js";
import { startDaemon, type Logged } from "../support/daemon.js";
import { freePort } from "../support/ports.js";

const system = await openSystem();

/** Starts the DHCP side alone, with its state in a folder. @returns the daemon, its log, and its configuration's path */
async function start(t: Test, folder: string, more = ""): Promise<Logged & { readonly file: string }> {
  const port = await freePort();
  const file = join(folder, `${port}.ini`);
  const bootpd = `[bootpd]\nport = ${port}\npool_start = 127.0.0.100\ndns = 127.0.0.53\n${more}\n`;
  writeFileSync(file, `${bootpd}[daemon]\nstate_dir = state\n`);
  const services = { dhcp: true, tftp: false, http: false };
  const config = loadFile(file, { services, interfaces: [interfaceWith("lo", "127.0.0.1/8")] });
  return { ...(await startDaemon(t, config, system)), file };
}

await t.test("a second daemon on a lease database is refused, and told of the first", async (t) => {
  const folder = shortFolder(t);
  const { daemon, file } = await start(t, folder);
  const version = "[0-9.]+";
  const message = new RegExp(
    `^the lease database ${folder}/state/leases is in use: pybootd ${version} \\(pid ${process.pid}\\) runs on it, with the configuration ${file}\\.\n  Stop it, or give this one`,
  );
  await t.rejects(start(t, folder), { constructor: StartError, message });
  await t.rejects(start(t, folder, `lease_db = ${folder}/state/leases`), { message });
  t.match(await command("leases", "list", "-c", file), { code: 0, err: "" }, "the first runs on as if nothing were");
  await daemon.stop();
  await start(t, folder);
});

await t.test("what kill -9 left is no obstacle", async (t) => {
  const folder = shortFolder(t);
  const { daemon } = await start(t, folder);
  await daemon.stop();
  await leaveStaleSocket(join(folder, "state/control.sock"));
  const { lines } = await start(t, folder);
  t.strictSame(
    lines.filter((line) => line.includes("pybootd leases")),
    [],
  );
});

await t.test("daemons that keep leases in memory get along; the second says that it cannot be asked", async (t) => {
  const folder = shortFolder(t);
  const first = await start(t, folder, "lease_db = memory");
  const { lines } = await start(t, folder, "lease_db = memory");
  t.ok(
    lines.some((line) =>
      line.startsWith(
        `info: pybootd leases cannot ask this daemon: ${folder}/state/control.sock cannot be opened: pybootd `,
      ),
    ),
    lines.join("\n"),
  );
  t.match(await command("leases", "list", "-c", first.file), { code: 0, err: "" });
  await first.daemon.stop();
  t.notOk(existsSync(join(folder, "state/control.sock")));
});
