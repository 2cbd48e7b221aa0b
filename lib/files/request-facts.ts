import type { Variable } from "./template.js";
import type { ClientFacts } from "../machine/directory.js";
import { formatIpv4, type Ipv4 } from "../net/ipv4.js";
import type { OpenFile } from "./source.js";

/** What a filter's variables stand for, apart from `{filename}`. */
export type RequestFacts = Readonly<Partial<Record<Exclude<Variable, "filename">, string | undefined>>>;

/** Where files come from, by name and by who asks. */
export interface RequestedFiles {
  /**
   * @param name as the client sent it
   * @throws {FileError} where there is none to be had
   */
  open(name: string, facts: RequestFacts): Promise<OpenFile>;
}

/**
 * What the variables stand for in a request from an address.
 *
 * @param facts what the DHCP side knows of the machine that holds it
 */
export function requestFacts(facts: ClientFacts | undefined, address: Ipv4): RequestFacts {
  const ip = formatIpv4(address);
  if (facts === undefined) return { ip };
  const { mac, uuid, file, architecture } = facts;
  return { ip, mac: mac.replaceAll(":", "-"), uuid, file, arch: architecture?.toString() };
}
