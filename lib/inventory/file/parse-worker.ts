/** Parses the text that the worker thread is started with, and posts the hosts to the main thread. */

import { parentPort, workerData } from "node:worker_threads";
import type { ParseRequest } from "./parse-aside.js";
import { parseHosts } from "./parse-hosts.js";

const { text, source, directory } = workerData as ParseRequest;
parentPort?.postMessage(parseHosts(text, source, directory));
