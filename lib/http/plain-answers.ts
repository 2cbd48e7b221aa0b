import type { OutgoingHttpHeaders, ServerResponse } from "node:http";

/** Sends an answer without a body. */
export function sendStatus(response: ServerResponse, status: number, headers: OutgoingHttpHeaders = {}): void {
  response.writeHead(status, { "Content-Length": 0, ...headers });
  response.end();
}

/** Sends what Go's http.NotFound sends. */
export function sendNotFound(response: ServerResponse): void {
  const text = "404 page not found\n";
  response.writeHead(404, {
    "Content-Type": "text/plain; charset=utf-8",
    "X-Content-Type-Options": "nosniff",
    "Content-Length": text.length,
  });
  response.end(text);
}

/** Returns the path of a request target, without its query. */
export function pathOf(target = "/"): string {
  const [path = "/"] = target.split("?", 1);
  return path;
}
