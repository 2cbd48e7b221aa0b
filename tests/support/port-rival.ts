import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Test } from "tap";

/** Another process that has a port open. */
export interface PortRival {
  readonly pid: number;
  readonly name: string;
  readonly port: number;
}

const NAME = "port-rival";

const PROGRAMS = {
  udp: `const socket = require("node:dgram").createSocket("udp4");
    socket.bind(PORT, "ADDRESS", () => console.log(socket.address().port));`,
  tcp: `const server = require("node:net").createServer();
    server.listen(PORT, "ADDRESS", () => console.log(server.address().port));`,
};

/** Starts a process that holds a port, any free one where that is 0, until the test ends. */
export async function startPortRival(
  t: Test,
  protocol: "udp" | "tcp",
  port = 0,
  address = "127.0.0.1",
): Promise<PortRival> {
  const program = `process.title = "${NAME}"; ${PROGRAMS[protocol].replace("PORT", String(port)).replace("ADDRESS", address)}`;
  const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  t.teardown(async () => {
    child.kill();
    await exited;
  });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return { pid: child.pid ?? 0, name: NAME, port: Number(line.toString()) };
}
