/**
 * A web server with whims, and a proxy; a program to be run on a host of the lab: `node web-program.js PORT [CERT KEY]`,
 * by HTTPS where it is given files with a certificate and its key. It prints a line once it listens, and one for each
 * request: the method, and what stood after it.
 *
 * /file.bin is {@link webFile}; of /stalls.bin come the first {@link BEFORE_STALL} octets, then nothing more; for
 * /silent.bin nothing comes at all; /moved.bin is at /file.bin now.
 *
 * /flaky.bin is {@link flakyFile}, but the first three that ask get less than they are promised: of the file's length, half
 * the octets; then a length that is half of what HEAD said; then all, and more than was promised.
 *
 * It is a proxy too. As many do, it makes tunnels to port 443 alone; who wants one to port 445 gets no answer.
 */

import { readFileSync } from "node:fs";
import { createServer, request as ask, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { countedOctets } from "../../support/files.js";
import type { Host, LabProcess } from "./lab.js";

export const BEFORE_STALL = 1024 * 1024;

const PROGRAM = fileURLToPath(import.meta.url);

/** Returns the content of /file.bin and of /stalls.bin. */
export function webFile(): Buffer {
  return countedOctets(BEFORE_STALL + 300_000);
}

/** Starts the program on a host of the lab; returns once it listens. */
export async function startWeb(host: Host, port: number, ...certificateAndKey: readonly string[]): Promise<LabProcess> {
  const started = host.start(process.execPath, [PROGRAM, `${port}`, ...certificateAndKey]);
  await started.waitFor(/listening/, 10);
  return started;
}

/** Returns the final content of /flaky.bin. */
export function flakyFile(size: number): Buffer {
  return countedOctets(size);
}

const FLAKY_SIZE = 60_000;
let flakyAnswers = 0;

/** Lies about the length, each time in another way, and then no more. */
function answerFlakily(method: string, response: ServerResponse): void {
  const octets = flakyFile(FLAKY_SIZE);
  const headers = { "content-length": octets.length, "accept-ranges": "none" };
  if (method === "HEAD") {
    response.writeHead(200, headers).end();
    return;
  }
  flakyAnswers += 1;
  const half = octets.subarray(0, octets.length / 2);
  if (flakyAnswers === 1) {
    response.writeHead(200, headers);
    response.write(half, () => response.destroy());
  } else if (flakyAnswers === 2) response.writeHead(200, { "content-length": half.length }).end(half);
  else if (flakyAnswers === 3) {
    response.socket?.end(`HTTP/1.1 200 OK\r\nContent-Length: ${half.length}\r\n\r\n${octets.toString("latin1")}`);
  } else response.writeHead(200, headers).end(octets);
}

const answer: RequestListener = (request, response) => {
  const { method = "", url = "" } = request;
  console.log(`${method} ${url}`);
  if (url.startsWith("http:")) {
    const { headers } = request;
    ask(url, { method, headers }, (got) => got.pipe(response.writeHead(got.statusCode ?? 502, got.headers))).end();
    return;
  }
  if (url === "/silent.bin") return;
  if (url === "/flaky.bin") {
    answerFlakily(method, response);
    return;
  }
  if (url === "/moved.bin") {
    response.writeHead(302, { location: "file.bin" }).end();
    return;
  }
  const octets = webFile();
  const found = url === "/file.bin" || url === "/stalls.bin";
  response.writeHead(found ? 200 : 404, { "content-length": found ? octets.length : 0, etag: '"1"' });
  if (!found || method === "HEAD") response.end();
  else if (url === "/file.bin") response.end(octets);
  else response.write(octets.subarray(0, BEFORE_STALL));
};

function main(port: number, certificate: string | undefined, key: string | undefined): void {
  const server =
    certificate === undefined || key === undefined
      ? createServer(answer)
      : createTlsServer({ cert: readFileSync(certificate), key: readFileSync(key) }, answer);
  server.on("connect", ({ url = "" }, client, head) => {
    console.log(`CONNECT ${url}`);
    const [host, port] = url.split(":");
    if (port === "445") return;
    if (port !== "443") {
      client.end("HTTP/1.1 403 Forbidden\r\n\r\n");
      return;
    }
    const there = connect(443, host, () => {
      client.write("HTTP/1.1 200 Connected\r\n\r\n");
      there.write(head);
      there.pipe(client).pipe(there);
    });
    there.on("error", () => client.destroy());
    client.on("error", () => there.destroy());
  });
  server.listen(port, () => {
    console.log("listening");
  });
}

if (process.argv[1] === PROGRAM) main(Number(process.argv[2]), process.argv[3], process.argv[4]);
