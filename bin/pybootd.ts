#!/usr/bin/env node
import { run } from "../lib/cli.js";

const stopped = new Promise<string>((resolve) => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      resolve(signal);
    });
  }
});

const terminal = {
  out: (text: string) => process.stdout.write(text),
  err: (text: string) => process.stderr.write(text),
};

process.exitCode = await run(process.argv.slice(2), terminal, stopped);
process.exit();
