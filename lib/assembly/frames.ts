import { asError } from "../net/error.js";
import { openFrameSender, type FrameSender } from "../net/frame-sender.js";
import type { PacketCalls } from "../net/packet-socket.js";

/**
 * The way to machines that have no address yet.
 *
 * @param libc undefined where there is no way to the system's calls
 * @param onError what cannot be sent is told here
 * @returns what sends frames, or why there is none
 */
export function openFrames(
  libc: PacketCalls | undefined,
  interfaceName: string,
  onError: (error: Error) => void,
): FrameSender | { readonly reason: string } {
  if (libc === undefined) return { reason: "a frame for one machine takes Linux and koffi" };
  try {
    return openFrameSender(libc, interfaceName, onError);
  } catch (error) {
    const { code, message }: NodeJS.ErrnoException = asError(error);
    const denied = code === "EPERM" || code === "EACCES";
    return { reason: denied ? `a frame for one machine takes the privilege CAP_NET_RAW (${message})` : message };
  }
}
