import { Refusal } from "../common/refusal.js";
import { endianness } from "node:os";

/** Calls of the C library that Node.js does not offer, as functions of numbers and memory. */
export interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  bind(descriptor: number, address: Buffer, length: number): number;
  connect(descriptor: number, address: Buffer, length: number): number;
  /** @param length the size of `value`, which the call replaces by the octets it wrote, as a C unsigned int */
  getsockopt(descriptor: number, level: number, option: number, value: Buffer, length: Buffer): number;
  setsockopt(descriptor: number, level: number, option: number, value: Buffer, length: number): number;
  close(descriptor: number): number;
  sendto(
    descriptor: number,
    octets: Buffer,
    length: number,
    flags: number,
    address: Buffer,
    addressLength: number,
  ): number;
  recv(descriptor: number, octets: Buffer, length: number, flags: number): number;
  recvmmsg(descriptor: number, messages: Buffer, count: number, flags: number, timeout: null): number;
  sendmmsg(descriptor: number, messages: Buffer, count: number, flags: number): number;
  /** openat2(2), for which the C library has no function of its own. */
  openat2(directory: number, path: string, how: Buffer, size: number): number;
  preadv2(descriptor: number, vectors: Buffer, count: number, offset: number, flags: number): number;
  /** Returns the number of a network interface, 0 where there is none of this name. */
  if_nametoindex(name: string): number;
  capget(header: Buffer, sets: Buffer): number;
  capset(header: Buffer, sets: Buffer): number;
  prctl(option: number, value: number, third: number, fourth: number, fifth: number): number;
  /** Returns the error number of the last call. */
  errno(): number;
  /** Returns where in memory a buffer begins. It stays there as long as the buffer is reachable. */
  addressOf(buffer: Buffer): bigint;
}

/** The number of the system call openat2, the same on every architecture. */
const SYS_OPENAT2 = 437;

/** Architectures that the layout of C's structures in `message-memory.ts` holds for: 64-bit, little-endian. */
const ARCHITECTURES = ["x64", "arm64", "riscv64", "loong64"];

/**
 * Loads the C library through koffi, an optional dependency.
 *
 * @returns the calls, or why there are none: another system or processor, or koffi is not installed
 */
export async function loadLibc(): Promise<Libc | Refusal<string>> {
  if (process.platform !== "linux") return new Refusal(`this is ${process.platform}, not Linux`);
  if (!ARCHITECTURES.includes(process.arch) || endianness() !== "LE")
    return new Refusal(`this is a ${process.arch} processor`);
  try {
    const { default: koffi } = await import("koffi");
    const library = koffi.load(null);
    const syscall = library.func(
      "long syscall(long number, int directory, const char *path, const void *how, size_t size)",
    ) as (number: number, directory: number, path: string, how: Buffer, size: number) => number;
    return {
      socket: library.func("int socket(int domain, int type, int protocol)") as Libc["socket"],
      bind: library.func("int bind(int fd, const void *address, unsigned int length)") as Libc["bind"],
      connect: library.func("int connect(int fd, const void *address, unsigned int length)") as Libc["connect"],
      getsockopt: library.func(
        "int getsockopt(int fd, int level, int option, void *value, void *length)",
      ) as Libc["getsockopt"],
      setsockopt: library.func(
        "int setsockopt(int fd, int level, int option, const void *value, unsigned int length)",
      ) as Libc["setsockopt"],
      close: library.func("int close(int fd)") as Libc["close"],
      sendto: library.func(
        "long sendto(int fd, const void *octets, size_t length, int flags, const void *address, unsigned int addressLength)",
      ) as Libc["sendto"],
      recv: library.func("long recv(int fd, void *octets, size_t length, int flags)") as Libc["recv"],
      recvmmsg: library.func(
        "int recvmmsg(int fd, void *messages, unsigned int count, int flags, void *timeout)",
      ) as Libc["recvmmsg"],
      sendmmsg: library.func("int sendmmsg(int fd, void *messages, unsigned int count, int flags)") as Libc["sendmmsg"],
      openat2: (directory, path, how, size) => syscall(SYS_OPENAT2, directory, path, how, size),
      preadv2: library.func(
        "long preadv2(int fd, const void *vectors, int count, int64_t offset, int flags)",
      ) as Libc["preadv2"],
      if_nametoindex: library.func("unsigned int if_nametoindex(const char *name)") as Libc["if_nametoindex"],
      capget: library.func("int capget(void *header, void *sets)") as Libc["capget"],
      capset: library.func("int capset(void *header, const void *sets)") as Libc["capset"],
      prctl: library.func(
        "int prctl(int option, unsigned long value, unsigned long third, unsigned long fourth, unsigned long fifth)",
      ) as Libc["prctl"],
      errno: () => koffi.errno(),
      addressOf: (buffer) => koffi.address(buffer),
    };
  } catch (error) {
    return new Refusal(error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error));
  }
}
