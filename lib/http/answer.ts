import { normaliseName } from "../files/names.js";
import { FileError } from "../files/source.js";
import { READING, type Content, type HttpRefusal, type HttpRequest, type Route } from "./route.js";
import { refusalFor } from "./send.js";

/** A valid request. */
export interface HttpAsked {
  /** The request target as received. */
  readonly target: string;
  readonly method: string;
  readonly facts: Omit<HttpRequest, "path" | "query">;
}

/** The settings and services that the answer to a request depends on. */
export interface AnswerOrder {
  /** The routes; the first that matches a path handles the request. */
  readonly routes: readonly Route[];
  /** Whether to serve only clients that hold an address of this server. */
  readonly checkAddress: boolean;
}

/** Returns what a client gets for a request; it closes the file. */
export async function answerTo(
  { target, method, facts }: HttpAsked,
  { routes, checkAddress }: AnswerOrder,
): Promise<Content | HttpRefusal> {
  const path = pathOf(target);
  const { methods, handler } = find(routes, path ?? "");
  if (!methods.includes(method)) {
    const cause = { code: "method-not-served", method } as const;
    return { status: 405, text: "Method Not Allowed", cause, headers: { Allow: methods.join(", ") } };
  }
  if (checkAddress && facts.client === undefined) {
    const text = "Unauthorized: only for machines that got their address here";
    return { status: 401, text, cause: { code: "check-ip" } };
  }
  try {
    if (path === undefined) return refusalFor({ code: "outside-root", asked: "path" });
    if (handler === undefined) return refusalFor({ code: "nothing-served" });
    return await handler({ ...facts, path, query: queryOf(target) });
  } catch (error) {
    if (error instanceof FileError) return refusalFor(error.cause);
    throw error;
  }
}

function find(
  routes: readonly Route[],
  path: string,
): { readonly methods: readonly string[]; readonly handler: ReturnType<Route["match"]> } {
  for (const route of routes) {
    const handler = route.match(path);
    if (handler !== undefined) return { methods: route.methods, handler };
  }
  return { methods: READING, handler: undefined };
}

/**
 * Returns the decoded, normalised path of a request target (RFC 9112 3.2); undefined where it has none, or one outside
 * the root.
 */
function pathOf(target: string): string | undefined {
  try {
    return normaliseName(decodeURIComponent(target.replace(/[?#].*$/s, "").replace(/^[a-z]+:\/\/[^/]*/i, "")));
  } catch {
    return undefined;
  }
}

function queryOf(target: string): ReadonlyMap<string, string> {
  const [, query = ""] = /\?([^#]*)/.exec(target) ?? [];
  return new Map([...new URLSearchParams(query)].reverse());
}
