import type { MachineTable } from "../machine/records.js";
import type { SnoopedAddresses } from "./snooped-addresses.js";
import type { ClientDirectory } from "../machine/directory.js";
import type { Allocation } from "../leases/allocation.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { Mac } from "../net/mac.js";

/** The sources of a {@link ClientDirectory}. */
export interface DirectoryParts {
  /** The allocation of addresses; undefined until there is a first configuration. */
  readonly allocation: () => Pick<Allocation, "at" | "reading"> | undefined;
  readonly machines: MachineTable;
  readonly snooped: SnoopedAddresses;
  /**
   * Returns the hardware address in the neighbour table for an address on our links, where another server gives the
   * addresses: some firmware does not report which address it takes.
   */
  readonly neighbourAt: (address: Ipv4) => Mac | undefined;
}

const NOTHING_READ = (): void => undefined;

/** Returns the machine look-up for the other services. */
export function directoryOf({ allocation, machines, snooped, neighbourAt }: DirectoryParts): ClientDirectory {
  const neighbour = (address: Ipv4): Mac | undefined => {
    const mac = neighbourAt(address);
    return mac !== undefined && machines.knows(mac) ? mac : undefined;
  };
  return {
    find(address) {
      const mac = allocation()?.at(address)?.userOf(address) ?? snooped.macOf(address) ?? neighbour(address);
      if (mac === undefined) return undefined;
      const { uuid, file, architecture, quirks, isIpxe } = machines.get(mac);
      const { maxBlockSize, refuseOptions, leastWait } = quirks;
      return { mac, uuid, file, architecture, maxBlockSize, refuseOptions, leastWait, isIpxe };
    },
    reading: (address) => allocation()?.reading(address) ?? NOTHING_READ,
  };
}
