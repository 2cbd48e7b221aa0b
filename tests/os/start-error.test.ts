import { createSocket } from "node:dgram";
import { createServer, type Server } from "node:net";
import t from "tap";
import { dgramNetwork, type UdpSocket } from "../../lib/os/udp.js";
import { openingPort, StartError, type NeededPort } from "../../lib/os/start-error.js";
import { startPortRival } from "../support/port-rival.js";
import { ip } from "../support/values.js";

const address = ip("127.0.0.1");
const onLinux = { skip: process.platform === "linux" ? false : "only Linux tells who holds a port" };

function openUdp(port: number): Promise<UdpSocket> {
  return dgramNetwork.open({ address, port }, { onDatagrams: () => undefined, onError: () => undefined });
}

function openTcp(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject).listen(port, "127.0.0.1", () => {
      resolve(server);
    });
  });
}

await t.test("a UDP port that another process has: who it is, and what to do", onLinux, async (t) => {
  const { pid, name, port } = await startPortRival(t, "udp");
  const needed: NeededPort = { service: "DHCP", protocol: "udp", address, port, option: "[bootpd] port" };
  await t.rejects(
    openingPort(needed, () => openUdp(port)),
    new StartError(
      `DHCP needs UDP port ${port} of 127.0.0.1, but ${name} (pid ${pid}) has it.\n  Stop it, or set another [bootpd] port.`,
    ),
  );
});

await t.test("a TCP port that another process has", onLinux, async (t) => {
  const { pid, name, port } = await startPortRival(t, "tcp");
  const needed: NeededPort = { service: "HTTP", protocol: "tcp", address, port };
  await t.rejects(
    openingPort(needed, () => openTcp(port)),
    new StartError(`HTTP needs TCP port ${port} of 127.0.0.1, but ${name} (pid ${pid}) has it.\n  Stop it.`),
  );
});

await t.test("of those who have the port the one in the way is named", onLinux, async (t) => {
  const { port } = await startPortRival(t, "udp");
  const { pid, name } = await startPortRival(t, "udp", port, "127.0.0.2");
  const needed: NeededPort = { service: "TFTP", protocol: "udp", address: ip("127.0.0.2"), port };
  const opening = openingPort(needed, () =>
    dgramNetwork.open(needed, { onDatagrams: () => undefined, onError: () => undefined }),
  );
  await t.rejects(
    opening,
    new StartError(`TFTP needs UDP port ${port} of 127.0.0.2, but ${name} (pid ${pid}) has it.\n  Stop it.`),
  );
});

await t.test("a port whose holder cannot be seen: where to look", async (t) => {
  const socket = createSocket("udp4");
  t.teardown(() => socket.close());
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const { port } = socket.address();
  await t.rejects(
    openingPort({ service: "TFTP", protocol: "udp", address, port }, () => openUdp(port)),
    { name: "StartError", message: /but another process has it, which one cannot be seen from here \(try: sudo ss/ },
  );
});

await t.test("an address that this host has not", async (t) => {
  const needed: NeededPort = { service: "TFTP", protocol: "udp", address: ip("192.0.2.77"), port: 69 };
  const opening = openingPort(needed, () =>
    dgramNetwork.open({ ...needed, port: 0 }, { onDatagrams: () => undefined, onError: () => undefined }),
  );
  await t.rejects(
    opening,
    new StartError("TFTP needs UDP port 69 of 192.0.2.77, but this host does not have that address (any more)."),
  );
});

await t.test("a port that takes a privilege: the ways to get it", async (t) => {
  for (const code of ["EACCES", "EPERM"]) {
    const refuse = (): Promise<never> => Promise.reject(Object.assign(new Error("bind"), { code }));
    const needed: NeededPort = { service: "DHCP", protocol: "udp", address, port: 67, option: "[bootpd] port" };
    const uid = process.getuid?.() ?? "?";
    await t.rejects(openingPort(needed, refuse), {
      name: "StartError",
      message: new RegExp(
        `^DHCP needs UDP port 67 of 127\\.0\\.0\\.1, which takes a privilege that this user \\(uid ${uid}\\) does not have[^]*` +
          "sudo pybootd[^]*setcap cap_net_bind_service[^]*AmbientCapabilities=CAP_NET_BIND_SERVICE[^]*" +
          "set \\[bootpd\\] port to 1024 or more",
      ),
    });
    const fixed = openingPort(
      { service: "looking for other DHCP servers", protocol: "udp", address, port: 68 },
      refuse,
    );
    await t.rejects(fixed, { message: /^(?![^]*1024)/ }, "what no option sets cannot be set to another");
  }
});

await t.test("an error that is none of the port's goes its way, and a success too", async (t) => {
  const needed: NeededPort = { service: "TFTP", protocol: "udp", address, port: 69 };
  const mistake = new TypeError("a mistake of ours");
  await t.rejects(
    openingPort(needed, () => Promise.reject(mistake)),
    mistake,
  );
  t.equal(await openingPort(needed, () => Promise.resolve(5)), 5);
});
