#!/usr/bin/env node
import { run } from "../lib/cli/cli.js";
import { ExitCode } from "../lib/cli/terminal.js";
import { openPrinter } from "../lib/os/printer.js";

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

const { print, printed } = openPrinter();
const terminal = { out: print, err: (text: string) => process.stderr.write(text) };

const code = await run(process.argv.slice(2), terminal, { stopped, onReload });
process.exitCode = (await printed()) ? code : code || ExitCode.error;
process.exit();
