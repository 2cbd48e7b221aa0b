/** Messages to systemd (sd_notify(3)), by our own socket and by its program. */

import { Refusal } from "../../lib/common/refusal.js";
import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import { loadLibc, type Libc } from "../../lib/os/libc.js";
import { openServiceManager } from "../../lib/os/service-manager.js";
import { ManualClock } from "../support/manual-clock.js";

async function requireLibc(): Promise<Libc> {
  const libc = await loadLibc();
  if (libc instanceof Refusal) throw new Error(libc.cause);
  return libc;
}

/** Waits until a text that grows holds something. */
async function until(text: () => string, wanted: RegExp): Promise<string> {
  while (!wanted.test(text())) await new Promise((resolve) => setTimeout(resolve, 20));
  return text();
}

/** A socket such as systemd's, and what it was told. */
async function listen(t: Test, address: string, isThere: () => boolean): Promise<() => string> {
  const program = spawn("socat", ["-u", address, "STDOUT"], { stdio: ["ignore", "pipe", "inherit"] });
  t.teardown(() => program.kill());
  let text = "";
  program.stdout.setEncoding("utf8").on("data", (part: string) => (text += `${part}\n`));
  while (!isThere()) await new Promise((resolve) => setTimeout(resolve, 20));
  return () => text;
}

const onError = (error: Error): never => {
  throw error;
};

for (const kind of ["a socket in a folder", "an abstract one"]) {
  await t.test(`it is told by ${kind}`, { skip: !existsSync("/usr/bin/socat") && "needs socat" }, async (t) => {
    // The folder of a test is too long a path for a socket.
    const folder = mkdtempSync(join(tmpdir(), "pybootd-notify-"));
    t.teardown(() => {
      rmSync(folder, { recursive: true });
    });
    const name = join(folder, "notify");
    const abstract = kind !== "a socket in a folder";
    const inKernel = (): boolean => readFileSync("/proc/net/unix", "utf8").includes(`@${name}`);
    const said = abstract
      ? await listen(t, `ABSTRACT-RECV:${name}`, inKernel)
      : await listen(t, `UNIX-RECV:${name}`, () => existsSync(name));
    const env = { NOTIFY_SOCKET: abstract ? `@${name}` : name };
    const clock = new ManualClock();
    const manager = openServiceManager({ env, libc: await requireLibc(), clock, onError });
    manager.ready("serving\nDHCP");
    manager.reloading();
    manager.stopping();
    const pattern = /^READY=1\nSTATUS=serving DHCP\n*RELOADING=1\nMONOTONIC_USEC=\d+\nSTATUS=[^]*STOPPING=1\n/;
    t.match(await until(said, /STOPPING/), pattern);
  });
}

await t.test("the watchdog hears twice in its time that the event loop goes round", (t) => {
  const told: string[] = [];
  const calls = {
    socket: () => 7,
    sendto: (_descriptor: number, octets: Buffer) => told.push(octets.toString()),
    errno: () => 0,
  };
  const env = { NOTIFY_SOCKET: "/run/systemd/notify", WATCHDOG_USEC: "30000000", WATCHDOG_PID: `${process.pid}` };
  const clock = new ManualClock();
  openServiceManager({ env, libc: calls, clock, onError });
  t.strictSame(told, ["WATCHDOG=1"]);
  clock.advance(14_999);
  t.equal(told.length, 1);
  clock.advance(15_001);
  t.strictSame(told, ["WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1"]);
  told.length = 0;
  openServiceManager({ env: { ...env, WATCHDOG_PID: "1" }, libc: calls, clock: new ManualClock(), onError });
  t.strictSame(told, [], "another process is watched");
  t.end();
});

await t.test("without koffi systemd's program tells it", async (t) => {
  const folder = t.testdir({ said: "" });
  const program = join(folder, "systemd-notify");
  writeFileSync(program, `#!/bin/sh\nprintf '%s|' "$@" >>${folder}/said\n`);
  chmodSync(program, 0o755);
  const { PATH = "" } = process.env;
  process.env["PATH"] = `${folder}:${PATH}`;
  t.teardown(() => (process.env["PATH"] = PATH));
  const manager = openServiceManager({
    env: { NOTIFY_SOCKET: "/run/systemd/notify" },
    libc: undefined,
    clock: new ManualClock(),
    onError,
  });
  manager.ready("serving");
  t.equal(await until(() => readFileSync(join(folder, "said"), "utf8"), /serving\|/), "READY=1|STATUS=serving|");
});

await t.test("what cannot be told is no reason to end; without a manager nothing is told", async (t) => {
  const errors: string[] = [];
  const parts = { libc: await requireLibc(), clock: new ManualClock() };
  const note = (error: Error): void => void errors.push(error.message);
  const lost = openServiceManager({ ...parts, env: { NOTIFY_SOCKET: "/run/pybootd-not-there/none" }, onError: note });
  lost.ready("serving");
  t.match(errors, [/^sendto \S+\/none: ENOENT$/]);
  openServiceManager({ ...parts, env: {}, onError }).ready("serving");
});
