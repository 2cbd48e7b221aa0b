import { constants } from "node:os";

/** Returns what was thrown as an error: JavaScript code may throw any value. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** Makes the error of a failed system call in Node.js's form: its code is the symbolic name of the error number. */
export function systemError(number: number, call: string): NodeJS.ErrnoException {
  const code = Object.entries(constants.errno).find(([, value]) => value === number)?.[0] ?? `errno ${number}`;
  return Object.assign(new Error(`${call}: ${code}`), { code, errno: number, syscall: call });
}
