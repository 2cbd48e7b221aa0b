/** Scripts and reports by HTTP. */

import t, { type Test } from "tap";
import { httpRoutes, whoAsksBy } from "../../lib/http/settings.js";
import { EventBus } from "../../lib/events/event.js";
import type { Host } from "../../lib/inventory/host.js";
import type { OneShots } from "../../lib/boot/one-shots.js";
import { noHosts } from "../../lib/inventory/source.js";
import { Scripts } from "../../lib/boot/ipxe/scripts.js";
import type { WhoAsks } from "../../lib/http/own-path.js";
import { emptyDirectory, type ClientDirectory } from "../../lib/machine/directory.js";
import type { Mac } from "../../lib/net/mac.js";
import { loadText } from "../support/configuration.js";
import { HttpBench } from "../support/http-bench.js";
import { MemorySource } from "../support/memory-source.js";
import { ip, mac } from "../support/values.js";

const MACHINE = mac("52:54:00:61:a1:70");
const HOST: Host = {
  macs: [MACHINE],
  facts: {},
  netboot: { script: "#!ipxe\necho {serial} {hostname}\n", once: true },
  origins: [],
};

interface Served {
  readonly bench: HttpBench;
  readonly done: ReadonlySet<Mac>;
}

/**
 * @param holder of 127.0.0.1, undefined for nobody
 * @param neighbour who else is known to have that address
 */
async function serve(
  t: Test,
  holder: Mac | undefined,
  host: Host | undefined = HOST,
  neighbour?: Mac,
): Promise<Served> {
  const done = new Set<Mac>();
  const once: OneShots = {
    isDone: (mac) => done.has(mac),
    finish: (mac) => !done.has(mac) && Boolean(done.add(mac)),
    reset: (mac) => done.delete(mac),
    finished: () => [],
  };
  const hosts = { ...noHosts, find: ({ mac }: { readonly mac: Mac }) => (mac === MACHINE ? host : undefined) };
  const settings = { script: undefined, scriptUrl: undefined, kernel: undefined, forUnknown: true };
  const onGiven = (): void => undefined;
  const scripts = new Scripts({ hosts, named: undefined, once, settings, onUnknown: () => undefined, onGiven });
  const files = new MemorySource({ "auto.ipxe": Buffer.from("the root's") });
  const directory: ClientDirectory = {
    ...emptyDirectory,
    find: (address) =>
      holder !== undefined && address === ip("127.0.0.1")
        ? { mac: holder, uuid: undefined, file: undefined, architecture: 7 }
        : undefined,
  };
  const whoAsks: WhoAsks = ({ client }) => client?.mac ?? neighbour;
  const routes = httpRoutes({ files, scripts, once, hosts, whoAsks, events: new EventBus() });
  return { bench: await HttpBench.serve(t, routes, directory, { checkAddress: false }), done };
}

async function bodyOf({ bench }: Served, path: string): Promise<string> {
  const { status, body } = await bench.fetch(path);
  return status === 200 ? body.toString() : `${status}`;
}

await t.test("a machine gets its script at every name, with what it says of itself made harmless", async (t) => {
  const served = await serve(t, MACHINE);
  for (const path of [
    "auto.ipxe",
    "autoexec.ipxe",
    "ipxe/autoexec.ipxe",
    "52-54-00-61-a1-70/auto.ipxe",
    "52:54:00:61:A1:70/autoexec.ipxe",
  ]) {
    t.equal(
      await bodyOf(served, `/${path}?serial=S1%0Ashell&serial=2&hostname=%24%7Bx%7D`),
      "#!ipxe\necho S1_shell x\n",
      path,
    );
  }
  const { headers } = await served.bench.fetch("/auto.ipxe", { method: "HEAD" });
  t.match(headers, { "content-type": "text/plain; charset=utf-8", "content-length": "34" });
});

await t.test("nobody gets the script of a machine but who holds its address", async (t) => {
  for (const holder of [undefined, mac("52:54:00:00:00:01")]) {
    const served = await serve(t, holder);
    t.equal(await bodyOf(served, "/52-54-00-61-a1-70/auto.ipxe"), "403");
    t.equal(await bodyOf(served, "/booted/52-54-00-61-a1-70"), "403");
    t.equal(served.done.size, 0);
    t.equal(
      await bodyOf(served, "/auto.ipxe"),
      "the root's",
      "whom we have no script for gets the file, where there is one",
    );
  }
});

await t.test(
  "where another server gives the addresses, a machine is known by its link, and a lease says more",
  async (t) => {
    const served = await serve(t, undefined, HOST, MACHINE);
    t.match(await bodyOf(served, "/auto.ipxe"), /^#!ipxe\n/);
    t.match(await bodyOf(served, "/52-54-00-61-a1-70/auto.ipxe"), /^#!ipxe\n/);
    t.equal(await bodyOf(served, "/booted/52-54-00-61-a1-70"), "noted\n");
    const other = await serve(t, mac("52:54:00:00:00:01"), HOST, MACHINE);
    t.equal(await bodyOf(other, "/52-54-00-61-a1-70/auto.ipxe"), "403");
  },
);

await t.test("who asks is known by ARP only where we give no addresses", (t) => {
  const peer = { address: ip("192.168.1.77"), port: 1 };
  const client = { mac: mac("52:54:00:00:00:01"), uuid: undefined, file: undefined, architecture: undefined };
  const by = (text: string, services = { dhcp: true, tftp: true, http: true }): WhoAsks =>
    whoAsksBy(loadText(t, `[bootpd]\n${text}`, { services }), () => MACHINE);
  const [server, proxy] = [by("pool_start = 192.168.1.100"), by("mode = auto-proxy")];
  t.equal(server({ client: undefined, peer }), undefined);
  t.equal(server({ client, peer }), client.mac);
  t.equal(proxy({ client: undefined, peer }), MACHINE);
  t.equal(proxy({ client, peer }), client.mac);
  t.equal(by("", { dhcp: false, tftp: true, http: true })({ client: undefined, peer }), MACHINE);
  t.end();
});

await t.test("a report counts once, and the machine boots from its own disk then", async (t) => {
  const served = await serve(t, MACHINE);
  t.equal((await served.bench.fetch("/booted/52-54-00-61-a1-70", { method: "HEAD" })).status, 405);
  t.equal(served.done.size, 0);
  t.equal((await served.bench.fetch("/booted/52-54-00-61-a1-70", { method: "POST" })).status, 200);
  t.ok(served.done.has(MACHINE));
  t.match(await bodyOf(served, "/auto.ipxe"), /\nexit\n$/);
  t.equal(await bodyOf(served, "/booted/52-54-00-61-a1-70"), "noted\n");
});

await t.test("a report of a machine that always boots from here is taken, and changes nothing", async (t) => {
  const served = await serve(t, MACHINE, { ...HOST, netboot: {} });
  t.equal(await bodyOf(served, "/booted/52-54-00-61-a1-70"), "noted\n");
  t.equal(served.done.size, 0);
  t.equal(await bodyOf(served, "/52-54-00-61-a1-70/auto.ipxe"), "404");
});
