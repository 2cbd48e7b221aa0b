import { Refusal } from "../common/refusal.js";
import type { FileCause } from "../events/causes/files.js";
import { requestFacts, type RequestedFiles } from "../files/request-facts.js";
import { FileError, type OpenFile } from "../files/source.js";
import type { ClientFacts } from "../machine/directory.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { TftpSettings } from "./settings.js";

/** Whether an address may read files: it is in one of the networks of `clients`, where those are given. */
export function isServed({ clients }: Pick<TftpSettings, "clients">, address: Ipv4): boolean {
  return clients === undefined || clients.some((network) => network.contains(address));
}

/**
 * Opens the file that a client asks for.
 *
 * @param facts the DHCP side's facts about the client
 * @returns the file, or a refusal where the client gets none
 */
export async function openFor(
  files: RequestedFiles,
  name: string,
  facts: ClientFacts | undefined,
  address: Ipv4,
): Promise<OpenFile | Refusal<FileCause>> {
  try {
    return await files.open(name, requestFacts(facts, address));
  } catch (error) {
    if (error instanceof FileError) return new Refusal(error.cause);
    throw error;
  }
}
