/** The port of the HTTP server moves: to another address of the same number, to HTTPS, and back. */

import { once } from "node:events";
import { createServer, get, type IncomingMessage } from "node:http";
import { get as getTls } from "node:https";
import t, { type Test } from "tap";
import { ListeningPort, type ListenSettings } from "../../lib/http/listening-port.js";
import { makeCertificate } from "../support/certificate.js";
import { startPortRival } from "../support/port-rival.js";
import { freePort } from "../support/ports.js";
import { ip } from "../support/values.js";

/** A port that answers every request with its path, and what it reports. */
function openPort(t: Test): { readonly port: ListeningPort; readonly errors: readonly string[] } {
  const errors: string[] = [];
  const port = new ListeningPort({
    onRequest: (request, response) => void response.end(request.url),
    onRefused: () => undefined,
    onError: (where, error) => errors.push(`${where}: ${error.message}`),
  });
  t.teardown(() => {
    port.stop();
  });
  return { port, errors };
}

const at = (address: string, port: number): ListenSettings => ({
  listen: { address: ip(address), port },
  certificate: undefined,
});

/** @returns the status of a response, or the code of the error */
async function ask(host: string, port: number, tls = false): Promise<string> {
  const options = { host, port, path: "/x", agent: false, rejectUnauthorized: false };
  try {
    const [response] = (await once(tls ? getTls(options) : get(options), "response")) as [IncomingMessage];
    response.resume();
    return String(response.statusCode);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? "";
  }
}

await t.test("from one address to all of them and back", async (t) => {
  const { port, errors } = openPort(t);
  const number = await freePort();
  (await port.prepare(at("127.0.0.1", number))).commit();
  t.strictSame([await ask("127.0.0.1", number), await ask("127.0.0.2", number)], ["200", "ECONNREFUSED"]);
  (await port.prepare(at("0.0.0.0", number))).commit();
  t.strictSame([await ask("127.0.0.1", number), await ask("127.0.0.2", number)], ["200", "200"]);
  (await port.prepare(at("127.0.0.2", number))).commit();
  t.strictSame([await ask("127.0.0.1", number), await ask("127.0.0.2", number)], ["ECONNREFUSED", "200"]);
  t.strictSame(errors, []);
});

await t.test("to HTTPS and back, on the same port", async (t) => {
  const { port } = openPort(t);
  const number = await freePort();
  const { cert, key } = makeCertificate(t.testdir({}), "server");
  (await port.prepare(at("127.0.0.1", number))).commit();
  (await port.prepare({ ...at("127.0.0.1", number), certificate: { cert, key } })).commit();
  t.equal(await ask("127.0.0.1", number, true), "200");
  (await port.prepare(at("127.0.0.1", number))).commit();
  t.equal(await ask("127.0.0.1", number), "200");
});

await t.test("a response in progress goes on where its address is not listened on any more", async (t) => {
  let finish: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const held = new ListeningPort({
    onRequest: (_, response) => {
      response.write("a");
      void asked.then(() => response.end("b"));
    },
    onRefused: () => undefined,
    onError: (where, error) => t.fail(`${where}: ${error.message}`),
  });
  t.teardown(() => {
    held.stop();
  });
  const number = await freePort();
  (await held.prepare(at("127.0.0.1", number))).commit();
  const request = get({ host: "127.0.0.1", port: number, agent: false });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  (await held.prepare(at("0.0.0.0", number))).commit();
  finish();
  let body = "";
  for await (const part of response) body += String(part);
  t.equal(body, "ab");
});

await t.test("where the change is given up, or another process is in the way, it listens as before", async (t) => {
  const { port, errors } = openPort(t);
  const number = await freePort();
  (await port.prepare(at("127.0.0.1", number))).commit();
  (await port.prepare(at("0.0.0.0", number))).rollback();
  while ((await ask("127.0.0.1", number)) !== "200");
  t.equal(await ask("127.0.0.2", number), "ECONNREFUSED");
  const rival = await startPortRival(t, "tcp", number, "127.0.0.2");
  await t.rejects(port.prepare(at("0.0.0.0", rival.port)), { code: "EADDRINUSE" });
  t.equal(await ask("127.0.0.1", number), "200");
  await t.rejects(port.prepare(at("127.0.0.2", rival.port)), { code: "EADDRINUSE" });
  t.equal(await ask("127.0.0.1", number), "200");
  t.strictSame(errors, []);
});

await t.test("a port of another number that another process has changes nothing", async (t) => {
  const { port } = openPort(t);
  const number = await freePort();
  (await port.prepare(at("127.0.0.1", number))).commit();
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  t.teardown(() => other.close());
  const bound = other.address();
  if (bound === null || typeof bound !== "object") throw new Error("it has no port");
  await t.rejects(port.prepare(at("127.0.0.1", bound.port)), { code: "EADDRINUSE" });
  t.equal(await ask("127.0.0.1", number), "200");
});
