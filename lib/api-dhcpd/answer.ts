/** How a machine was found. */
export type Method = "ByClientID" | "ByHardwareAddress" | "Dynamic";

/** An answer of the API; a text is empty where there is nothing to say. */
export interface Answer {
  /** The query's own words. */
  readonly mac: string;
  readonly client: string;
  readonly hostname: string;
  readonly ip: string;
  readonly gateway: string;
  readonly netmask: string;
  readonly broadcast: string;
  /** The number of ones of the netmask, in digits. */
  readonly prefix: string;
  /** Addresses and names with commas between. */
  readonly dns: string;
  readonly domain: string;
  readonly ntp: string;
  /** Infinity for ever. */
  readonly leaseSeconds: number;
  readonly description: string;
  readonly method: Method;
}

/** The longest lease that DHCP can express, which means "for ever" (RFC 2131 3.3). */
const FOR_EVER_SECONDS = 0xffffffff;

/**
 * Formats an answer as api-dhcpd does with Go's `json.Encoder`: its order of fields, `leasetime` in nanoseconds, `slave`
 * always false, a line feed at the end.
 */
export function formatAnswer(answer: Answer): string {
  const { mac, client, hostname, ip, gateway, netmask, broadcast, prefix, dns, domain, ntp } = answer;
  const { leaseSeconds, description, method } = answer;
  return (
    `{"mac":${quote(mac)},"client":${quote(client)},"hostname":${quote(hostname)},"ip":"${ip}",` +
    `"gateway":"${gateway}","netmask":"${netmask}","broadcast":"${broadcast}","prefix":"${prefix}",` +
    `"dns":"${dns}","domain":${quote(domain)},"ntp":"${ntp}","leasetime":${nanoseconds(leaseSeconds)},` +
    `"description":${quote(description)},"method":"${method}","slave":false}\n`
  );
}

/** A text that JSON and Go write as it is. */
const PLAIN = /^[^\0-\x1f"\\<>&\u2028\u2029\ud800-\udfff]*$/;

/** Writes a text as Go's encoding/json does: it escapes what would have a meaning in HTML or JavaScript. */
function quote(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  return JSON.stringify(text).replace(/[<>&\u2028\u2029]/g, escape);
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Writes the nanoseconds of a time as digits: they exceed the integers that a number can hold. */
function nanoseconds(seconds: number): string {
  const whole = Math.min(Math.floor(seconds), FOR_EVER_SECONDS);
  return whole > 0 ? `${whole}000000000` : "0";
}
