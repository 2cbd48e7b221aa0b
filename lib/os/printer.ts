import { fstatSync, writeSync } from "node:fs";

/** What prints to stdout. */
export interface Printer {
  readonly print: (text: string) => void;
  /** Resolves when all is printed that can be, with whether that is all there was. */
  readonly printed: () => Promise<boolean>;
}

/**
 * Takes hold of stdout and stderr, so that neither ends the process where it leads to a full disk, as the log of a daemon
 * may. The first loss on stdout is told on stderr; where that has no room nobody is left to be told.
 *
 * Who reads what we print may have seen enough (`pybootd leases list | head`): the process ends then.
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

/** Node.js takes it for written where a disk that gets full has taken a part. */
function writeAll(file: number, octets: Buffer, onError: (error: Error) => void): void {
  try {
    for (let done = 0; done < octets.length;) done += writeSync(file, octets, done);
  } catch (error) {
    onError(error as Error);
  }
}
