/** Messages about a mirror that cannot be reached. */

import { createServer } from "node:http";
import { once } from "node:events";
import t, { type Test } from "tap";
import { Reachability, type MirrorNotice } from "../../lib/files/reachability.js";
import { Upstream } from "../../lib/files/upstream.js";
import { ManualClock } from "../support/manual-clock.js";
import { freePort } from "../support/ports.js";
import { startWebServer } from "../support/web-server.js";

const WAY = "where a proxy leads there, set http_proxy in the daemon's environment (sudo and systemd pass on none)";

/** One that watches a mirror, and what it has told. */
function watch(environment: NodeJS.ProcessEnv = {}): {
  readonly reachability: Reachability;
  readonly told: MirrorNotice[];
  readonly clock: ManualClock;
} {
  const told: MirrorNotice[] = [];
  const clock = new ManualClock();
  return { reachability: new Reachability(clock, (notice) => told.push(notice), environment), told, clock };
}

function failure(code: string, message = `connect ${code}`): Error {
  return Object.assign(new Error(message), { code });
}

const MIRROR = new URL("http://mirror.example/debian/");

await t.test("an outage is told once, and its end once", (t) => {
  const { reachability, told, clock } = watch();
  const requests = [1, 2, 3].map(() => reachability.begin(MIRROR));
  for (const ended of requests) ended(failure("ECONNREFUSED"));
  t.strictSame(told, [
    {
      kind: "mirror-away",
      origin: "http://mirror.example",
      reason: "connect ECONNREFUSED",
      cure: `check this host's way to it; ${WAY}`,
    },
  ]);
  clock.advance(90_000);
  reachability.begin(MIRROR)(failure("ETIMEDOUT"));
  t.equal(told.length, 1, "another reason is the same outage");
  reachability.begin(MIRROR)(404);
  reachability.begin(MIRROR)(200);
  t.strictSame(told.slice(1), [{ kind: "mirror-back", origin: "http://mirror.example", seconds: 90 }]);
  reachability.begin(MIRROR)(failure("ECONNREFUSED"));
  t.equal(told.length, 3, "the next outage is told again");
  reachability.begin(new URL("http://other.example/"))(200);
  t.equal(told.length, 3, "a mirror that answers is nothing to tell of");
  t.end();
});

await t.test("a request that began before another was answered tells of no outage", (t) => {
  const { reachability, told, clock } = watch();
  const slow = reachability.begin(MIRROR);
  clock.advance(1000);
  reachability.begin(MIRROR)(200);
  slow(failure("UND_ERR_CONNECT_TIMEOUT"));
  t.strictSame(told, []);
  t.end();
});

await t.test("the cure is that of the reason, and names no password", (t) => {
  const proxy = { http_proxy: "http://user:secret@proxy.example:3128/" };
  const cases: readonly (readonly [NodeJS.ProcessEnv, Error | number, cure: string])[] = [
    [{}, failure("ENOTFOUND"), `check this host's DNS; ${WAY}`],
    [{}, failure("EAI_AGAIN"), `check this host's DNS; ${WAY}`],
    [{}, failure("EHOSTUNREACH"), `check this host's way to it; ${WAY}`],
    [
      {},
      failure("DEPTH_ZERO_SELF_SIGNED_CERT"),
      "check its certificate; NODE_EXTRA_CA_CERTS names the file of an authority of your own",
    ],
    [proxy, failure("ECONNREFUSED"), "check the proxy that http_proxy names, proxy.example:3128, and no_proxy"],
    [proxy, 407, "check the proxy that http_proxy names, proxy.example:3128, and no_proxy"],
    [{ HTTP_PROXY: "nonsense" }, 502, "check the proxy that HTTP_PROXY names, which is no URL, and no_proxy"],
  ];
  for (const [environment, result, cure] of cases) {
    const { reachability, told } = watch(environment);
    reachability.begin(MIRROR)(result);
    t.match(told, [{ kind: "mirror-away", cure }]);
    t.notMatch(JSON.stringify(told), "secret");
  }
  const { reachability, told } = watch();
  reachability.begin(MIRROR)(503);
  t.strictSame(told, [], "without a proxy that is the mirror's own answer");
  const several = new AggregateError([
    failure("E", "connect ECONNREFUSED ::1:80"),
    failure("E", "connect ECONNREFUSED 127.0.0.1:80"),
  ]);
  reachability.begin(MIRROR)(several);
  t.match(told, [{ reason: "connect ECONNREFUSED ::1:80; connect ECONNREFUSED 127.0.0.1:80" }]);
  t.end();
});

async function upstreamOf(t: Test): Promise<{ readonly upstream: Upstream; readonly told: MirrorNotice[] }> {
  const { reachability, told } = watch();
  const upstream = new Upstream(10, reachability);
  t.teardown(() => upstream.close());
  return Promise.resolve({ upstream, told });
}

await t.test("requests that fail and succeed on the wire", async (t) => {
  const { upstream, told } = await upstreamOf(t);
  const port = await freePort();
  const url = new URL(`http://127.0.0.1:${port}/file`);
  for (let count = 0; count < 3; count++) await t.rejects(upstream.head(url));
  t.match(told, [{ kind: "mirror-away", reason: `connect ECONNREFUSED 127.0.0.1:${port}` }]);
  const server = createServer((_, response) => response.writeHead(500).end()).listen(port, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => server.close());
  await upstream.head(url);
  t.match(told.slice(1), [{ kind: "mirror-back" }], "an answer is one, whatever it says");
});

await t.test("a request that is given up at the end tells nothing", async (t) => {
  const { upstream, told } = await upstreamOf(t);
  const { origin, requests } = await startWebServer(t, () => undefined);
  const asked = upstream.head(new URL(`${origin}/`));
  while (requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
  await upstream.close();
  await t.rejects(asked);
  t.strictSame(told, []);
});
