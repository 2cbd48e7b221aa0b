import type { MachineTable } from "../machine/records.js";
import type { Scopes } from "./scopes.js";
import type { SnoopedAddresses } from "./snooped-addresses.js";
import type { ClientDirectory } from "../machine/directory.js";
import type { LeaseTable } from "../leases/lease-table.js";
import type { Readers } from "../leases/readers.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { Mac } from "../net/mac.js";

/** The sources of a {@link ClientDirectory}. */
export interface DirectoryParts {
  /** The current networks; undefined until the first configuration is committed. */
  readonly scopes: () => Scopes | undefined;
  readonly machines: MachineTable;
  readonly snooped: SnoopedAddresses;
  readonly readers: Readers;
  /**
   * Returns the hardware address in the neighbour table for an address on our links, where another server gives the
   * addresses: some firmware does not report which address it takes.
   */
  readonly neighbourAt: (address: Ipv4) => Mac | undefined;
}

/** Returns the machine look-up for the other services. */
export function directoryOf({ scopes, machines, snooped, readers, neighbourAt }: DirectoryParts): ClientDirectory {
  const tableOf = (address: Ipv4): LeaseTable | undefined => scopes()?.holding(address)?.leases.table;
  const neighbour = (address: Ipv4): Mac | undefined => {
    const mac = neighbourAt(address);
    return mac !== undefined && machines.knows(mac) ? mac : undefined;
  };
  return {
    find(address) {
      const mac = scopes()?.holding(address)?.leases.userOf(address) ?? snooped.macOf(address) ?? neighbour(address);
      if (mac === undefined) return undefined;
      const { uuid, file, architecture, quirks, isIpxe } = machines.get(mac);
      const { maxBlockSize, refuseOptions, leastWait } = quirks;
      return { mac, uuid, file, architecture, maxBlockSize, refuseOptions, leastWait, isIpxe };
    },
    reading(address) {
      const user = tableOf(address)?.userOf(address);
      if (user === undefined) return () => undefined;
      readers.begin(address);
      tableOf(address)?.keep(user, address);
      return () => {
        readers.end(address);
        // After a reload there may be another table.
        tableOf(address)?.keep(user, address);
      };
    },
  };
}
