import { Worker } from "node:worker_threads";
import { asError } from "../../common/error.js";
import { parseHosts, type ParsedHosts } from "./parse-hosts.js";

/** What {@link parseHosts} is asked. */
export interface ParseRequest {
  readonly text: string;
  readonly source: string;
  readonly directory: string;
}

/** Up to this many characters reading takes less than starting a thread does. */
const SHORT = 16_384;

/**
 * Reads a text as {@link parseHosts} does, a long one in a thread of its own: a machine is read in a third of a
 * millisecond, and nobody else is to wait for ten thousand of them.
 *
 * @returns what is read; a thread that ends without a result, for instance for want of memory, is a problem of the text
 */
export function parseAside(request: ParseRequest, signal: AbortSignal): Promise<ParsedHosts> {
  const { text, source, directory } = request;
  if (text.length <= SHORT) return Promise.resolve(parseHosts(text, source, directory));
  return new Promise((resolve) => {
    const worker = new Worker(new URL("./parse-worker.js", import.meta.url), { workerData: request });
    const fail = (why: string): void => {
      resolve({ hosts: [], problems: [{ expected: "a file that can be read", got: why }] });
    };
    worker.once("message", resolve);
    worker.once("error", (error) => {
      fail(asError(error).message);
    });
    worker.once("exit", () => {
      fail("no end of it");
    });
    signal.addEventListener("abort", () => void worker.terminate(), { once: true });
  });
}
