/** The whole daemon on 127.0.0.0/8, where every address is this host's: machines are sockets on addresses of it. */

import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { Agent, get, type IncomingMessage } from "node:http";
import { join } from "node:path";
import t, { type Test } from "tap";
import type { Config } from "../../lib/settings/load.js";
import { openSystem } from "../../lib/os/system.js";
import { StartError } from "../../lib/os/start-error.js";
import { interfaceWith, loadFile } from "../support/configuration.js";
import { startDaemon, type Logged } from "../support/daemon.js";
import { makeRequest, quad, readReply, text, type Reply, type RequestFields } from "../support/dhcp-packet.js";
import { startPortRival } from "../support/port-rival.js";
import { freePort } from "../support/ports.js";
import * as tftp from "../support/tftp-packet.js";
import { startUdpListener } from "../support/udp-listener.js";
import { ip } from "../support/values.js";

const SERVER = "127.0.0.1";
const RELAY = "127.0.0.2";
/** What the first machine gets. */
const GIVEN = "127.0.0.100";

const system = await openSystem();

interface Ports {
  readonly dhcp: number;
  readonly tftp: number;
  readonly http: number;
}

async function freePorts(): Promise<Ports> {
  return { dhcp: await freePort(), tftp: await freePort(), http: await freePort() };
}

/** A configuration of all three services; `more` goes into the `[bootpd]` section. */
function configure(t: Test, { dhcp, tftp, http }: Ports, more = ""): Config {
  const ini = `[bootpd]
port = ${dhcp}
pool_start = ${GIVEN}
pool_count = 2
dns = 127.0.0.53
domain = example.org
lease_time = 1h
lease_db = memory
${more}
[daemon]
state_dir = ./state
[bootfile]
default = boot.0
00007 = boot.efi
[tftpd]
port = ${tftp}
root = ./files
[httpd]
port = ${http}
root = ./web
[filters]
pxelinux.cfg/* = ./machines/{mac}.cfg
`;
  const folder = t.testdir({
    "pybootd.ini": ini,
    files: { "boot.0": "a boot loader", "boot.efi": "x".repeat(2000), kernel: "k".repeat(100_000) },
    web: { kernel: "k".repeat(100_000) },
    machines: { "52-54-00-aa-bb-01.cfg": "for this machine" },
  });
  const services = { dhcp: true, tftp: true, http: true };
  return loadFile(join(folder, "pybootd.ini"), { services, interfaces: [interfaceWith("lo", "127.0.0.1/8")] });
}

const start = (t: Test, config: Config): Promise<Logged> => startDaemon(t, config, system);

/** A UDP socket of a machine that has this address. */
async function socketOn(t: Test, address: string): Promise<Socket> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, address, resolve));
  t.teardown(() => socket.close());
  return socket;
}

/** Sends a packet, and waits for what comes back. */
async function ask(socket: Socket, packet: Buffer, port: number): Promise<{ payload: Buffer; port: number }> {
  socket.send(packet, port, SERVER);
  const [payload, peer] = (await once(socket, "message")) as [Buffer, { port: number }];
  return { payload, port: peer.port };
}

/** DISCOVER and REQUEST of a machine, through a relay agent. */
async function obtain(
  t: Test,
  port: number,
  options: NonNullable<RequestFields["options"]>,
): Promise<readonly Reply[]> {
  const relay = await socketOn(t, RELAY);
  const exchange = async (more: NonNullable<RequestFields["options"]>): Promise<Reply> => {
    const request = makeRequest({ giaddr: RELAY, hops: 1, options: [...more, ...options] });
    return readReply((await ask(relay, request, port)).payload);
  };
  const offer = await exchange([[53, "01"]]);
  return [
    offer,
    await exchange([
      [53, "03"],
      [54, quad(SERVER)],
      [50, quad(offer.yiaddr)],
    ]),
  ];
}

async function download(port: number, from: string, path: string): Promise<{ status: number; body: string }> {
  const asked = get({ port, host: SERVER, localAddress: from, path, agent: false });
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  let body = "";
  response.setEncoding("utf8").on("data", (part: string) => (body += part));
  await once(response, "end");
  return { status: response.statusCode ?? 0, body };
}

const PXE = [
  [60, text("PXEClient:Arch:00007:UNDI:003016")],
  [93, "0007"],
  [55, "010306434236"],
] as const;

await t.test("a machine gets its address, then its files by TFTP and HTTP; a stranger does not", async (t) => {
  const ports = await freePorts();
  const listener = await startUdpListener(t);
  const { lines } = await start(t, configure(t, ports, `notify = 127.0.0.1:${listener.endpoint.port}`));

  t.equal((await download(ports.http, GIVEN, "/kernel")).status, 401, "check_ip: nobody has that address yet");

  const [offer, ack] = await obtain(t, ports.dhcp, PXE);
  const told = { yiaddr: GIVEN, siaddr: SERVER, file: "boot.efi", giaddr: RELAY };
  t.match(offer, told);
  t.match(ack, told);
  t.equal(ack?.options.get(53), "05");
  t.equal(ack?.options.get(1), quad("255.0.0.0"));
  t.equal(ack?.options.get(6), quad("127.0.0.53"));
  t.equal((await listener.next()).toString(), `BOOT,52:54:00:AA:BB:01,${GIVEN}`, "[bootpd] notify is told");

  const machine = await socketOn(t, GIVEN);
  const first = await ask(machine, tftp.makeRequest("boot.efi", { tsize: 0 }), ports.tftp);
  t.strictSame(tftp.readAnswer(first.payload), { kind: "oack", options: [["tsize", "2000"]] });
  const block = await ask(machine, tftp.makeAck(0), first.port);
  t.match(tftp.readAnswer(block.payload), { kind: "data", block: 1, octets: Buffer.alloc(512, "x") });
  const own = await ask(machine, tftp.makeRequest("pxelinux.cfg/default"), ports.tftp);
  t.match(tftp.readAnswer(own.payload), { octets: Buffer.from("for this machine") }, "a filter knows the machine");
  const stranger = await socketOn(t, "127.0.0.99");
  const other = await ask(stranger, tftp.makeRequest("pxelinux.cfg/default"), ports.tftp);
  t.match(tftp.readAnswer(other.payload), { kind: "error", code: 1 });

  t.match(await download(ports.http, GIVEN, "/kernel"), { status: 200, body: "k".repeat(100_000) });
  t.match(await download(ports.http, GIVEN, "/boot.efi"), { status: 200 }, "what TFTP has by HTTP too");
  t.match(await download(ports.http, GIVEN, "/pxelinux.cfg/default"), { status: 200, body: "for this machine" });
  t.equal((await download(ports.http, "127.0.0.99", "/kernel")).status, 401);

  t.match(
    lines.find((line) => line.includes("leased")),
    /^52:54:00:aa:bb:01: leased 127\.0\.0\.100 to PXE firmware/,
  );
  t.match(
    lines.find((line) => line.includes("GET")),
    /^52:54:00:aa:bb:01 \(127\.0\.0\.100\): GET "\/kernel": 200/,
  );
  t.ok(lines.includes("info: ready"));
  t.notOk(lines.some((line) => line.startsWith("error")));
});

await t.test("a client that did not boot from here gets nothing, unless allow_simple_dhcp", async (t) => {
  const ports = await freePorts();
  const { lines } = await start(t, configure(t, ports));
  const relay = await socketOn(t, RELAY);
  relay.send(makeRequest({ giaddr: RELAY, options: [[53, "01"]] }), ports.dhcp, SERVER);
  // What came is handled in order: when the next one is answered, this one was not.
  const [offer] = await obtain(t, ports.dhcp, PXE);
  t.equal(offer?.yiaddr, GIVEN);
  t.match(
    lines.find((line) => line.includes("ignored")),
    /allow_simple_dhcp is off$/,
  );

  const simple = await freePorts();
  await start(t, configure(t, simple, "allow_simple_dhcp = yes"));
  t.equal((await obtain(t, simple.dhcp, []))[1]?.yiaddr, GIVEN);
});

await t.test("stop takes no second, whatever is under way, and frees all ports", async (t) => {
  const ports = await freePorts();
  const config = configure(t, ports);
  const { daemon, lines } = await start(t, config);
  await obtain(t, ports.dhcp, PXE);
  const machine = await socketOn(t, GIVEN);
  await ask(machine, tftp.makeRequest("kernel"), ports.tftp);
  const agent = new Agent({ keepAlive: true });
  t.teardown(() => {
    agent.destroy();
  });
  const asked = get({ port: ports.http, host: SERVER, localAddress: GIVEN, path: "/kernel", agent });
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  response.on("error", () => undefined);
  const told = once(machine, "message");

  const begin = performance.now();
  await daemon.stop();
  t.ok(performance.now() - begin < 1000);
  const [payload] = (await told) as [Buffer];
  t.match(tftp.readAnswer(payload), { kind: "error", code: 0, text: /shutting down/ });
  t.match(
    lines.find((line) => line.includes('"kernel"')),
    /ended after 512 B: the server is shutting down$/,
  );

  const again = await start(t, config);
  t.equal((await obtain(t, ports.dhcp, PXE))[1]?.yiaddr, GIVEN);
  await again.daemon.stop();
  await again.daemon.stop();
  t.pass("stopping twice is once");
});

const onLinux = { skip: process.platform === "linux" ? false : "only Linux tells who holds a port" };

for (const { service, protocol, which, option, address } of [
  { service: "DHCP", protocol: "udp", which: "dhcp", option: "[bootpd] port", address: "0.0.0.0" },
  { service: "TFTP", protocol: "udp", which: "tftp", option: "[tftpd] port", address: SERVER },
  { service: "HTTP", protocol: "tcp", which: "http", option: "[httpd] port", address: SERVER },
] as const) {
  await t.test(
    `the ${service} port is another's: who has it and what to do, and nothing is left running`,
    onLinux,
    async (t) => {
      const rival = await startPortRival(t, protocol);
      const ports = await freePorts();
      const rejected = new StartError(
        `${service} needs ${protocol.toUpperCase()} port ${rival.port} of ${address}, but ${rival.name} (pid ${rival.pid}) has it.\n` +
          `  Stop it, or set another ${option}.`,
      );
      await t.rejects(start(t, configure(t, { ...ports, [which]: rival.port })), rejected);
      await start(t, configure(t, ports));
      t.equal((await obtain(t, ports.dhcp, PXE))[1]?.yiaddr, GIVEN, "the other ports are free");
    },
  );
}

await t.test("a mistake that no service caught is in the log", async (t) => {
  const { daemon, lines } = await start(t, configure(t, await freePorts()));
  daemon.report("an error that nobody caught", new Error("a bug"));
  t.match(lines.at(-1), /^an error that nobody caught: Error: a bug\n +at /);
});

await t.test("reload: leases and running transfers are kept, what is new counts, ports move", async (t) => {
  const ports = await freePorts();
  const { daemon, lines } = await start(t, configure(t, ports));
  await obtain(t, ports.dhcp, PXE);
  const machine = await socketOn(t, GIVEN);
  const first = await ask(machine, tftp.makeRequest("kernel"), ports.tftp);

  const moved = { ...ports, tftp: await freePort(), http: await freePort() };
  await daemon.reload(configure(t, moved, "ntp = 127.0.0.77"));
  t.ok(lines.includes("info: ready"));
  t.match(
    lines.find((line) => line.includes("reloaded")),
    /^info: reloaded: configuration /,
  );
  t.match(
    tftp.readAnswer((await ask(machine, tftp.makeAck(1), first.port)).payload),
    { kind: "data", block: 2 },
    "a transfer goes on",
  );
  const other = await socketOn(t, GIVEN);
  t.match(tftp.readAnswer((await ask(other, tftp.makeRequest("kernel"), moved.tftp)).payload), { block: 1 });
  t.match(await download(moved.http, GIVEN, "/kernel"), { status: 200 }, "it is known who holds the address");
  await t.rejects(download(ports.http, GIVEN, "/kernel"), { code: "ECONNREFUSED" });
  const ack = (await obtain(t, ports.dhcp, [...PXE, [55, "2a"]]))[1];
  t.equal(ack?.yiaddr, GIVEN);
  t.equal(ack?.options.get(42), quad("127.0.0.77"));
});

await t.test("reload: where a port cannot be had, nothing changes", async (t) => {
  const rival = await startPortRival(t, "tcp");
  const ports = await freePorts();
  const { daemon } = await start(t, configure(t, ports));
  const moved = { dhcp: await freePort(), tftp: await freePort(), http: rival.port };
  await t.rejects(daemon.reload(configure(t, moved, "ntp = 127.0.0.77")), { name: "StartError" });
  const ack = (await obtain(t, ports.dhcp, [...PXE, [55, "2a"]]))[1];
  t.equal(ack?.yiaddr, GIVEN);
  t.equal(ack?.options.get(42), undefined);
  t.equal((await download(ports.http, GIVEN, "/kernel")).status, 200);
  const again = { ...moved, http: await freePort() };
  await daemon.reload(configure(t, again));
  t.equal((await obtain(t, again.dhcp, PXE))[1]?.yiaddr, GIVEN, "and what was made ready was let go");
});

await t.test(
  "A37d reload: what is no longer in the pool is refused at the next renewal, and given no more",
  async (t) => {
    const ports = await freePorts();
    const { daemon } = await start(t, configure(t, ports));
    await obtain(t, ports.dhcp, PXE);
    const config = configure(t, ports);
    const [subnet, ...others] = config.subnets;
    if (subnet === undefined) throw new Error("there is no network");
    const ranges = [{ start: ip("127.0.0.120"), count: 2 }];
    await daemon.reload({ ...config, subnets: [{ ...subnet, ranges }, ...others] });
    const relay = await socketOn(t, RELAY);
    const renewal = makeRequest({ giaddr: RELAY, hops: 1, ciaddr: GIVEN, options: [[53, "03"], ...PXE] });
    t.equal(readReply((await ask(relay, renewal, ports.dhcp)).payload).options.get(53), "06");
    t.equal((await obtain(t, ports.dhcp, PXE))[1]?.yiaddr, "127.0.0.120");
  },
);
