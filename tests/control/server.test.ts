/** Commands on the control socket: what is answered, and what nobody can do to who answers. */

import { once } from "node:events";
import { createConnection, createServer, type Socket } from "node:net";
import { join } from "node:path";
import t, { type Test } from "tap";
import { ControlClient } from "../../lib/control/client.js";
import { ControlRefusal, LONGEST_LINE } from "../../lib/control/protocol.js";
import type { ControlServer, ControlServerParts } from "../../lib/control/server.js";
import { systemClock } from "../../lib/common/clock.js";
import { GREETING, openControl, shortFolder } from "../support/control.js";
import { ManualClock } from "../support/manual-clock.js";

async function open(
  t: Test,
  parts: Partial<ControlServerParts> = {},
): Promise<{ readonly control: ControlServer; readonly path: string }> {
  const path = join(shortFolder(t), "control.sock");
  return { control: await openControl(t, path, parts), path };
}

async function connect(t: Test, path: string): Promise<ControlClient> {
  const client = await ControlClient.connect(path, systemClock);
  if (client === undefined) throw new Error("nobody listens");
  t.teardown(() => {
    client.close();
  });
  return client;
}

async function allOf(items: AsyncIterable<unknown>): Promise<readonly unknown[]> {
  const all: unknown[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** A connection as any program makes it, and what it has read. */
async function connectRaw(t: Test, path: string): Promise<{ readonly socket: Socket; readonly read: () => string }> {
  const socket = createConnection(path);
  let text = "";
  socket.setEncoding("utf8").on("data", (data: string) => (text += data));
  socket.on("error", () => undefined);
  t.teardown(() => socket.destroy());
  await once(socket, "connect");
  return { socket, read: () => text };
}

await t.test("a command gets its argument, and its items reach who asked", async (t) => {
  const { control, path } = await open(t);
  control.register("count", function* (argument) {
    for (let count = 1; count <= Number(argument); count++) yield { count, text: "ü\n" };
  });
  const client = await connect(t, path);
  t.strictSame(client.greeting, GREETING);
  t.strictSame(await allOf(client.ask("count", 2)), [
    { count: 1, text: "ü\n" },
    { count: 2, text: "ü\n" },
  ]);
  t.strictSame(await allOf(client.ask("count", 0)), []);
  t.equal((await allOf(client.ask("count", 5000))).length, 5000, "the same connection serves many requests");
});

await t.test("what is refused, not known, or failed is told, and the connection goes on", async (t) => {
  const errors: string[] = [];
  const { control, path } = await open(t, { onError: (error) => errors.push(error.message) });
  control.register("refuse", () => {
    throw new ControlRefusal("nobody has it");
  });
  control.register("fail", function* () {
    yield 1;
    throw new Error("a mistake");
  });
  const end = control.register("known", () => ["yes"]);
  const client = await connect(t, path);
  await t.rejects(allOf(client.ask("refuse")), new ControlRefusal("nobody has it"));
  await t.rejects(allOf(client.ask("fail")), new ControlRefusal("it failed: a mistake"));
  await t.rejects(allOf(client.ask("else")), new ControlRefusal("else cannot be asked here (now)"));
  t.strictSame(await allOf(client.ask("known")), ["yes"]);
  end();
  await t.rejects(allOf(client.ask("known")), new ControlRefusal("known cannot be asked here (now)"));
  t.strictSame(errors, ["a mistake"], "only what is a mistake is reported");
});

await t.test("lines that are no requests are refused", async (t) => {
  const { path } = await open(t);
  const { socket, read } = await connectRaw(t, path);
  const lines = ["", "{", "null", "[]", '"x"', '{"command":5}', "\x00\xff"];
  socket.end(lines.map((line) => `${line}\n`).join(""));
  await once(socket, "close");
  const refused = JSON.stringify({ refused: 'expected {"command": …} on a line' });
  t.strictSame(read().split("\n"), [JSON.stringify(GREETING), ...lines.map(() => refused), ""]);
});

await t.test("D11 D12 what is nested without end is no request, and the next one is answered", async (t) => {
  const { control, path } = await open(t);
  control.register("known", (argument) => [typeof argument]);
  const { socket, read } = await connectRaw(t, path);
  const deep = "[".repeat(30_000);
  const argument = `${deep}${"]".repeat(30_000)}`;
  socket.end(`${deep}\n{"command":"known","argument":${argument}}\n{"command":"known","argument":1}\n`);
  await once(socket, "close");
  t.match(read(), /"refused":.*\n[^]*"number"/);
});

await t.test("who has closed its side still gets the answer", async (t) => {
  const { control, path } = await open(t);
  control.register("much", function* () {
    for (let count = 0; count < 100; count++) yield "x".repeat(100_000);
  });
  const { socket, read } = await connectRaw(t, path);
  socket.end('{"command":"much"}\n');
  await once(socket, "close");
  t.ok(read().endsWith('{"end":true}\n'));
  t.ok(read().length > 10_000_000);
});

await t.test("a line that does not end is not kept for ever", async (t) => {
  const { path } = await open(t);
  const { socket } = await connectRaw(t, path);
  socket.write("x".repeat(LONGEST_LINE + 1));
  await once(socket, "close");
  t.pass("the connection is closed");
});

await t.test("who asks nothing is left after a while", async (t) => {
  const clock = new ManualClock();
  const { path } = await open(t, { clock });
  const { socket } = await connectRaw(t, path);
  await once(socket, "data");
  clock.advance(29_000);
  socket.write('{"command":"x"}\n');
  await once(socket, "data");
  clock.advance(29_000);
  t.notOk(socket.destroyed);
  clock.advance(1000);
  await once(socket, "close");
  t.equal(clock.pending, 0);
});

await t.test("who does not take the answer is left after a while, and what was to come is not made", async (t) => {
  const clock = new ManualClock();
  const { control, path } = await open(t, { clock });
  let ended = false;
  let begin = (): void => undefined;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  control.register("endless", function* () {
    try {
      // No buffer between us takes as much as one of these.
      for (;;) {
        begin();
        yield "x".repeat(900_000);
      }
    } finally {
      ended = true;
    }
  });
  const { socket } = await connectRaw(t, path);
  await once(socket, "data");
  socket.pause();
  socket.write('{"command":"endless"}\n');
  await begun;
  clock.advance(30_000);
  socket.resume();
  await once(socket, "close");
  t.ok(ended, "its handler is told");
});

await t.test("there are never more than some connections at once", async (t) => {
  const { control, path } = await open(t);
  control.register("known", () => ["yes"]);
  const clients = [];
  for (let count = 0; count < 16; count++) clients.push(await connect(t, path));
  const late = await connect(t, path);
  t.strictSame(late.greeting, GREETING, "it still hears who it is");
  await t.rejects(allOf(late.ask("known")), new ControlRefusal("16 others are asking already"));
  clients[0]?.close();
  late.close();
  t.strictSame(await allOf(clients[1]?.ask("known") ?? late.ask("known")), ["yes"]);
});

await t.test("closing ends every connection", async (t) => {
  const { control, path } = await open(t);
  const client = await connect(t, path);
  await control.close();
  await t.rejects(allOf(client.ask("x")), new ControlRefusal("the connection ended without an answer"));
  t.equal(await ControlClient.connect(path, systemClock), undefined);
});

await t.test("another program's answers are not believed", async (t) => {
  const path = join(shortFolder(t), "other.sock");
  const answers = ["HTTP/1.1 400 Bad Request\n", `${JSON.stringify(GREETING)}\nnonsense\n`];
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.end(answers.shift() ?? "");
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  t.teardown(() => server.close());
  await t.rejects(ControlClient.connect(path, systemClock), { message: `who listens on ${path} is no pybootd` });
  const client = await connect(t, path);
  await t.rejects(allOf(client.ask("x")), { message: /the answer cannot be read/ });
});
