/** A master and its standby in one process, on addresses of loopback. */

import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { createServer, type Socket } from "node:net";
import t, { type Test } from "tap";
import { systemClock } from "../../lib/common/clock.js";
import type { BootpdSettings } from "../../lib/dhcp/bootpd-section.js";
import { EventBus } from "../../lib/events/event.js";
import { CURRENT, type SourceState } from "../../lib/inventory/source.js";
import { pingMaster } from "../../lib/standby/ping.js";
import { StandbyService } from "../../lib/standby/service.js";
import { ManualClock } from "../support/manual-clock.js";
import { freePort } from "../support/ports.js";
import { startWebServer } from "../support/web-server.js";
import { ip, mac } from "../support/values.js";

const LOOPBACK = ip("127.0.0.1");
const MACHINE = { mac: mac("52-54-00-00-00-01"), uuid: undefined, architecture: undefined, kind: "dhcp" } as const;

interface Master {
  readonly port: number;
  readonly events: EventBus;
  readonly clock: ManualClock;
  readonly inventory: { current: SourceState };
  readonly service: StandbyService;
  readonly configure: (more?: Partial<BootpdSettings>, dhcp?: boolean) => Promise<void>;
}

async function startMaster(t: Test): Promise<Master> {
  const [port, events, clock] = [await freePort(), new EventBus(), new ManualClock()];
  const inventory = { current: CURRENT, state: (): SourceState => inventory.current };
  const service = new StandbyService({ clock, events }, inventory);
  t.teardown(() => {
    service.stop();
  });
  const configure = async (more: Partial<BootpdSettings> = {}, dhcp = true): Promise<void> => {
    const usual = { address: LOOPBACK, dry_run: false, heartbeat_port: port, standby_for: undefined };
    const config = { services: { dhcp }, settings: { bootpd: { ...usual, ...more } } };
    (await service.prepare({ config })).commit();
  };
  await configure();
  return { port, events, clock, inventory, service, configure };
}

async function ask(port: number, path = "/ping", method = "GET"): Promise<{ status: number; body: string }> {
  const asked = get({ host: "127.0.0.1", port, path, method, agent: false });
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  return { status: response.statusCode ?? 0, body: Buffer.concat(parts).toString() };
}

await t.test("a master answers GET /ping, and nothing else", async (t) => {
  const { port } = await startMaster(t);
  t.strictSame(await ask(port), { status: 200, body: "" });
  t.equal((await ask(port, "/ping", "POST")).status, 405);
  t.equal((await ask(port, "/")).status, 404);
});

await t.test("503 where a lease could not be kept, until one was, or half a minute is over", async (t) => {
  const { port, events, clock } = await startMaster(t);
  const lost = {
    kind: "lease-lost",
    machine: MACHINE,
    cause: { code: "not-kept", error: undefined, message: "disk full" },
  } as const;
  events.publish(lost);
  t.equal((await ask(port)).status, 503);
  events.publish({
    kind: "dhcp-leased",
    machine: MACHINE,
    address: ip("10.0.0.5"),
    stage: "system",
    boot: undefined,
    renewed: false,
  });
  t.equal((await ask(port)).status, 200);
  events.publish(lost);
  clock.advance(29_999);
  t.equal((await ask(port)).status, 503);
  clock.advance(1);
  t.equal((await ask(port)).status, 200, "the standby would serve for ever, and no lease would show that all is well");
});

await t.test("503 where nobody is known yet; an old inventory is one to serve by", async (t) => {
  const { port, inventory } = await startMaster(t);
  inventory.current = { kind: "unknown", reason: "connect ECONNREFUSED" };
  t.equal((await ask(port)).status, 503);
  inventory.current = { kind: "stale", since: 0, reason: "connect ECONNREFUSED" };
  t.equal((await ask(port)).status, 200);
});

await t.test("503 in a dry run; the port is closed where DHCP does not run, and open again after that", async (t) => {
  const { port, configure } = await startMaster(t);
  await configure({ dry_run: true });
  t.equal((await ask(port)).status, 503);
  await configure({}, false);
  await t.rejects(ask(port), { code: "ECONNREFUSED" });
  await configure();
  t.equal((await ask(port)).status, 200);
});

await t.test("a standby asks over TCP: 200 is an answer, all else is not", async (t) => {
  const { port, events } = await startMaster(t);
  const master = { address: LOOPBACK, port };
  await pingMaster(master, systemClock);
  events.publish({
    kind: "lease-lost",
    machine: MACHINE,
    cause: { code: "not-kept", error: undefined, message: "disk full" },
  });
  await t.rejects(pingMaster(master, systemClock), { message: "it answers 503" });
  await t.rejects(pingMaster({ address: LOOPBACK, port: await freePort() }, systemClock), { code: "ECONNREFUSED" });
  const endless = await startWebServer(t, (_, response) => {
    response.writeHead(200);
    response.write("and so on");
  });
  await pingMaster({ address: LOOPBACK, port: endless.port }, systemClock);
  await endless.connectionClosed();
});

await t.test("a master that hangs is late", async (t) => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const clock = new ManualClock();
  const bound = server.address();
  const port = bound !== null && typeof bound === "object" ? bound.port : 0;
  const connected = once(server, "connection");
  const asked = t.rejects(pingMaster({ address: LOOPBACK, port }, clock), { message: "no answer within 600 ms" });
  await connected;
  clock.advance(600);
  await asked;
  t.equal(clock.pending, 0);
});

await t.test("a standby is silent at first, and a server that is no standby always does", async (t) => {
  const { service, configure, port } = await startMaster(t);
  t.equal(service.duty.silence, undefined);
  await configure({ standby_for: LOOPBACK, heartbeat_port: await freePort() });
  t.strictSame(service.duty.silence, { code: "master-serves", master: LOOPBACK });
  await configure({ standby_for: undefined, heartbeat_port: port });
  t.equal(service.duty.silence, undefined);
});
