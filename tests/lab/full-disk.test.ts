/**
 * A disk without room ends nobody, and what it left is no damage. Every step from 0 to 512 KiB is tried on what the daemon
 * keeps (its database, pid file, one-shot boots, kept files, log) by one process for each file system; some of the steps
 * by the whole daemon.
 */

import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import type { Step } from "../support/full-disk-steps.js";
import type { Host } from "./support/host.js";
import { Lab, skipReason } from "./support/lab.js";
import { SmallDisk, type FileSystem } from "./support/small-disk.js";

const FILE_SYSTEMS: readonly FileSystem[] = ["tmpfs", "ext4"];
/** In KiB. */
const MOST = 512;
const OF_DAEMON = [0, 4, 12, 24, 64, 128, 512];
const PROGRAM = fileURLToPath(new URL("../../bin/pybootd.js", import.meta.url));
const STEPS = fileURLToPath(new URL("../support/full-disk-steps.js", import.meta.url));

const seconds = (count: number): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, count * 1000));

t.setTimeout(900_000);
t.jobs = 2;

const skip =
  skipReason({ root: true, tools: ["ip", "unshare", "nsenter", "mkfs.ext4", "mount", "truncate", "find", "ss"] }) ??
  false;

// These tests mostly wait for their disks, and have one each, so they run at once.
await Promise.all(
  FILE_SYSTEMS.map((kind) =>
    t.test(
      `${kind}: with 0 to ${MOST} KiB free, all that is kept says what is missing, or is there`,
      { skip },
      async (t) => {
        const lab = await Lab.open();
        t.teardown(() => lab.close());
        const disk = await SmallDisk.open(lab, await lab.host("server"), kind);
        const trial = disk.start(process.execPath, [STEPS, disk.folder, `${MOST}`]);
        t.equal(await trial.ended, 0, "no step ended the process");
        const steps = trial.output
          .split("\n")
          .filter((line) => line.startsWith("{"))
          .map((line) => JSON.parse(line) as Step);
        t.equal(steps.length, MOST / 4 + 1, trial.output.slice(-1000));
        const strange = steps.flatMap(({ free, said }) =>
          Object.entries(said).flatMap(([thing, lines]) =>
            lines
              .filter((line) => !line.includes("ENOSPC: no space left on device, "))
              .map((line) => `${free} ${thing}: ${line}`),
          ),
        );
        t.strictSame(strange, [], "nothing else is said, of damage above all");
        const [first, last] = [steps[0]?.said ?? {}, steps.at(-1)?.said ?? {}];
        t.equal(Object.keys(first).length, 6);
        for (const [thing, lines] of Object.entries(first)) t.equal(lines.length, 1, `${thing} finds no room`);
        t.strictSame(Object.values(last).flat(), [], "with room all is well");
        t.match(steps[4]?.said["a new lease database"]?.[0], /write '\S+data\.mdb\S*' \(it takes 80 KiB\)$/);
        t.match(steps[4]?.said["a lease database of before"]?.[0], /write '\S+data\.mdb' \(it takes \d+ KiB\)$/);
      },
    ),
  ),
);

const ini = (folder: string): string => `
[bootpd]
interface = eth0
allow_simple_dhcp = yes
pool_start = 10.77.0.100
pool_count = 10

[daemon]
state_dir = ${folder}/state
pid_file = ${folder}/run/pybootd.pid

[cache]
disk = ${folder}/cache

[tftpd]
root = .
`;

/** @returns a network of its own, with a server that has a card */
async function openServer(lab: Lab): Promise<Host> {
  const [server, other] = [await lab.host("server"), await lab.host("other")];
  await lab.link(server, "10.77.0.1/24", other, "10.77.0.2/24");
  return server;
}

for (const kind of FILE_SYSTEMS) {
  await t.test(`${kind}: the daemon with ${OF_DAEMON.join(", ")} KiB free`, { skip }, async (t) => {
    const lab = await Lab.open();
    t.teardown(() => lab.close());
    const disk = await SmallDisk.open(lab, await openServer(lab), kind);
    const file = join(lab.directory, "pybootd.ini");
    writeFileSync(file, ini(disk.folder));
    /** @returns its exit code, and what it said */
    const run = async (): Promise<{ readonly code: number; readonly said: string }> => {
      const daemon = disk.start(process.execPath, [PROGRAM, "-c", file]);
      await Promise.race([daemon.ended, daemon.waitFor(/\bready$/m, 60).catch(() => undefined)]);
      return { code: await daemon.stop(), said: daemon.output };
    };
    for (const free of OF_DAEMON) {
      await disk.clear();
      await disk.fill(free);
      const { code, said } = await run();
      t.notMatch(said, /^ +at /m, "no mistake of the program");
      if (code !== 0) {
        t.equal(code, 1, `${free} KiB: ${said}`);
        const reason = said.trimEnd().split("\n").at(-1);
        t.match(
          reason,
          new RegExp(`^\\[\\w+\\] \\w+: .*${disk.folder}/\\S+ .*ENOSPC: no space left on device, `),
          `${free} KiB`,
        );
      }
      t.ok(code === 0 || free < 512, "with room it starts");
      t.ok(code === 1 || free > 0, "without room it does not");
      await disk.makeRoom();
      const next = await run();
      t.equal(next.code, 0, next.said);
      t.notMatch(next.said, /damaged/, `${free} KiB: what was left is no damage`);
    }
  });
}

await t.test("a log on stdout or stderr that leads to a full disk ends nobody", { skip }, async (t) => {
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const server = await openServer(lab);
  const pidFile = join(lab.directory, "run", "pybootd.pid");
  for (const stream of ["stdout", "stderr"]) {
    const file = join(lab.directory, "pybootd.ini");
    writeFileSync(file, `${ini(lab.directory)}\n[logger]\ntype = ${stream}\n`);
    const daemon = server.start("sh", [
      "-c",
      'exec "$@" >/dev/full 2>/dev/full',
      "sh",
      process.execPath,
      PROGRAM,
      "-c",
      file,
    ]);
    const isUp = (): Promise<boolean> => server.must("ss", ["-Hlun", "sport = :67"]).then((text) => text !== "");
    while (daemon.code === undefined && !(existsSync(pidFile) && (await isUp()))) await seconds(0.2);
    for (const signal of ["SIGHUP", "SIGHUP"] as const) {
      daemon.signal(signal);
      await seconds(1);
    }
    t.equal(daemon.code, undefined, `${stream}: it runs on`);
    t.equal(await daemon.stop(), 0);
    rmSync(pidFile, { force: true });
  }
});
