import { PROGRAM_NAMES } from "../boot/ipxe/binaries.js";
import { fetchFile, isThere, nameIn, type Fetching } from "./fetch.js";
import type { Rehearsal } from "./rehearsal.js";
import type { Fetched, Next, ScriptCommand } from "./simulation.js";

/** The program in a boot file, as far as its name tells. */
export type Program = "ipxe" | "pxelinux" | "shim" | "other";

/** Returns the program in a boot file by its name. */
export function programOf(name: string): Program {
  const file = baseOf(name).toLowerCase();
  if (PROGRAM_NAMES.some((known) => baseOf(known) === file) || /^(?:i|sn)pxe.*\.(?:efi|k?pxe)$/.test(file))
    return "ipxe";
  if (/^l?g?pxelinux\.0$|^syslinux\.efi$/.test(file)) return "pxelinux";
  return /^(?:shim|bootnet|boot(?:x64|ia32|aa64|arm|riscv64))[a-z0-9]*\.efi/.test(file) ? "shim" : "other";
}

/** Finds out what PXELINUX and shim fetch next, and where it is found. */
export async function nextOf(rehearsal: Rehearsal, fetched: Fetched, fetching: Fetching): Promise<Next | undefined> {
  const name = nameIn(fetched);
  if (name === undefined) return undefined;
  const program = programOf(name);
  const from: Fetching = { ...fetching, by: fetched.by };
  const folder = name.slice(0, name.length - baseOf(name).length);
  if (program === "pxelinux") return probe(rehearsal, folder, from);
  if (program !== "shim") return { program: "other" };
  return { program, grub: await fetchFile(rehearsal, folder + grubBeside(name), from) };
}

/** Returns the names of configurations in the order in which PXELINUX requests them. */
function probesOf({ machine: { uuid, mac }, ip }: Fetching): readonly string[] {
  const digits = ip === undefined ? "" : ip.toString(16).toUpperCase().padStart(8, "0");
  const prefixes = Array.from({ length: digits.length }, (_, index) => digits.slice(0, digits.length - index));
  return [uuid, `01-${mac.replaceAll(":", "-")}`, ...prefixes, "default"].map((each) => `pxelinux.cfg/${each}`);
}

async function probe(rehearsal: Rehearsal, folder: string, from: Fetching): Promise<Next> {
  const names = probesOf(from);
  for (const [index, name] of names.entries()) {
    const configuration = await fetchFile(rehearsal, folder + name, from);
    if (isThere(configuration)) return { program: "pxelinux", asked: names.slice(0, index + 1), configuration };
  }
  return { program: "pxelinux", asked: names, configuration: undefined };
}

function grubBeside(name: string): string {
  const architecture = /(?:x64|ia32|aa64|arm|riscv64)/i.exec(baseOf(name))?.[0].toLowerCase() ?? "x64";
  return `grub${architecture}.efi`;
}

function baseOf(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

/** Finds out what the commands of an iPXE script fetch. */
export async function scriptOf(rehearsal: Rehearsal, text: string, from: Fetching): Promise<Next> {
  const commands: ScriptCommand[] = [];
  for (const line of text.split("\n")) {
    const [, command = "", words = ""] = /^\s*(kernel|initrd|chain|imgfetch|module)\s+(.*)$/.exec(line) ?? [];
    const target = targetIn(words);
    if (target === undefined || target === "") continue;
    if (target.startsWith("booted/") || target.includes("/booted/")) commands.push({ kind: "report" });
    else commands.push({ kind: "fetch", command, file: await fetchFile(rehearsal, target, from) });
  }
  return { program: "script", text, commands };
}

/** Returns the first argument of an iPXE command that is not an option. */
function targetIn(words: string): string | undefined {
  const all = words.split(/\s+/);
  const index = all.findIndex((word, at) => !word.startsWith("-") && !WITH_VALUE.includes(all[at - 1] ?? ""));
  return all[index];
}

const WITH_VALUE = ["--name", "-n", "--timeout", "-t"];
