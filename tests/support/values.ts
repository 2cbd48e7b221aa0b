import { parseClientId, type ClientId } from "../../lib/machine/client-id.js";
import { parseIpv4, type Ipv4 } from "../../lib/net/ipv4.js";
import { parseMac, type Mac } from "../../lib/net/mac.js";
import { parseUuid, type Uuid } from "../../lib/net/uuid.js";

/** The address that a dotted quad of a test means. */
export function ip(text: string): Ipv4 {
  return required(parseIpv4(text), text);
}

/** The hardware address that a text of a test means. */
export function mac(text: string): Mac {
  return required(parseMac(text), text);
}

/** The UUID that a text of a test means. */
export function uuid(text: string): Uuid {
  return required(parseUuid(text), text);
}

/** The client identifier that a text of a test means, such as `id:ff0001`. */
export function clientId(text: string): ClientId {
  return required(parseClientId(text), text);
}

/** The hardware address number `index` of a family, for tests with many machines. */
export function macNumber(index: number): Mac {
  return mac(`52540${index.toString(16).padStart(7, "0")}`);
}

function required<T>(value: T | undefined, text: string): T {
  if (value === undefined) throw new Error(`the test has a value that cannot be read: ${text}`);
  return value;
}
