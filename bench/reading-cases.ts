/** The cases in which files are read over TFTP, and what is to be reached in each. */

import type { FileName } from "./field.js";
import type { Peer, Pinning } from "./options.js";

export interface ReadingCase {
  readonly name: string;
  readonly title: string;
  /** A file, or "many": a different one for each transfer. */
  readonly file: FileName | "many";
  readonly readers: number;
  readonly transfers: number;
  /** With --quick. */
  readonly quickTransfers: number;
  readonly windowsize?: number;
  /** Packets lost of 10,000, in each direction. */
  readonly loss?: number;
  /** The readers acknowledge at every block that is not due, as UEFI's do. */
  readonly eager?: boolean;
  /** The ratios to reach beside each peer. */
  readonly targets: Readonly<Partial<Record<Peer, number>>>;
  /** Only these are measured beside; the others would take minutes, and say nothing new. */
  readonly beside?: readonly Peer[];
}

const BESIDE_THE_BEST = { dnsmasq: 0.95, "tftpd-hpa": 0.95, atftpd: 0.95 } as const;
const SMALL = { dnsmasq: 1, "tftpd-hpa": 2, atftpd: 2 } as const;

export const READING_CASES: readonly ReadingCase[] = [
  {
    name: "lockstep-50",
    title: "50 readers, 1 MiB, lock-step",
    file: "medium",
    readers: 50,
    transfers: 300,
    quickTransfers: 50,
    targets: { dnsmasq: 1.05, "tftpd-hpa": 2.5, atftpd: 2.5 },
  },
  {
    name: "small-one-file",
    title: "20 readers, 2,000 reads of one file of 64 KiB",
    file: "small",
    readers: 20,
    transfers: 2000,
    quickTransfers: 1000,
    targets: SMALL,
  },
  {
    name: "small-many-files",
    title: "20 readers, 2,000 files of 64 KiB",
    file: "many",
    readers: 20,
    transfers: 2000,
    quickTransfers: 1000,
    targets: SMALL,
  },
  {
    name: "single",
    title: "1 reader, 40 MiB, lock-step",
    file: "large",
    readers: 1,
    transfers: 3,
    quickTransfers: 1,
    targets: BESIDE_THE_BEST,
  },
  {
    name: "window-1",
    title: "1 reader, 40 MiB, windowsize 16",
    file: "large",
    readers: 1,
    transfers: 4,
    quickTransfers: 1,
    windowsize: 16,
    targets: { dnsmasq: 7, "tftpd-hpa": 7, atftpd: 1.25 },
  },
  {
    name: "window-50",
    title: "50 readers, 1 MiB, windowsize 16",
    file: "medium",
    readers: 50,
    transfers: 600,
    quickTransfers: 50,
    windowsize: 16,
    targets: { atftpd: 1 },
  },
  {
    name: "loss-lockstep",
    title: "8 readers, 256 KiB, lock-step, 1 % lost each way, unknown clients (no copy before 200 ms)",
    file: "quarter",
    readers: 8,
    transfers: 8,
    quickTransfers: 2,
    loss: 100,
    targets: { dnsmasq: 5, atftpd: 5 },
  },
  {
    name: "loss-window",
    title: "1 reader, 1 MiB, windowsize 16, 1 % lost each way, an unknown client (no copy before 200 ms)",
    file: "medium",
    readers: 1,
    transfers: 8,
    quickTransfers: 2,
    windowsize: 16,
    loss: 100,
    targets: { atftpd: 5 },
    beside: ["atftpd"],
  },
  {
    name: "loss-uefi",
    title: "1 reader as UEFI's, 1 MiB, windowsize 16, 1 % lost each way, an unknown client (no copy before 200 ms)",
    file: "medium",
    readers: 1,
    transfers: 8,
    quickTransfers: 2,
    windowsize: 16,
    loss: 100,
    eager: true,
    targets: {},
    beside: ["atftpd"],
  },
];

/** Returns the default processors of server and client. */
export function pinningOf({ readers }: ReadingCase): Pinning {
  return readers === 1 ? "apart" : "none";
}
