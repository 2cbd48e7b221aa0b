import { Refusal } from "../common/refusal.js";
import { hostInterfaces, type InterfaceAddress } from "./interfaces.js";
import { loadLibc, type Libc } from "./libc.js";
import { linuxNetwork } from "./udp-linux.js";
import { dgramNetwork, type UdpNetwork } from "./udp.js";

/** The facilities of this system. */
export interface System {
  /** The fastest network available. */
  readonly network: UdpNetwork;
  /** The calls of the C library, where they are available. */
  readonly libc: Libc | undefined;
  /** Lists this host's IPv4 addresses now. */
  readonly interfaces: () => readonly InterfaceAddress[];
  /** The reason why the network is not the fast one, where it is not. */
  readonly note: string | undefined;
}

/** Determines what this system offers. */
export async function openSystem(): Promise<System> {
  const libc = await loadLibc();
  if (!(libc instanceof Refusal)) {
    return { network: linuxNetwork(libc), libc, interfaces: () => hostInterfaces(libc), note: undefined };
  }
  return {
    network: dgramNetwork,
    libc: undefined,
    interfaces: () => hostInterfaces(undefined),
    note: `datagrams are handled one by one, without system calls of our own: ${libc.cause}`,
  };
}
