import { request as httpRequest } from "undici";
import { formatIpv4 } from "../net/ipv4.js";
import { formatMac } from "../net/mac.js";
import type { AccessPolicy, AccessRequest, Verdict } from "./access.js";
import type { Stage } from "../machine/stage.js";
import { Refusal } from "../common/refusal.js";
import { asError } from "../common/error.js";

/** The settings of an HTTP authority. */
export interface Authority {
  readonly location: URL;
  /** The path below `location` for each stage. */
  readonly paths: Readonly<Record<Stage, string>>;
  readonly timeoutSeconds: number;
  /** Whether to ask for every request, instead of only when a machine enters a stage. */
  readonly alwaysCheck: boolean;
}

/** Most octets of an answer to read; a valid answer is two short lines. */
const LONGEST_ANSWER = 64 * 1024;

/** Longest timer of Node.js, in milliseconds. Timers also have to be whole numbers. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Makes the policy of `access = http`. */
export function httpAccess(authority: Authority): AccessPolicy {
  return {
    judge(request) {
      if (!request.entering && !authority.alwaysCheck) return { granted: true };
      return ask(authority, request);
    },
  };
}

async function ask(authority: Authority, request: AccessRequest): Promise<Verdict> {
  const url = authorityUrl(authority, request);
  try {
    const signal = AbortSignal.timeout(Math.min(Math.round(authority.timeoutSeconds * 1000), LONGEST_TIMER));
    const { statusCode, body } = await httpRequest(url, { signal });
    const answer = await readAnswer(body);
    if (statusCode !== 200) return new Refusal({ code: "authority-refused", url: url.href, status: statusCode });
    return { granted: true, hostName: valueOf(answer, "client"), file: valueOf(answer, "file") };
  } catch (error) {
    const { name, message } = asError(error);
    const how =
      name === "TimeoutError"
        ? { seconds: authority.timeoutSeconds, error: undefined }
        : { seconds: undefined, error: message || name };
    return new Refusal({ code: "authority-silent", url: url.href, ...how });
  }
}

function authorityUrl({ location, paths }: Authority, { mac, uuid, stage, address }: AccessRequest): URL {
  const url = new URL(location);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/${paths[stage].replace(/^\/+/, "")}`;
  url.searchParams.set("mac", formatMac(mac, "-"));
  if (uuid !== undefined) url.searchParams.set("uuid", uuid);
  if (address !== undefined) url.searchParams.set("ip", formatIpv4(address));
  return url;
}

async function readAnswer(body: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of body) {
    parts.push(part);
    size += part.length;
    if (size > LONGEST_ANSWER) break;
  }
  return Buffer.concat(parts).toString("utf8");
}

/** Returns the value of a `Name: value` line. */
function valueOf(answer: string, name: string): string | undefined {
  const lines = answer.split(/\r?\n/).map((line) => /^(\w+)\s*:\s*(\S.*)$/.exec(line.trim()));
  return lines.find((parts) => parts?.[1]?.toLowerCase() === name)?.[2];
}
