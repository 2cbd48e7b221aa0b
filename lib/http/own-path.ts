import { FileError } from "../files/source.js";
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
  throw new FileError({ code: "for-another", mac, asker: holder, address: request.peer.address });
}
