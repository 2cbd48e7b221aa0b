/** The control socket as a lock: one process has it, whatever those before left. */

import { lstatSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { basename, join } from "node:path";
import t from "tap";
import { ControlClient } from "../../lib/control/client.js";
import { ControlServer } from "../../lib/control/server.js";
import { SocketTaken } from "../../lib/control/socket-lock.js";
import { systemClock } from "../../lib/common/clock.js";
import { GREETING, leaveStaleSocket, openControl, shortFolder } from "../support/control.js";
import { ManualClock } from "../support/manual-clock.js";

const PARTS = { greeting: GREETING, clock: systemClock, onError: () => undefined };

await t.test("D12 only its owner may write to it, and it goes with who made it", async (t) => {
  const path = join(shortFolder(t), "control.sock");
  const control = await openControl(t, path);
  t.equal(lstatSync(path).mode & 0o777, 0o600);
  await control.close();
  t.strictSame(readdirSync(join(path, "..")), []);
});

await t.test("a second one is refused, and told who has it", async (t) => {
  const path = join(shortFolder(t), "control.sock");
  const first = await openControl(t, path);
  await t.rejects(ControlServer.open(path, PARTS), new SocketTaken(GREETING));
  await first.close();
  await openControl(t, path);
});

await t.test("what a killed process left is taken over", async (t) => {
  const path = join(shortFolder(t), "control.sock");
  await leaveStaleSocket(path);
  t.equal(await ControlClient.connect(path, systemClock), undefined, "nobody answers");
  await openControl(t, path);
  t.strictSame(readdirSync(join(path, "..")), ["control.sock"]);
});

await t.test("of many that find such a one, one gets it", async (t) => {
  for (let round = 0; round < 20; round++) {
    const path = join(shortFolder(t), "control.sock");
    await leaveStaleSocket(path);
    const opened = await Promise.allSettled(Array.from({ length: 6 }, () => ControlServer.open(path, PARTS)));
    const winners = opened.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    t.equal(winners.length, 1);
    const client = await ControlClient.connect(path, systemClock);
    t.strictSame(client?.greeting, GREETING, "and can be asked");
    client?.close();
    for (const winner of winners) await winner.close();
  }
});

await t.test("a file that is no socket is left alone", async (t) => {
  const path = join(shortFolder(t), "control.sock");
  writeFileSync(path, "somebody's");
  await t.rejects(ControlServer.open(path, PARTS), { message: `${path} is there, and no socket` });
  t.ok(lstatSync(path).isFile());
});

await t.test("one that does not say who it is keeps it", async (t) => {
  const path = join(shortFolder(t), "control.sock");
  const clock = new ManualClock();
  const silent = createServer();
  silent.on("connection", (socket) => {
    socket.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => silent.listen(path, resolve));
  t.teardown(() => silent.close());
  const opening = ControlServer.open(path, { ...PARTS, clock });
  while (clock.pending === 0) await new Promise(setImmediate);
  clock.advance(5000);
  await t.rejects(opening, { message: "there was no answer within 5 s" });
});

await t.test("where there can be none, the reason is told", async (t) => {
  await t.rejects(ControlServer.open("/nowhere/control.sock", PARTS), { code: /^(EACCES|ENOENT)$/ });
  const folder = shortFolder(t);
  const long = join(folder, "x".repeat(103 - folder.length));
  await t.rejects(ControlServer.open(long, PARTS), { message: "its path is longer than 103 octets" });
  t.equal(await ControlClient.connect(long, systemClock), undefined);
  t.strictSame(readdirSync(folder), []);
  const longest = long.slice(0, 103);
  await openControl(t, longest);
  t.strictSame(readdirSync(folder), [basename(longest)]);
});
