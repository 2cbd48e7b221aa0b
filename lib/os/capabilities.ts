import { readFileSync } from "node:fs";
import { systemError } from "../common/error.js";
import type { Libc } from "./libc.js";

/** The calls of the C library that capabilities take. */
export type CapabilityCalls = Pick<Libc, "capget" | "capset" | "prctl" | "errno">;

// Numbers of linux/capability.h and linux/prctl.h.
const VERSION_3 = 0x20080522;
const PR_SET_KEEPCAPS = 8;
const PR_SET_NO_NEW_PRIVS = 38;

/** Names of capabilities; others are shown by their number. */
const NAMES: Readonly<Record<number, string>> = { 10: "CAP_NET_BIND_SERVICE", 12: "CAP_NET_ADMIN", 13: "CAP_NET_RAW" };

/** CAP_NET_BIND_SERVICE and CAP_NET_RAW, which opening the ports and the packet sockets takes. */
export const NETWORK_CAPABILITIES = (1n << 10n) | (1n << 13n);

/** Sets of capabilities, one bit each (capabilities(7)). */
export interface CapabilitySets {
  readonly effective: bigint;
  readonly permitted: bigint;
  readonly inheritable: bigint;
  readonly ambient: bigint;
}

/** Returns the capabilities of this process, as Linux lists them in /proc; undefined on another system. */
export function heldCapabilities(): CapabilitySets | undefined {
  const status = readStatus();
  if (status === undefined) return undefined;
  const setOf = (name: string): bigint =>
    BigInt(`0x${new RegExp(`^${name}:\\s*(\\w+)$`, "m").exec(status)?.[1] ?? "0"}`);
  return {
    effective: setOf("CapEff"),
    permitted: setOf("CapPrm"),
    inheritable: setOf("CapInh"),
    ambient: setOf("CapAmb"),
  };
}

/** Formats a set as `CAP_NET_BIND_SERVICE and CAP_NET_RAW`, or `none`. */
export function nameCapabilities(set: bigint): string {
  const names: string[] = [];
  for (let bit = 0; set >> BigInt(bit) > 0n; bit++) {
    if (((set >> BigInt(bit)) & 1n) === 1n) names.push(NAMES[bit] ?? `capability ${bit}`);
  }
  return names.length === 0 ? "none" : names.join(" and ");
}

/**
 * Becomes another user and keeps some capabilities, which Linux would drop otherwise. Only this thread keeps them,
 * since it opens the sockets. Other threads keep none; programs that are started get none, and cannot gain privileges.
 *
 * @param becomeUser gives up root, in all threads
 * @throws the system's error
 */
export function keepingCapabilities(libc: CapabilityCalls, kept: bigint, becomeUser: () => void): void {
  control(libc, PR_SET_KEEPCAPS, 1);
  becomeUser();
  setCapabilities(libc, kept);
  control(libc, PR_SET_KEEPCAPS, 0);
  control(libc, PR_SET_NO_NEW_PRIVS, 1);
}

/** Keeps those capabilities of `kept` that are permitted, and passes none on to programs that are started. */
function setCapabilities(libc: CapabilityCalls, kept: bigint): void {
  const header = Buffer.alloc(8);
  header.writeUInt32LE(VERSION_3);
  // Effective, permitted and inheritable, 32 bits each, twice.
  const sets = Buffer.alloc(24);
  if (libc.capget(header, sets) < 0) throw systemError(libc.errno(), "capget");
  for (const [index, half] of [kept & 0xffffffffn, kept >> 32n].entries()) {
    const allowed = sets.readUInt32LE(index * 12 + 4) & Number(half);
    sets.writeInt32LE(allowed, index * 12);
    sets.writeInt32LE(allowed, index * 12 + 4);
    sets.writeInt32LE(0, index * 12 + 8);
  }
  if (libc.capset(header, sets) < 0) throw systemError(libc.errno(), "capset");
}

function control(libc: CapabilityCalls, option: number, value: number): void {
  if (libc.prctl(option, value, 0, 0, 0) < 0) throw systemError(libc.errno(), `prctl ${option}`);
}

function readStatus(): string | undefined {
  try {
    return readFileSync("/proc/self/status", "utf8");
  } catch {
    return undefined;
  }
}
