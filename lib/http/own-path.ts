import { FileError } from "../files/source.js";
import { parseMac, type Mac } from "../net/mac.js";
import type { HttpRequest } from "./route.js";

/** The MAC address that a path begins with, and what comes after it. */
export function macIn(path: string): { readonly mac: Mac; readonly rest: string } | undefined {
  const [first = "", ...rest] = path.split("/");
  const mac = parseMac(first);
  return mac === undefined || rest.length === 0 ? undefined : { mac, rest: rest.join("/") };
}

/**
 * The machine of a path that is for it alone, which is told by the address that it holds.
 *
 * @throws {FileError} where another one asks
 */
export function holderFor(mac: Mac, { client }: HttpRequest): Mac {
  if (client?.mac === mac) return mac;
  const who = client === undefined ? "somebody without an address of ours" : client.mac;
  throw new FileError("forbidden", `it is for ${mac} alone, not for ${who}`);
}
