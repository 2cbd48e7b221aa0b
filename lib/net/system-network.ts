import { loadLibc } from "./libc.js";
import { linuxNetwork } from "./udp-linux.js";
import { dgramNetwork, type UdpNetwork } from "./udp.js";

/** The best network that this system offers, and why it is not the fast one, where it is not. */
export async function systemNetwork(): Promise<{ readonly network: UdpNetwork; readonly note: string | undefined }> {
  const libc = await loadLibc();
  if (!("reason" in libc)) return { network: linuxNetwork(libc), note: undefined };
  return {
    network: dgramNetwork,
    note: `datagrams are handled one by one, without system calls of our own: ${libc.reason}`,
  };
}
