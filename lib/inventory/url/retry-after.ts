/** Returns the seconds of a Retry-After header (RFC 9110 10.2.3). @param now milliseconds since 1970 */
export function retrySeconds(header: string | readonly string[] | undefined, now: number): number | undefined {
  if (typeof header !== "string") return undefined;
  if (/^[0-9]+$/.test(header)) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - now) / 1000);
}
