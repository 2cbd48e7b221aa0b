import { fstatSync, writeSync } from "node:fs";

/** An output to stdout. */
export interface Printer {
  readonly print: (text: string) => void;
  /** Resolves when everything is printed or lost, with whether all of it was printed. */
  readonly printed: () => Promise<boolean>;
}

/**
 * Handles the errors of stdout and stderr, so that neither ends the process where it leads to a full disk, as the log
 * of a daemon may. Reports the first loss on stdout to stderr; ignores losses on stderr.
 *
 * Ends the process where the reader of stdout has closed the pipe (`pybootd leases list | head`).
 */
export function openPrinter(): Printer {
  const { stdout, stderr } = process;
  let [told, whole] = [false, true];
  const tell = (error: NodeJS.ErrnoException): void => {
    if (error.code === "EPIPE") process.exit();
    if (!told) stderr.write(`pybootd: the output cannot be written: ${error.message}\n`);
    told = true;
  };
  const lose = (error: Error): void => {
    whole = false;
    tell(error);
  };
  stdout.on("error", tell);
  stderr.on("error", () => undefined);
  return {
    print: (text) => {
      if (fstatSync(stdout.fd).isFile()) writeAll(stdout.fd, Buffer.from(text), lose);
      else {
        stdout.write(text, (error) => {
          if (error) lose(error);
        });
      }
    },
    printed: () =>
      new Promise((resolve) => {
        stdout.write("", () => {
          setImmediate(() => {
            resolve(whole);
          });
        });
      }),
  };
}

/** Writes until every octet is written: Node.js reports success where a disk that gets full took only a part. */
function writeAll(file: number, octets: Buffer, onError: (error: Error) => void): void {
  try {
    for (let done = 0; done < octets.length;) done += writeSync(file, octets, done);
  } catch (error) {
    onError(error as Error);
  }
}
