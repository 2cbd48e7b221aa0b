import { Refusal } from "../common/refusal.js";
import { Conflicts } from "./conflicts.js";
import { openArpProber, type ArpCalls } from "../os/arp-prober.js";
import type { Clock } from "../common/clock.js";
import { asError } from "../common/error.js";
import { openFrameSender, type FrameSender } from "../os/frame-sender.js";
import { macOf } from "../os/interfaces.js";
import type { Mac } from "../net/mac.js";
import type { PacketCalls } from "../os/packet-socket.js";

/**
 * Opens the sender of frames to machines without an address.
 *
 * @param libc undefined where system calls are not available
 * @param onError called with the error of a frame that cannot be sent
 * @returns the sender, or why there is none
 */
export function openFrames(
  libc: PacketCalls | undefined,
  interfaceName: string,
  onError: (error: Error) => void,
): FrameSender | Refusal<string> {
  if (libc === undefined) return new Refusal("a frame for one machine takes Linux and koffi");
  try {
    return openFrameSender(libc, interfaceName, onError);
  } catch (error) {
    return new Refusal(reasonOf(error, "a frame for one machine"));
  }
}

/**
 * Opens the ARP probe for addresses in use.
 *
 * @param seconds how long to wait for an answer
 * @returns the probe, or why there is none
 */
export function openConflicts(
  libc: ArpCalls | undefined,
  interfaceName: string,
  seconds: number,
  clock: Clock,
): Conflicts | Refusal<string> {
  const mac = (): Mac | undefined => macOf(interfaceName);
  if (mac() === undefined) return new Refusal(`${interfaceName} has no hardware address`);
  if (libc === undefined) return new Refusal("to ask by ARP takes Linux and koffi");
  try {
    return new Conflicts(openArpProber(libc, { interfaceName, mac, seconds }, clock), clock);
  } catch (error) {
    return new Refusal(reasonOf(error, "to ask by ARP"));
  }
}

function reasonOf(error: unknown, what: string): string {
  const { code, message }: NodeJS.ErrnoException = asError(error);
  const denied = code === "EPERM" || code === "EACCES";
  return denied ? `${what} takes the privilege CAP_NET_RAW (${message})` : message;
}
