import { hostInterfaces, type InterfaceAddress } from "./interfaces.js";
import { loadLibc, type Libc } from "./libc.js";
import { linuxNetwork } from "./udp-linux.js";
import { dgramNetwork, type UdpNetwork } from "./udp.js";

/** What this system offers. */
export interface System {
  /** The best network there is. */
  readonly network: UdpNetwork;
  /** The calls of the C library, where there is a way to them. */
  readonly libc: Libc | undefined;
  /** This host's IPv4 addresses now. */
  readonly interfaces: () => readonly InterfaceAddress[];
  /** Why the network is not the fast one, where it is not. */
  readonly note: string | undefined;
}

/** Looks at what this system offers. */
export async function openSystem(): Promise<System> {
  const libc = await loadLibc();
  if (!("reason" in libc)) {
    return { network: linuxNetwork(libc), libc, interfaces: () => hostInterfaces(libc), note: undefined };
  }
  return {
    network: dgramNetwork,
    libc: undefined,
    interfaces: () => hostInterfaces(undefined),
    note: `datagrams are handled one by one, without system calls of our own: ${libc.reason}`,
  };
}
