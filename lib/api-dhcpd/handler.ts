import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { pathOf, sendNotFound, sendStatus } from "../http/plain-answers.js";
import { formatAnswer, type Answer } from "./answer.js";
import { readQuery, type Query } from "./query.js";

/** The longest body in octets: a query has two short texts. */
const MOST_OCTETS = 16 * 1024;

/** Returns the answer to a query; a promise where it takes time, which is rejected where there is none now. */
export type AnswerQuery = (query: Query) => Answer | Promise<Answer>;

/**
 * Returns the handler of `POST /`. Answers others as api-dhcpd's router does: 404 elsewhere, 405 to another method, 400
 * to a body that is no query. A query that nobody can answer now gets 503.
 *
 * @param failed is called with why a query was not answered
 */
export function apiHandler(answer: AnswerQuery, failed: (error: unknown) => void): RequestListener {
  const reply = (response: ServerResponse, body: Buffer): void => {
    const query = readQuery(body);
    if (query === undefined) {
      sendStatus(response, 400);
      return;
    }
    const fail = (error: unknown): void => {
      failed(error);
      sendStatus(response, 503);
    };
    try {
      const found = answer(query);
      if (found instanceof Promise) {
        found.then((known) => {
          sendAnswer(response, known);
        }, fail);
      } else sendAnswer(response, found);
    } catch (error) {
      fail(error);
    }
  };
  return (request, response) => {
    if (pathOf(request.url) !== "/") sendNotFound(response);
    else if (request.method !== "POST") sendStatus(response, 405);
    else {
      readBody(request, (body) => {
        if (body !== undefined) reply(response, body);
        // Node.js would read the rest of the body as the next request.
        else sendStatus(response, 413, { connection: "close" });
      });
    }
  };
}

/** Reads a body. @param done is called once, without a body where it is too long; not where the client goes away */
function readBody(request: IncomingMessage, done: (body: Buffer | undefined) => void): void {
  let parts: Buffer[] | undefined = [];
  let size = 0;
  request.on("data", (part: Buffer) => {
    size += part.length;
    if (size <= MOST_OCTETS) parts?.push(part);
    else if (parts !== undefined) {
      parts = undefined;
      done(undefined);
    }
  });
  request.once("end", () => {
    if (parts === undefined) return;
    const [first] = parts;
    done(parts.length === 1 && first !== undefined ? first : Buffer.concat(parts));
  });
}

function sendAnswer(response: ServerResponse, answer: Answer): void {
  const body = Buffer.from(formatAnswer(answer));
  response.writeHead(200, { "Content-Type": "application/json", "Content-Length": body.length });
  response.end(body);
}
