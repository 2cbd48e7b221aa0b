import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import t from "tap";
import { UNSPECIFIED } from "../../lib/net/ipv4.js";
import { findPortHolder } from "../../lib/os/port-holder.js";
import { startPortRival } from "../support/port-rival.js";
import { ip } from "../support/values.js";

const LOOPBACK = ip("127.0.0.1");

const onLinux = { skip: process.platform === "linux" ? false : "only Linux tells who holds a port" };

for (const protocol of ["udp", "tcp"] as const) {
  await t.test(`names the process that holds a ${protocol} port`, onLinux, async (t) => {
    const { pid, name, port } = await startPortRival(t, protocol);
    t.strictSame(await findPortHolder(protocol, LOOPBACK, port), { pid, name });
    const other = protocol === "udp" ? "tcp" : "udp";
    t.equal(
      await findPortHolder(other, LOOPBACK, port),
      undefined,
      `the ${other} port of the same number is another one`,
    );
  });
}

for (const protocol of ["udp", "tcp"] as const) {
  await t.test(`a ${protocol} port is held on one address, or on all`, onLinux, async (t) => {
    const other = ip("127.0.0.2");
    const one = await startPortRival(t, protocol);
    t.equal(await findPortHolder(protocol, other, one.port), undefined);
    t.match(
      await findPortHolder(protocol, UNSPECIFIED, one.port),
      { pid: one.pid },
      "who wants all finds each in its way",
    );
    for (const address of ["0.0.0.0", "::"].slice(0, protocol === "tcp" ? 2 : 1)) {
      const all = await startPortRival(t, protocol, 0, address);
      t.match(await findPortHolder(protocol, other, all.port), { pid: all.pid }, address);
    }
  });
}

await t.test("names nobody for a port that this process itself holds", onLinux, async (t) => {
  const socket = createSocket("udp4");
  t.teardown(() => socket.close());
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  t.equal(await findPortHolder("udp", LOOPBACK, socket.address().port), undefined);
});

await t.test("a process that is connected from a port does not hold it", onLinux, async (t) => {
  const server = createServer();
  t.teardown(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const child = spawn(process.execPath, ["-e", `require("node:net").connect(${port}, "127.0.0.1")`]);
  const [connection] = (await once(server, "connection")) as [Socket];
  t.equal(await findPortHolder("tcp", LOOPBACK, connection.remotePort ?? 0), undefined);
  connection.destroy();
  await once(child, "exit");
});
