/** The server on the system's sockets and folders, 127.0.0.1 only. */

import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { EventBus, type Event } from "../../lib/events/event.js";
import { BootFiles } from "../../lib/files/boot-files.js";
import { ChunkCache } from "../../lib/files/chunk-cache.js";
import { FolderSource, LocalFiles } from "../../lib/files/folder.js";
import { emptyDirectory } from "../../lib/machine/directory.js";
import { systemClock } from "../../lib/common/clock.js";
import { openSystem } from "../../lib/os/system.js";
import { dgramNetwork, type UdpNetwork } from "../../lib/os/udp.js";
import { TftpServer } from "../../lib/tftp/server.js";
import { freePort } from "../support/ports.js";
import { SETTINGS } from "../support/tftp-bench.js";
import { makeAck, makeRequest } from "../support/tftp-packet.js";
import { TftpSocket } from "../support/tftp-socket.js";
import { ip } from "../support/values.js";

interface Served {
  readonly port: number;
  readonly folder: string;
  readonly events: readonly Event[];
  readonly server: TftpServer;
}

/** A server of the folder `root` of the test's own, which has a folder `root2` beside it. */
async function serve(t: Test, network: UdpNetwork): Promise<Served> {
  const folder = join(t.testdir({ root: {}, root2: { secret: "secret" } }), "root");
  const local = new LocalFiles(new ChunkCache(1024 * 1024));
  const nowhere = { configuration: "/nonexistent", package: "/nonexistent" };
  const port = await freePort();
  const events: Event[] = [];
  const bus = new EventBus();
  bus.subscribe((event) => events.push(event));
  const server = new TftpServer({
    network,
    files: new BootFiles(new FolderSource(folder, local), [], nowhere, local),
    directory: emptyDirectory,
    events: bus,
    clock: systemClock,
    settings: { ...SETTINGS, listen: [ip("127.0.0.1")], links: [], port },
  });
  await server.start();
  t.teardown(() => {
    server.stop();
  });
  return { port, folder, events, server };
}

const { network: best } = await openSystem();

for (const [name, network] of [
  ["node:dgram", dgramNetwork],
  ["the system's calls", best],
] as const) {
  await t.test(`over ${name}`, async (t) => {
    await t.test("C29 fifty clients at once each get their file whole", async (t) => {
      const { port, folder, events } = await serve(t, network);
      const contents = Array.from({ length: 50 }, (_, index) => {
        const content = Buffer.alloc(200_000 + index * 1111);
        for (let offset = 0; offset + 4 <= content.length; offset += 4)
          content.writeInt32LE(offset * (index + 3), offset);
        writeFileSync(join(folder, `file${index}`), content);
        return content;
      });
      const received = await Promise.all(
        contents.map(async (_, index) => {
          const client = await TftpSocket.open(t, port);
          return client.fetch(`file${index}`, [512, 1428, 4096][index % 3] ?? 512, [1, 4, 8][index % 3] ?? 1);
        }),
      );
      for (const [index, octets] of received.entries()) {
        if (!octets.equals(contents[index] ?? Buffer.alloc(0))) t.fail(`file${index} is not what it was`);
      }
      t.notOk(events.some(({ kind }) => kind === "failed" || kind === "transfer-failed"));
    });

    await t.test("C22 C25 what is not below the root is refused; what is not there is not found", async (t) => {
      const { port, folder } = await serve(t, network);
      mkdirSync(join(folder, "folder"));
      symlinkSync("../root2/secret", join(folder, "link"));
      writeFileSync(join(folder, "a..b"), "fine");
      const client = await TftpSocket.open(t, port);
      const ask = async (asked: string): Promise<unknown> => {
        client.request(asked);
        const answer = await client.next();
        return answer.kind === "error" ? answer.code : answer;
      };
      for (const outside of [
        "../root2/secret",
        "/../root2/secret",
        "folder/../../root2/secret",
        "..\\root2\\secret",
        "link",
        "folder",
      ]) {
        t.equal(await ask(outside), 2, outside);
      }
      for (const absent of [
        "nothing",
        "/etc/passwd",
        "....//root2/secret",
        "%2e%2e/root2/secret",
        "C:\\x",
        "x".repeat(400),
      ]) {
        t.equal(await ask(absent), 1, absent.slice(0, 40));
      }
      t.match(await ask("/a..b"), { kind: "data", octets: Buffer.from("fine") });
    });

    await t.test("C20 nothing can be written, and nothing is", async (t) => {
      const { port } = await serve(t, network);
      const client = await TftpSocket.open(t, port);
      client.send(makeRequest("new", {}, { opcode: 2 }));
      t.match(await client.next(), { kind: "error", code: 2 });
    });

    await t.test("C2 C18 a transfer has a port of its own, where others are told error 5", async (t) => {
      const { port, folder } = await serve(t, network);
      writeFileSync(join(folder, "kernel"), Buffer.alloc(2000));
      const client = await TftpSocket.open(t, port);
      client.request("kernel");
      t.match(await client.next(), { kind: "data", block: 1 });
      const others = await TftpSocket.open(t, client.peer);
      t.not(client.peer, port);
      others.send(makeAck(1));
      t.match(await others.next(), { kind: "error", code: 5 });
      client.send(makeAck(1));
      t.match(await client.next(), { kind: "data", block: 2 });
    });

    await t.test("stop tells the clients of all transfers, and frees the port", async (t) => {
      const { port, folder, server } = await serve(t, network);
      writeFileSync(join(folder, "kernel"), Buffer.alloc(20_000));
      const clients = await Promise.all(Array.from({ length: 5 }, () => TftpSocket.open(t, port)));
      for (const client of clients) {
        client.request("kernel");
        t.match(await client.next(), { kind: "data", block: 1 });
      }
      server.stop();
      for (const client of clients) t.match(await client.next(), { kind: "error", code: 0, text: /shutting down/ });
      await server.start();
      const [client] = clients;
      client?.request("kernel");
      t.match(await client?.next(), { kind: "data", block: 1 });
    });
  });
}
