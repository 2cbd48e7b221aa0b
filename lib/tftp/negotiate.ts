import type { ReadRequest } from "./packet.js";

/** Limits and defaults of the server. */
export interface Limits {
  /** The block size when the client does not request one. */
  readonly defaultBlockSize: number;
  /** The largest block that reaches the client unfragmented. */
  readonly largestBlockSize: number;
  readonly largestWindowSize: number;
  /** The first wait for an acknowledgement when the client does not request a timeout. */
  readonly timeoutSeconds: number;
  /** The shortest wait, unless the timeout is shorter still. */
  readonly leastWaitSeconds: number;
}

/** The terms of a transfer. */
export interface Terms {
  readonly blockSize: number;
  /** Number of blocks that may be sent before an acknowledgement (RFC 7440). */
  readonly windowSize: number;
  readonly timeoutSeconds: number;
  /** The shortest wait; the timeout itself where the client requested one (RFC 2349). */
  readonly leastWaitSeconds: number;
  /** The accepted options as acknowledged; empty where no OACK is sent. */
  readonly accepted: readonly (readonly [name: string, value: string])[];
}

/**
 * The shortest wait with windows, in seconds. A premature timeout resends a whole window, while the client reports a
 * loss inside one at once.
 */
const LEAST_WINDOW_WAIT = 0.1;
/** RFC 2348 */
const LEAST_BLOCK_SIZE = 8;
const LARGEST_BLOCK_SIZE = 65464;
/** RFC 7440 3 */
const LARGEST_WINDOW_SIZE = 65535;
/** The range of RFC 2349. */
const LARGEST_TIMEOUT = 255;

/** Octets of an IP packet that are not file contents: the headers of IPv4 without options, UDP and DATA. */
export const OVERHEAD = 32;

/** Whether the client requests a block size, so that it may differ from the configured one. */
export function asksForBlockSize({ options }: ReadRequest): boolean {
  return options.some(([name]) => name.toLowerCase() === "blksize");
}

/** Returns the request without the options that its client requests but cannot handle. */
export function withoutOptions(request: ReadRequest, refused: readonly string[] = []): ReadRequest {
  if (refused.length === 0) return request;
  return { ...request, options: request.options.filter(([name]) => !refused.includes(name.toLowerCase())) };
}

/**
 * Negotiates the options of a request. An option that is unknown, malformed or out of range is ignored, as RFC 2347
 * requires; no answer exceeds the requested value, since firmware then ends the transfer.
 *
 * @param size size of the file in octets, where known
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
        // RFC 2349: the server confirms the same value, or does not acknowledge the option.
        if (asked < 1 || asked > LARGEST_TIMEOUT) break;
        agreedSeconds = asked;
        accepted.push([name, text]);
        break;
      case "tsize":
        // Only the size of the file is known, not that of its netascii form.
        if (size !== undefined && request.mode === "octet") accepted.push([name, `${size}`]);
        break;
    }
  }
  return { blockSize, windowSize, accepted, ...waitsOf(agreedSeconds, windowSize, limits) };
}

type Waits = Pick<Terms, "timeoutSeconds" | "leastWaitSeconds">;

/**
 * Returns the waits of a transfer.
 *
 * @param agreed the timeout that the client requested, in seconds
 */
function waitsOf(agreed: number | undefined, windowSize: number, limits: Limits): Waits {
  if (agreed !== undefined) return { timeoutSeconds: agreed, leastWaitSeconds: agreed };
  const { timeoutSeconds } = limits;
  const least = windowSize === 1 ? limits.leastWaitSeconds : Math.max(limits.leastWaitSeconds, LEAST_WINDOW_WAIT);
  return { timeoutSeconds, leastWaitSeconds: Math.min(timeoutSeconds, least) };
}
