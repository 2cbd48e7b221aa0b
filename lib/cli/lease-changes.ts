import { readFileSync } from "node:fs";
import { importLeases } from "../leases/import/import.js";
import { readAddress } from "../leases/import/imported.js";
import { formatJsonLine } from "../common/text-table.js";
import { asError } from "../common/error.js";
import { importOrder } from "./import-order.js";
import { importAsJson, importAsText } from "./import-report.js";
import { expectWords, refuseStates, type LeaseRequest } from "./lease-request.js";
import { openToWrite } from "./open-lease-admin.js";
import { CommandError, ExitCode, UsageError, type Terminal } from "./terminal.js";

/** The name that means standard input. */
const STDIN = "-";

/** Runs `pybootd leases release IP`. */
export async function release(request: LeaseRequest, terminal: Terminal): Promise<number> {
  expectWords(request, ["IP"]);
  refuseStates(request);
  const [word = ""] = request.words;
  const address = readAddress(word);
  if (address === undefined) throw new UsageError(`expected an IPv4 address to release, got ${word}`);
  const admin = await openToWrite(request.config, terminal);
  try {
    const released = await admin.release(address);
    if (typeof released === "string") throw new CommandError(released);
    const { mac } = released;
    terminal.out(request.json ? formatJsonLine({ released: word, mac }) : `released ${word}, which ${mac} had\n`);
    return ExitCode.ok;
  } finally {
    await admin.close();
  }
}

/** Runs `pybootd leases import FROM`. */
export async function importFile(request: LeaseRequest, terminal: Terminal): Promise<number> {
  expectWords(request, ["FROM, a file or -"]);
  refuseStates(request);
  const [name = ""] = request.words;
  const file = importLeases(readText(name));
  for (const { line, expected, got } of file.problems)
    terminal.err(`${name}:${line}: expected ${expected}, got ${got}\n`);
  if (file.format === undefined) return ExitCode.error;
  if (file.beside?.broken === true) throw new CommandError(`nothing was imported: ${name} is damaged`);
  const entries = importOrder(file.beside?.reservations ?? [], file.leases);
  const admin = await openToWrite(request.config, terminal);
  try {
    const reasons = await admin.import(entries.map(({ lease }) => lease));
    const result = { name, file, tried: entries.map((entry, index) => ({ ...entry, reason: reasons[index] })) };
    terminal.out(request.json ? importAsJson(result) : importAsText(result));
  } finally {
    await admin.close();
  }
  return file.problems.length > 0 ? ExitCode.error : ExitCode.ok;
}

function readText(name: string): string {
  try {
    return readFileSync(name === STDIN ? 0 : name, "utf8");
  } catch (error) {
    throw new CommandError(`${name} cannot be read: ${asError(error).message}`);
  }
}
