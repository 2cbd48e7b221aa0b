/** An API of api-dhcpd as a source of machines: our own over loopback, and a server that answers as was recorded. */

import t, { type Test } from "tap";
import { apiHandler } from "../../../lib/api-dhcpd/handler.js";
import { answerQuery } from "../../../lib/api-dhcpd/machine-answer.js";
import { EventBus, type Event } from "../../../lib/events/event.js";
import { ApiHosts } from "../../../lib/inventory/api/api-hosts.js";
import { hostIn, queryAbout, type ApiQuery } from "../../../lib/inventory/api/api-answer.js";
import { openApi } from "../../../lib/inventory/api/ask-api.js";
import type { Host } from "../../../lib/inventory/host.js";
import { entriesOf } from "../../../lib/inventory/entry.js";
import { HostIndex } from "../../../lib/inventory/host-index.js";
import { noHosts } from "../../../lib/inventory/source.js";
import type { Identity } from "../../../lib/machine/lease-key.js";
import { lineOf } from "../../../lib/observe/log-lines.js";
import { runHostSourceTests, type KnownMachine } from "../source-contract.js";
import { ManualClock } from "../../support/manual-clock.js";
import { freePort } from "../../support/ports.js";
import { clientId, ip, mac } from "../../support/values.js";
import { startWebServer } from "../../support/web-server.js";

const ONE: Identity = { mac: mac("52-54-00-00-00-01"), clientId: undefined };
const TWO: Identity = { mac: mac("52-54-00-00-00-02"), clientId: undefined };

/** What dhcp-api answers about a machine of its Redis, as backends.md 6.2 has it: `broadcast` is wrong there. */
const RECORDED =
  '{"mac":"52:54:00:00:00:01","client":"","hostname":"web1","ip":"10.0.0.21","gateway":"10.0.0.1",' +
  '"netmask":"255.255.255.0","broadcast":"10.0.0.0","prefix":"24","dns":"10.0.0.2,10.0.0.3",' +
  '"domain":"example.org,example.net","ntp":"10.0.0.4","leasetime":86400000000000,"description":"rack 1",' +
  '"method":"ByHardwareAddress","slave":false}\n';

/** What it answers where its pool is exhausted. */
const NOTHING_FREE = RECORDED.replace('"10.0.0.21"', '""').replace("ByHardwareAddress", "Dynamic");

/** A source whose API is a function of the test's. */
class Site {
  readonly clock = new ManualClock();
  readonly events: Event[] = [];
  readonly asked: ApiQuery[] = [];
  answer: (query: ApiQuery) => Promise<string> = () => Promise.resolve(RECORDED);
  readonly hosts: ApiHosts;

  constructor() {
    const events = new EventBus();
    events.subscribe((event) => this.events.push(event));
    const ask = (query: ApiQuery): Promise<string> => {
      this.asked.push(query);
      return this.answer(query);
    };
    const close = (): Promise<void> => Promise.resolve();
    this.hosts = new ApiHosts({ source: "http://api/", clock: this.clock, events, ask, close });
    this.hosts.start();
  }

  log(): readonly string[] {
    return this.events.splice(0).map((event) => lineOf(event).message);
  }
}

await t.test("an answer is a host, with the parameters of its machine", (t) => {
  t.strictSame(hostIn(RECORDED, ONE, "http://api/"), {
    macs: [ONE.mac],
    address: ip("10.0.0.21"),
    hostName: "web1",
    facts: {
      mask: ip("255.255.255.0"),
      router: ip("10.0.0.1"),
      dns: [ip("10.0.0.2"), ip("10.0.0.3")],
      domainSearch: ["example.org", "example.net"],
      ntp: [ip("10.0.0.4")],
      leaseSeconds: 86400,
    },
    netboot: {},
    origins: [{ source: "http://api/", line: undefined }],
  });
  t.equal(hostIn(NOTHING_FREE, ONE, "http://api/"), undefined, "nothing is free there");
  t.match(hostIn(NOTHING_FREE.replace("Dynamic", "ByHardwareAddress"), ONE, "x"), { address: undefined });
  t.end();
});

await t.test("a parameter that is wrong is left out; an answer that is none, or a wrong address, is refused", (t) => {
  const odd = RECORDED.replace('"24"', '"x"').replace("10.0.0.3", "10.0.0.3.4").replace("86400000000000", "5");
  const host = hostIn(odd.replace('"example.org,', '"-,').replace('"web1"', '"we b"'), ONE, "x");
  t.match(host, { address: ip("10.0.0.21"), hostName: undefined });
  t.match(host?.facts, { mask: undefined, dns: undefined, domainSearch: undefined, leaseSeconds: undefined });
  t.equal(host?.facts.router, ip("10.0.0.1"));
  for (const answer of ["", "[]", "{}", "<html>", "null"]) t.throws(() => hostIn(answer, ONE, "x"), /api-dhcpd/);
  t.throws(() => hostIn(RECORDED.replace("10.0.0.21", "224.0.0.1"), ONE, "x"), /address of a machine/);
  t.end();
});

await t.test("an identifier that holds a name is asked for by the name", (t) => {
  t.strictSame(queryAbout(ONE), { mac: "52:54:00:00:00:01", client: "" });
  t.strictSame(queryAbout({ ...ONE, clientId: clientId("id:0077656231") }), { mac: ONE.mac, client: "web1" });
  t.strictSame(queryAbout({ ...ONE, clientId: clientId("id:01525400000001") }), {
    mac: ONE.mac,
    client: "id:01525400000001",
  });
  t.end();
});

await t.test("an answer serves for five seconds, and repetitions wait for one answer", async (t) => {
  const { hosts, clock, asked } = new Site();
  const [first, second] = await Promise.all([hosts.find(ONE), hosts.find(ONE)]);
  t.match(first, { hostName: "web1" });
  t.equal(first, second);
  t.equal(asked.length, 1);
  clock.advance(4999);
  t.equal(hosts.find(ONE), first, "at once");
  clock.advance(1);
  await hosts.find(ONE);
  t.equal(asked.length, 2);
});

await t.test("who is not known is asked about each time", async (t) => {
  const site = new Site();
  site.answer = () => Promise.resolve(NOTHING_FREE);
  t.equal(await site.hosts.find(ONE), undefined);
  t.equal(await site.hosts.find(ONE), undefined);
  t.equal(site.asked.length, 2);
});

await t.test(
  "while the API is away its last answers serve, nobody else is known, and it is asked once a second",
  async (t) => {
    const site = new Site();
    const { hosts, clock } = site;
    const known = await hosts.find(ONE);
    site.answer = () => Promise.reject(new Error("no answer within 1 s"));
    clock.advance(5000);
    t.equal(await hosts.find(ONE), known);
    await t.rejects(Promise.resolve(hosts.find(TWO)), { message: "http://api/: no answer within 1 s" });
    t.equal(hosts.find(ONE), known, "at once: it was asked less than a second ago");
    t.equal(site.asked.length, 2);
    t.match(hosts.state(), { kind: "stale", reason: "no answer within 1 s" });
    clock.advance(3_600_000);
    t.equal(await hosts.find(ONE), known, "also after an hour");
    site.answer = () => Promise.resolve(RECORDED);
    clock.advance(1000);
    t.strictSame(await hosts.find(ONE), known);
    t.strictSame(hosts.state(), { kind: "current" });
    t.strictSame(site.log(), [
      "http://api/ cannot be read: no answer within 1 s. Until then 1 machine of 2026-01-01T00:00:00.000Z count.",
      "http://api/ can be read again, after 3601 s",
    ]);
  },
);

await t.test("an API that never answered leaves open who is known", async (t) => {
  const site = new Site();
  t.strictSame(site.hosts.state(), { kind: "current" }, "nobody was asked about yet");
  site.answer = () => Promise.reject(new Error("connect ECONNREFUSED"));
  await t.rejects(Promise.resolve(site.hosts.find(ONE)));
  t.match(site.hosts.state(), { kind: "unknown", reason: "connect ECONNREFUSED" });
});

await t.test("listeners are told who is new, changed, and gone", async (t) => {
  const site = new Site();
  const { hosts, clock } = site;
  const changes: unknown[] = [];
  hosts.onChange(({ set, gone }) => {
    changes.push([set.map(({ host }) => host.hostName), gone.map(({ host }) => host.hostName)]);
    return [];
  });
  const next = async (answer: string): Promise<void> => {
    site.answer = () => Promise.resolve(answer);
    clock.advance(5000);
    await hosts.find(ONE);
  };
  await next(RECORDED);
  await next(RECORDED);
  await next(RECORDED.replace("web1", "web2"));
  await next(NOTHING_FREE);
  t.strictSame(changes, [
    [["web1"], []],
    [["web2"], []],
    [[], ["web2"]],
  ]);
  t.strictSame([...hosts.known()], []);
});

/** Our own API, which knows these machines, as a source. */
async function overLoopback(t: Test, machines: readonly KnownMachine[]): Promise<ApiHosts> {
  const known = machines.map(({ name, address, hostName }, index): Host => {
    const names = name.startsWith("id:") ? { macs: [], clientId: clientId(name) } : { macs: [mac(name)] };
    const origins = [{ source: "there", line: index + 1 }];
    return { ...names, address: ip(address), hostName, facts: {}, netboot: {}, origins };
  });
  const index = new HostIndex(entriesOf(known));
  const hosts = { ...noHosts, find: (who: Identity) => index.find(who) };
  const handler = apiHandler(
    (query) => answerQuery(query, { hosts, networks: () => undefined }),
    (error) => {
      throw error;
    },
  );
  const { origin } = await startWebServer(t, handler);
  const source = ApiHosts.open(new URL(`${origin}/`), new EventBus(), new ManualClock());
  // It knows a machine once it was asked about it.
  for (const { macs, clientId } of known) await source.find({ mac: macs[0] ?? mac("52-54-00-00-00-99"), clientId });
  return source;
}

await t.test("our own API over loopback is a source as any other", (t) => runHostSourceTests(t, overLoopback));

await t.test("an API that answers otherwise, or not at all", async (t) => {
  const asking = async (listener: Parameters<typeof startWebServer>[1]): Promise<string> => {
    const { origin } = await startWebServer(t, listener);
    const { ask, close } = openApi(new URL(`${origin}/`));
    t.teardown(close);
    return ask({ mac: "", client: "" });
  };
  t.equal(await asking((_, response) => response.end(RECORDED)), RECORDED);
  await t.rejects(
    asking((_, response) => {
      response.writeHead(503);
      response.end();
    }),
    { message: "it answers 503" },
  );
  await t.rejects(
    asking((_, response) => response.end("x".repeat(100_000))),
    { message: "its answer exceeds 65536 octets" },
  );
  await t.rejects(
    asking(() => undefined),
    { message: "no answer within 1 s" },
  );
  const { ask, close } = openApi(new URL(`http://127.0.0.1:${await freePort()}/`));
  t.teardown(close);
  await t.rejects(ask({ mac: "", client: "" }), { message: /ECONNREFUSED/ });
});
