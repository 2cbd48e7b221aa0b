import { ReadingError } from "../remote/reader.js";

/**
 * Returns the URL that a redirection leads to. Only the same host is trusted with credentials, and with what is known of
 * machines; it may turn to HTTPS, and not back.
 *
 * @throws {ReadingError} where it leads elsewhere
 */
export function redirectionOf(url: URL, location: string | readonly string[] | undefined): URL {
  const target = typeof location === "string" ? location : (location?.[0] ?? "");
  if (!URL.canParse(target, url.href)) throw new ReadingError("it redirects nowhere");
  const next = new URL(target, url);
  const isSafe = next.protocol === url.protocol || next.protocol === "https:";
  if (next.hostname === url.hostname && isSafe) return next;
  throw new ReadingError(`it redirects to another host, ${next.protocol}//${next.host}`);
}
