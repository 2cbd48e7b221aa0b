/** What the API answers where a source of machines takes its time, or cannot tell. */

import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import t, { type Test } from "tap";
import { apiHandler } from "../../lib/api-dhcpd/handler.js";
import { answerQuery } from "../../lib/api-dhcpd/machine-answer.js";
import type { Host } from "../../lib/inventory/host.js";
import { CURRENT, noHosts, type Inventory } from "../../lib/inventory/source.js";
import { ip, mac } from "../support/values.js";
import { startWebServer } from "../support/web-server.js";

const HOST: Host = {
  macs: [mac("52-54-00-00-00-01")],
  address: ip("192.168.7.20"),
  facts: {},
  netboot: {},
  origins: [{ source: "elsewhere", line: undefined }],
};

/** Asks an API that answers from an inventory alone. */
async function ask(
  t: Test,
  hosts: Partial<Inventory>,
): Promise<{ status: number; body: string; failures: readonly string[] }> {
  const failures: string[] = [];
  const sources = { hosts: { ...noHosts, ...hosts }, networks: () => undefined };
  const handler = apiHandler(
    (query) => answerQuery(query, sources),
    (error) => failures.push(String(error)),
  );
  const { port } = await startWebServer(t, handler);
  const asked = request({ port, host: "127.0.0.1", method: "POST", agent: false });
  asked.end('{"mac":"52:54:00:00:00:01"}');
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  return { status: response.statusCode ?? 0, body: Buffer.concat(parts).toString(), failures };
}

await t.test("a source that has to be asked", async (t) => {
  const { status, body } = await ask(t, { find: () => Promise.resolve(HOST) });
  t.equal(status, 200);
  t.match(JSON.parse(body), { ip: "192.168.7.20", method: "ByHardwareAddress" });
});

await t.test("503 where the source cannot tell: the machine may be known", async (t) => {
  t.strictSame(await ask(t, { find: () => Promise.reject(new Error("it is away")) }), {
    status: 503,
    body: "",
    failures: ["Error: it is away"],
  });
  const unknown = { kind: "unknown", reason: "it was never read" } as const;
  t.strictSame(await ask(t, { state: () => unknown }), {
    status: 503,
    body: "",
    failures: ["Error: the inventory is not known yet: it was never read"],
  });
  t.equal(
    (await ask(t, { find: () => HOST, state: () => unknown })).status,
    200,
    "but of one that another source knows",
  );
  t.equal((await ask(t, { state: () => CURRENT })).status, 200);
});
