import type { Variable } from "./template.js";
import type { ClientFacts } from "../machine/directory.js";
import { formatIpv4, type Ipv4 } from "../net/ipv4.js";
import type { OpenFile } from "./source.js";

/** The values of a filter's variables, except `{filename}`. */
export type RequestFacts = Readonly<Partial<Record<Exclude<Variable, "filename">, string | undefined>>>;

/** A source of files, by name and by client. */
export interface RequestedFiles {
  /**
   * Opens a file for a client.
   *
   * @param name as the client sent it
   * @throws {FileError} where it cannot be served
   */
  open(name: string, facts: RequestFacts): Promise<OpenFile>;
}

/**
 * Returns the values of the variables for a request from an address.
 *
 * @param facts the DHCP side's facts about the client at that address
 */
export function requestFacts(facts: ClientFacts | undefined, address: Ipv4): RequestFacts {
  const ip = formatIpv4(address);
  if (facts === undefined) return { ip };
  const { mac, uuid, file, architecture } = facts;
  return { ip, mac: mac.replaceAll(":", "-"), uuid, file, arch: architecture?.toString() };
}
