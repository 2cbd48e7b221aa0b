import { Worker } from "node:worker_threads";
import { asError } from "../../common/error.js";
import type { Host } from "../host.js";
import { parseHosts, type ParsedHosts } from "./parse-hosts.js";

/** The parameters of {@link parseHosts}. */
export interface ParseRequest {
  readonly text: string;
  readonly source: string;
  readonly directory: string;
}

/** A part of the result of a worker thread. The next part comes when the main thread asks for it. */
export interface ParsedPart extends ParsedHosts {
  readonly isLast: boolean;
}

/** Characters up to which parsing takes less time than the start of a thread. */
const SHORT = 16_384;

/**
 * Parses a text as {@link parseHosts} does, a long one in a worker thread: a host takes a third of a millisecond, so
 * that ten thousand of them would block the daemon.
 *
 * @returns the result; a thread that ends without one, such as for lack of memory, is a problem of the text
 */
export function parseAside(request: ParseRequest, signal: AbortSignal): Promise<ParsedHosts> {
  const { text, source, directory } = request;
  if (text.length <= SHORT) return Promise.resolve(parseHosts(text, source, directory));
  return new Promise((resolve) => {
    const worker = new Worker(new URL("./parse-worker.js", import.meta.url), { workerData: request });
    const fail = (why: string): void => {
      resolve({ hosts: [], problems: [{ expected: "a file that can be read", got: why }] });
    };
    const hosts: Host[] = [];
    worker.on("message", (part: ParsedPart) => {
      hosts.push(...part.hosts);
      if (part.isLast) resolve({ hosts, problems: part.problems });
      else {
        // Requests that wait have their turn between two parts.
        setImmediate(() => {
          worker.postMessage("next");
        });
      }
    });
    worker.once("error", (error) => {
      fail(asError(error).message);
    });
    worker.once("exit", () => {
      fail("no end of it");
    });
    signal.addEventListener("abort", () => void worker.terminate(), { once: true });
  });
}
