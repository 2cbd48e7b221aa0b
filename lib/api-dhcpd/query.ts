/** The body of a request to the API. */
export interface Query {
  /** The hardware address as the client wrote it; empty where it names none. */
  readonly mac: string;
  /** The name of the client: api-dhcpd's daemon sends the host name (option 12). Empty where there is none. */
  readonly client: string;
}

/**
 * Reads a body as Go's encoding/json does: `null` is an empty query, names are matched in any case, a later field
 * replaces an earlier one, and `null` leaves a field as it is.
 *
 * @returns undefined where it is not JSON, or a field has another type
 */
export function readQuery(body: Buffer): Query | undefined {
  const value = parse(body);
  if (value === null) return { mac: "", client: "" };
  if (typeof value !== "object" || Array.isArray(value)) return undefined;
  const query = { mac: "", client: "" };
  for (const [name, text] of Object.entries(value)) {
    const field = name.toLowerCase();
    if ((field !== "mac" && field !== "client") || text === null) continue;
    if (typeof text !== "string") return undefined;
    query[field] = isWellFormed(text) ? text : text.replace(LONE_SURROGATE, "\ufffd");
  }
  return query;
}

/** Half of a character outside the Basic Multilingual Plane, without the other half. */
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

function isWellFormed(text: string): boolean {
  return !/[\ud800-\udfff]/.test(text);
}

/** @returns undefined where the body is not JSON */
function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8")) as unknown;
  } catch {
    return undefined;
  }
}
