import { mkdtempSync, renameSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Test } from "tap";
import { ControlServer, type ControlServerParts } from "../../lib/control/server.js";
import { systemClock } from "../../lib/common/clock.js";

/** A folder that goes with the test. Its path is short, as those of Unix sockets have to be. */
export function shortFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), "pybootd-test-"));
  t.teardown(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

export const GREETING = { pid: 812, program: "pybootd 0.0.1", configuration: "/etc/pybootd.ini" };

/** A control server that is closed with the test. */
export async function openControl(
  t: Test,
  path: string,
  parts: Partial<ControlServerParts> = {},
): Promise<ControlServer> {
  const onError = (error: Error): void => {
    t.fail(error.message);
  };
  const control = await ControlServer.open(path, { greeting: GREETING, clock: systemClock, onError, ...parts });
  t.teardown(() => control.close());
  return control;
}

/** Leaves a socket at a path whose owner is no more, as kill -9 does. */
export async function leaveStaleSocket(path: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(`${path}.made`, resolve);
  });
  renameSync(`${path}.made`, path);
  await new Promise((resolve) => server.close(resolve));
}
