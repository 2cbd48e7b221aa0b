/** A daemon whose files come from a mirror that is away, and comes back. */

import { createServer } from "node:http";
import { once } from "node:events";
import { createServer as createTcpServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import t, { type Test } from "tap";
import type { Config } from "../../lib/settings/load.js";
import { openSystem } from "../../lib/os/system.js";
import { interfaceWith, loadFile } from "../support/configuration.js";
import { said, startDaemon } from "../support/daemon.js";
import { freePort } from "../support/ports.js";
import { TftpSocket } from "../support/tftp-socket.js";
import { startWebServer } from "../support/web-server.js";

const system = await openSystem();

/** A configuration of TFTP (and of HTTP on the same port) with these lines for the roots and filters. */
function configure(t: Test, port: number, { tftp = "", more = "" }): Config {
  const ini = `[daemon]\nstate_dir = ./state\n[tftpd]\nport = ${port}\n${tftp}\n${more}`;
  const folder = t.testdir({ "pybootd.ini": ini, files: { kernel: "kernel" } });
  const services = { dhcp: false, tftp: true, http: false };
  return loadFile(join(folder, "pybootd.ini"), { services, interfaces: [interfaceWith("lo", "127.0.0.1/8")] });
}

await t.test(
  "the log tells of a mirror that is away before a machine asks, once, and once that it is back",
  async (t) => {
    const [port, mirrorPort] = [await freePort(), await freePort()];
    const mirror = `http://127.0.0.1:${mirrorPort}`;
    const config = configure(t, port, { tftp: `root = ${mirror}/debian/` });
    const { daemon, lines } = await startDaemon(t, config, system);
    await said(
      lines,
      /cannot be reached: connect ECONNREFUSED .*: check this host's way to it; where a proxy leads there/,
    );
    const client = await TftpSocket.open(t, port);
    for (let count = 0; count < 3; count++) await t.rejects(client.fetch("kernel", 512, 1));
    await daemon.reload(config);
    const server = createServer((_, response) => response.writeHead(200, { "Content-Length": 6 }).end("kernel"));
    server.listen(mirrorPort, "127.0.0.1");
    await once(server, "listening");
    t.teardown(() => {
      server.close();
      server.closeAllConnections();
    });
    t.equal(String(await client.fetch("kernel", 512, 1)), "kernel");
    await said(lines, new RegExp(`^${mirror} is reached again, after \\d+ s$`));
    t.equal(lines.filter((line) => line.startsWith(`${mirror} cannot be reached`)).length, 1);
  },
);

await t.test("a start does not wait for a mirror that does not answer", async (t) => {
  const silent = createTcpServer().listen(0, "127.0.0.1");
  await once(silent, "listening");
  t.teardown(() => silent.close());
  const { port } = silent.address() as AddressInfo;
  const asked = once(silent, "connection");
  const config = configure(t, await freePort(), { tftp: `root = http://127.0.0.1:${port}/` });
  const { daemon, lines } = await startDaemon(t, config, system);
  t.ok(lines.includes("info: ready"));
  await asked;
  await daemon.stop();
  t.notOk(
    lines.some((line) => line.includes("cannot be reached")),
    "the end of the daemon is no outage",
  );
});

await t.test("each mirror that a root or a filter names is asked once, and nobody where none does", async (t) => {
  const one = await startWebServer(t, (_, response) => response.writeHead(404).end());
  const other = await startWebServer(t, (_, response) => response.writeHead(200).end());
  const more = `[filters]\na/* = ${other.origin}/a/{filename}\nb/* = ${other.origin}/b/{filename}`;
  const config = configure(t, await freePort(), { tftp: `root = ${one.origin}/files/`, more });
  const { daemon, lines } = await startDaemon(t, config, system);
  while (one.requests.length + other.requests.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  await daemon.reload(config);
  const asked = [one, other].map(({ requests }) => requests.map(({ method, target }) => `${method} ${target}`));
  t.strictSame(asked, [["HEAD /files/"], ["HEAD /a/"]]);
  t.notOk(
    lines.some((line) => line.includes("reached")),
    "a mirror that answers is nothing to tell of",
  );
  const unused = `[filters]\na/* = ./files/{filename}\n[httpd]\nroot = ${other.origin}/`;
  await startDaemon(t, configure(t, await freePort(), { tftp: "root = ./files", more: unused }), system);
  t.equal(other.requests.length, 1, "HTTP is off");
});
