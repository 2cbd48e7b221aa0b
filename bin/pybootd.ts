#!/usr/bin/env node
import { run } from "../lib/cli.js";

const stopped = new Promise<string>((resolve) => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      resolve(signal);
    });
  }
});

let reload = (): void => undefined;
process.on("SIGHUP", () => {
  reload();
});
const onReload = (listener: () => void): void => {
  reload = listener;
};

const terminal = {
  out: (text: string) => process.stdout.write(text),
  err: (text: string) => process.stderr.write(text),
};

// Who reads what we print may have seen enough: pybootd leases list | head
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit();
  throw error;
});

process.exitCode = await run(process.argv.slice(2), terminal, { stopped, onReload });
process.exit();
