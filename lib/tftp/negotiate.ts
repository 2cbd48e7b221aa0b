import type { ReadRequest } from "./packet.js";

/** What the server allows, and what it does when a client does not ask. */
export interface Limits {
  /** The size of a block when the client does not ask for one. */
  readonly defaultBlockSize: number;
  /** The largest block that the way to the client carries unfragmented. */
  readonly largestBlockSize: number;
  readonly largestWindowSize: number;
  /** The first wait for an acknowledgement when the client does not ask for one. */
  readonly timeoutSeconds: number;
  /** No wait is shorter than this, as far as the timeout is not. */
  readonly leastWaitSeconds: number;
}

/** How a transfer is done. */
export interface Terms {
  readonly blockSize: number;
  /** How many blocks may be under way unacknowledged (RFC 7440). */
  readonly windowSize: number;
  readonly timeoutSeconds: number;
  /** No wait is shorter; the timeout itself where the client asked for one (RFC 2349). */
  readonly leastWaitSeconds: number;
  /** The options that were agreed to, as they are acknowledged; empty where there is no OACK. */
  readonly accepted: readonly (readonly [name: string, value: string])[];
}

/**
 * The shortest wait with windows: what is sent again too soon is a whole one of them, while what is lost inside one is
 * told by the client at once.
 */
const LEAST_WINDOW_WAIT = 0.1;
/** RFC 2348 */
const LEAST_BLOCK_SIZE = 8;
const LARGEST_BLOCK_SIZE = 65464;
/** RFC 7440 3 */
const LARGEST_WINDOW_SIZE = 65535;
/** RFC 2349. A machine that is told to wait longer than this most likely did not mean it. */
const LARGEST_TIMEOUT = 255;

/** What of an IP packet is not the block, in octets: the headers of IPv4 without options, of UDP and of DATA. */
export const OVERHEAD = 32;

/** Whether the size of a block depends on anything but what is configured. */
export function asksForBlockSize({ options }: ReadRequest): boolean {
  return options.some(([name]) => name.toLowerCase() === "blksize");
}

/** The request without the options that its client asks for and cannot take. */
export function withoutOptions(request: ReadRequest, refused: readonly string[] = []): ReadRequest {
  if (refused.length === 0) return request;
  return { ...request, options: request.options.filter(([name]) => !refused.includes(name.toLowerCase())) };
}

/**
 * Settles the options of a request. An option that is unknown, malformed or out of its range is left out, as RFC 2347
 * has it; none is answered with more than was asked, since firmware ends the transfer at that.
 *
 * @param size of the file in octets, where it is known
 */
export function negotiate(request: ReadRequest, size: number | undefined, limits: Limits): Terms {
  let blockSize = limits.defaultBlockSize;
  let windowSize = 1;
  let agreedSeconds: number | undefined;
  const accepted: (readonly [string, string])[] = [];
  for (const [name, text] of request.options) {
    const asked = /^[0-9]{1,20}$/.test(text) ? Number(text) : undefined;
    if (asked === undefined) continue;
    switch (name.toLowerCase()) {
      case "blksize":
        if (asked < LEAST_BLOCK_SIZE) break;
        blockSize = Math.min(asked, LARGEST_BLOCK_SIZE, limits.largestBlockSize);
        accepted.push([name, `${blockSize}`]);
        break;
      case "windowsize":
        if (asked < 1 || asked > LARGEST_WINDOW_SIZE) break;
        windowSize = Math.min(asked, limits.largestWindowSize);
        accepted.push([name, `${windowSize}`]);
        break;
      case "timeout":
        // RFC 2349: the same value comes back, or the option is not acknowledged.
        if (asked < 1 || asked > LARGEST_TIMEOUT) break;
        agreedSeconds = asked;
        accepted.push([name, text]);
        break;
      case "tsize":
        // The size of the file and of its netascii form differ, and only the former is known.
        if (size !== undefined && request.mode === "octet") accepted.push([name, `${size}`]);
        break;
    }
  }
  return { blockSize, windowSize, accepted, ...waitsOf(agreedSeconds, windowSize, limits) };
}

type Waits = Pick<Terms, "timeoutSeconds" | "leastWaitSeconds">;

/** @param agreed the timeout that the client asked for, in seconds */
function waitsOf(agreed: number | undefined, windowSize: number, limits: Limits): Waits {
  if (agreed !== undefined) return { timeoutSeconds: agreed, leastWaitSeconds: agreed };
  const { timeoutSeconds } = limits;
  const least = windowSize === 1 ? limits.leastWaitSeconds : Math.max(limits.leastWaitSeconds, LEAST_WINDOW_WAIT);
  return { timeoutSeconds, leastWaitSeconds: Math.min(timeoutSeconds, least) };
}
