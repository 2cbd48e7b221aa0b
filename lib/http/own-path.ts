import { FileError } from "../files/source.js";
import { formatIpv4 } from "../net/ipv4.js";
import { parseMac, type Mac } from "../net/mac.js";
import type { HttpRequest } from "./route.js";

/** The MAC address that a path begins with, and what comes after it. */
export function macIn(path: string): { readonly mac: Mac; readonly rest: string } | undefined {
  const [first = "", ...rest] = path.split("/");
  const mac = parseMac(first);
  return mac === undefined || rest.length === 0 ? undefined : { mac, rest: rest.join("/") };
}

/** Tells which machine asks, by the address that it has; undefined where nobody knows. */
export type WhoAsks = (request: Pick<HttpRequest, "client" | "peer">) => Mac | undefined;

/**
 * The machine of a path that is for it alone.
 *
 * @throws {FileError} where another one asks
 */
export function holderFor(mac: Mac, request: HttpRequest, whoAsks: WhoAsks): Mac {
  const holder = whoAsks(request);
  if (holder === mac) return mac;
  const address = formatIpv4(request.peer.address);
  const who = holder ?? `whoever has ${address}, which no lease, no request and no link here tells`;
  throw new FileError("forbidden", `it is for ${mac} alone, not for ${who}`);
}
