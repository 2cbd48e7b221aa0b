import { constants } from "node:os";

/** What was thrown, as an error: JavaScript may throw anything. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** An error as Node.js makes them of what the system refused: its code is the system's name for it. */
export function systemError(number: number, call: string): NodeJS.ErrnoException {
  const code = Object.entries(constants.errno).find(([, value]) => value === number)?.[0] ?? `errno ${number}`;
  return Object.assign(new Error(`${call}: ${code}`), { code, errno: number, syscall: call });
}
