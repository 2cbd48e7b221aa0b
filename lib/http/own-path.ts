import { FileError } from "../files/source.js";
import { formatIpv4 } from "../net/ipv4.js";
import { parseMac, type Mac } from "../net/mac.js";
import type { HttpRequest } from "./route.js";

/** Splits a path that starts with a MAC address into that and the rest. */
export function macIn(path: string): { readonly mac: Mac; readonly rest: string } | undefined {
  const [first = "", ...rest] = path.split("/");
  const mac = parseMac(first);
  return mac === undefined || rest.length === 0 ? undefined : { mac, rest: rest.join("/") };
}

/** A function that identifies the client of a request by its address; undefined where it is unknown. */
export type WhoAsks = (request: Pick<HttpRequest, "client" | "peer">) => Mac | undefined;

/**
 * Checks that a request for a client's private path comes from that client.
 *
 * @throws {FileError} where it comes from another
 */
export function holderFor(mac: Mac, request: HttpRequest, whoAsks: WhoAsks): Mac {
  const holder = whoAsks(request);
  if (holder === mac) return mac;
  const address = formatIpv4(request.peer.address);
  const who = holder ?? `whoever has ${address}, which no lease, no request and no link here tells`;
  throw new FileError("forbidden", `it is for ${mac} alone, not for ${who}`);
}
