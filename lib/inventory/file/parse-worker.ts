/** Parses the text that the worker thread is started with, and posts the hosts to the main thread, part by part. */

import { parentPort, workerData } from "node:worker_threads";
import type { ParsedPart, ParseRequest } from "./parse-aside.js";
import { parseHosts } from "./parse-hosts.js";

/** Hosts in one part: taking all of them at once would hold up the requests of the main thread. */
const AT_ONCE = 500;

const { text, source, directory } = workerData as ParseRequest;
const { hosts, problems } = parseHosts(text, source, directory);
let from = 0;

function post(): void {
  const isLast = from + AT_ONCE >= hosts.length;
  const part: ParsedPart = { hosts: hosts.slice(from, from + AT_ONCE), problems: isLast ? problems : [], isLast };
  from += AT_ONCE;
  parentPort?.postMessage(part);
  if (isLast) parentPort?.close();
}

parentPort?.on("message", post);
post();
