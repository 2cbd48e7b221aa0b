/**
 * How long machines wait for their address, from what was on the cable: perfdhcp tells only mean and extremes of each
 * half of an exchange. The kernel's times count, so that how late perfdhcp reads its socket does not, but for the time
 * that it takes from an OFFER to its REQUEST.
 */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Ground } from "./ground.js";

/** Octets of a packet that are kept: the message and its first options, among them the type. */
const SNAPSHOT = 600;
const BUFFER_KIB = 65_536;

/** Times in a file with nanoseconds; libpcap writes it in the machine's order of octets. */
const NANOSECOND_MAGIC = 0xa1b23c4d;
const FILE_HEADER = 24;
const RECORD_HEADER = 16;

/** Ethernet, IPv4 without options, UDP. */
const MESSAGE_OFFSET = 14 + 20 + 8;
const OPTIONS_OFFSET = 240;

const enum Type {
  discover = 1,
  offer = 2,
  request = 3,
  ack = 5,
}

export interface ExchangeTimes {
  /** DISCOVER to ACK, of each exchange that came to its end, in milliseconds. */
  readonly whole: readonly number[];
  /** DISCOVER to OFFER and REQUEST to ACK, without the client's time between them. */
  readonly server: readonly number[];
  /** The time of the first DISCOVER, in milliseconds; infinite where none was seen. */
  readonly began: number;
  /** The times of all ACKs, in milliseconds of the same clock, in order. */
  readonly acknowledged: readonly number[];
}

function typeOf(message: Buffer): number | undefined {
  for (let at = OPTIONS_OFFSET; at + 2 < message.length && message[at] !== 255;) {
    if (message[at] === 53) return message[at + 2];
    at += message[at] === 0 ? 1 : 2 + (message[at + 1] ?? 0);
  }
  return undefined;
}

interface Pending {
  readonly discovered: number;
  offered?: number;
  requested?: number;
}

/** Reads a capture of one kind of exchange at a time for each machine. */
export function readTimes(capture: Buffer): ExchangeTimes {
  if (capture.readUInt32LE(0) !== NANOSECOND_MAGIC) throw new Error("not a capture with nanoseconds");
  const [whole, server, acknowledged]: [number[], number[], number[]] = [[], [], []];
  let began = Infinity;
  const pending = new Map<number, Pending>();
  for (let at = FILE_HEADER; at + RECORD_HEADER <= capture.length;) {
    const now = capture.readUInt32LE(at) * 1e3 + capture.readUInt32LE(at + 4) / 1e6;
    const length = capture.readUInt32LE(at + 8);
    const begins = at + RECORD_HEADER;
    at = begins + length;
    const message = capture.subarray(begins + MESSAGE_OFFSET, at);
    if (message.length < OPTIONS_OFFSET) continue;
    const machine = message.readUIntBE(28, 6);
    const type = typeOf(message);
    if (type === Type.discover) {
      began = Math.min(began, now);
      pending.set(machine, { discovered: now });
    } else if (type === Type.ack) acknowledged.push(now);
    const exchange = pending.get(machine);
    if (exchange === undefined) continue;
    if (type === Type.offer) exchange.offered ??= now;
    else if (type === Type.request) exchange.requested ??= now;
    else if (type === Type.ack) {
      pending.delete(machine);
      if (exchange.offered === undefined || exchange.requested === undefined) continue;
      whole.push(now - exchange.discovered);
      server.push(exchange.offered - exchange.discovered + now - exchange.requested);
    }
  }
  return { whole, server, began, acknowledged };
}

/** Writes down what is on the ground's cable while `work` is done. Throws when something was missed. */
export async function timesDuring<T>(
  ground: Ground,
  work: () => Promise<T>,
): Promise<{ done: T; times: ExchangeTimes }> {
  const file = join(ground.scratch, "capture.pcap");
  const options = ["-n", "-s", `${SNAPSHOT}`, "-B", `${BUFFER_KIB}`, "--time-stamp-precision=nano", "-Z", "root"];
  const capture = ground.client.start("tcpdump", [...options, "-i", ground.clientInterface, "-w", file, "udp port 67"]);
  await capture.waitFor(/listening on/, 10);
  const done = await work();
  await capture.stop("SIGINT");
  const [, dropped] = /^(\d+) packets? dropped by kernel/m.exec(capture.output) ?? [];
  if (dropped !== "0") throw new Error(`tcpdump missed packets: ${capture.output}`);
  return { done, times: readTimes(await readFile(file)) };
}
