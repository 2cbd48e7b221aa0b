/** Reads the text that it is started with in a thread of its own, and answers with the machines. */

import { parentPort, workerData } from "node:worker_threads";
import type { ParseRequest } from "./parse-aside.js";
import { parseHosts } from "./parse-hosts.js";

const { text, source, directory } = workerData as ParseRequest;
parentPort?.postMessage(parseHosts(text, source, directory));
