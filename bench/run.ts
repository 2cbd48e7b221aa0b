import { UsageError } from "./options.js";
import { MissingError } from "./peer-programs.js";

/** Runs a benchmark, or prints how it is used. Exit codes: 0 done, 1 it could not be, 2 wrong usage. */
export async function run(usage: string, main: () => Promise<void>): Promise<void> {
  if (process.argv.includes("--help")) {
    console.log(usage);
    return;
  }
  try {
    await main();
  } catch (error) {
    if (error instanceof UsageError) console.error(`${error.message}\n\n${usage}`);
    else if (error instanceof MissingError) console.error(error.message);
    else console.error(error);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}
