import { Agent, request } from "undici";
import { asError } from "../../common/error.js";
import type { ApiQuery } from "./api-answer.js";

/** Milliseconds until an answer is late. A machine asks again after three seconds or more. */
const LATE_MILLISECONDS = 1000;
/** The longest answer in octets; a usual one has some hundred. */
const MOST_OCTETS = 64 * 1024;
/** Most connections. A rack that is switched on asks all at once. */
const MOST_CONNECTIONS = 32;

/** Asks an API. @throws why there is no answer, in words that follow its name */
export type AskApi = (query: ApiQuery) => Promise<string>;

/** Returns a function that asks the API at a URL, and one that closes its connections. */
export function openApi(url: URL): { readonly ask: AskApi; readonly close: () => Promise<void> } {
  const agent = new Agent({ connections: MOST_CONNECTIONS, pipelining: 1 });
  const ask: AskApi = async (query) => {
    try {
      const { statusCode, body } = await request(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(query),
        dispatcher: agent,
        signal: AbortSignal.timeout(LATE_MILLISECONDS),
      });
      const text = await readText(body);
      if (statusCode !== 200) throw new Error(`it answers ${statusCode}`);
      return text;
    } catch (error) {
      const { name, message } = asError(error);
      throw name === "TimeoutError" ? new Error(`no answer within ${LATE_MILLISECONDS / 1000} s`) : new Error(message);
    }
  };
  return { ask, close: () => agent.destroy() };
}

/** @throws {Error} where the body is too long */
async function readText(body: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of body) {
    parts.push(part);
    size += part.length;
    if (size > MOST_OCTETS) throw new Error(`its answer exceeds ${MOST_OCTETS} octets`);
  }
  return Buffer.concat(parts).toString("utf8");
}
