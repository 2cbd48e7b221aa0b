import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { FileTransport } from "../../lib/observe/log-file.js";

const MESSAGE = Symbol.for("message");

/** Resolves when what was written has been tried. */
function closed(transport: FileTransport): Promise<void> {
  return new Promise((resolve) => {
    transport.once("finish", resolve);
    transport.end();
  });
}

await t.test("what cannot be written is told once, and the file says what is missing", async (t) => {
  const folder = join(t.testdir({}), "log");
  const file = join(folder, "pybootd.log");
  const troubles: string[] = [];
  let trouble = (): void => undefined;
  let now = 0;
  const onTrouble = (error: Error): void => {
    troubles.push(error.message);
    trouble();
  };
  const transport = new FileTransport(file, onTrouble, () => now);
  const write = (text: string): void => {
    transport.log({ [MESSAGE]: text }, () => undefined);
  };
  const told = new Promise<void>((resolve) => (trouble = resolve));
  write("one\ntwo");
  await told;
  write("three");
  t.match(troubles, [/ENOENT/]);
  mkdirSync(folder);
  // It is tried again after a second.
  now += 1000;
  write("four");
  await closed(transport);
  t.equal(readFileSync(file, "utf8"), "(3 lines are missing here: they could not be written)\nfour\n");
  t.equal(troubles.length, 1);
  rmSync(folder, { recursive: true });
});
