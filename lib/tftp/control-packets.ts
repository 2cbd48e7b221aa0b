import { remember } from "../common/remember.js";
import type { TapFilter } from "../events/tapped-network.js";
import { keyOf } from "./channels.js";
import { Opcode } from "./packet.js";

/** Most clients whose first acknowledgement is waited for. */
const MOST_CLIENTS = 4096;

/**
 * Returns a filter of the packets by which a transfer is arranged or fails: read requests, their OACK, the first
 * acknowledgement, and errors.
 */
export function controlPackets(): TapFilter {
  /** Clients that sent a request and no acknowledgement yet. */
  const beginning = new Map<number, true>();
  return (direction, { prefix, payload, peer }) => {
    // Only blocks of data have their header apart.
    if (prefix !== undefined || payload.length < 2) return false;
    switch (payload.readUInt16BE(0)) {
      case Opcode.readRequest:
        if (direction === "in") remember(beginning, keyOf(peer), true, MOST_CLIENTS);
        return direction === "in";
      case Opcode.acknowledgement:
        return direction === "in" && beginning.delete(keyOf(peer));
      case Opcode.error:
      case Opcode.optionAcknowledgement:
        return true;
      default:
        return false;
    }
  };
}
