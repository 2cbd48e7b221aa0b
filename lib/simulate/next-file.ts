import { PROGRAM_NAMES } from "../boot/ipxe/binaries.js";
import { fetchFile, type Fetched, type Fetching } from "./fetch.js";
import type { Rehearsal } from "./rehearsal.js";
import { rows } from "./text.js";
import { counted } from "../common/counted.js";

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

/** Describes the files that PXELINUX and shim fetch next, and where they are found. */
export async function describeNext(
  rehearsal: Rehearsal,
  { name, by }: Fetched,
  fetching: Fetching,
): Promise<readonly string[]> {
  if (name === undefined) return [];
  const program = programOf(name);
  const from: Fetching = { ...fetching, by };
  const folder = name.slice(0, name.length - baseOf(name).length);
  if (program === "pxelinux") return describeProbes(rehearsal, folder, from);
  if (program === "shim") {
    const grub = await fetchFile(rehearsal, folder + grubBeside(name), from);
    return rows([
      ["next", `shim fetches GRUB: ${grub.text}`],
      ["", "GRUB then looks for its grub.cfg, where it was built to look"],
    ]);
  }
  return rows([["next", "what this program does then is its own"]]);
}

/** Returns the names of configurations in the order in which PXELINUX requests them. */
function probesOf({ machine: { uuid, mac }, ip }: Fetching): readonly string[] {
  const digits = ip === undefined ? "" : ip.toString(16).toUpperCase().padStart(8, "0");
  const prefixes = Array.from({ length: digits.length }, (_, index) => digits.slice(0, digits.length - index));
  return [uuid, `01-${mac.replaceAll(":", "-")}`, ...prefixes, "default"].map((each) => `pxelinux.cfg/${each}`);
}

async function describeProbes(rehearsal: Rehearsal, folder: string, from: Fetching): Promise<readonly string[]> {
  const names = probesOf(from);
  for (const name of names) {
    const found = await fetchFile(rehearsal, folder + name, from);
    if (!found.exists) continue;
    return rows([
      ["next", `PXELINUX asks for its configuration: ${found.text}`],
      ...entriesIn(found.content ?? "").map((entry) => ["", entry] as const),
    ]);
  }
  return rows([["next", `PXELINUX finds none of its configurations, ${names[0] ?? ""} to ${names.at(-1) ?? ""}`]]);
}

/** Returns the lines of a PXELINUX configuration that determine what it boots. */
function entriesIn(content: string): readonly string[] {
  return content
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => /^(?:default|label|kernel|linux|initrd|append|localboot|include)\b/i.test(line))
    .slice(0, 20);
}

function grubBeside(name: string): string {
  const architecture = /(?:x64|ia32|aa64|arm|riscv64)/i.exec(baseOf(name))?.[0].toLowerCase() ?? "x64";
  return `grub${architecture}.efi`;
}

function baseOf(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

/** Describes an iPXE script and the files that it fetches, with the location of each. */
export async function describeScript(rehearsal: Rehearsal, script: string, from: Fetching): Promise<readonly string[]> {
  const lines = script.trimEnd().split("\n");
  const fetches = lines.flatMap(
    (line) => /^\s*(kernel|initrd|chain|imgfetch|module)\s+(.*)$/.exec(line)?.slice(1, 3) ?? [],
  );
  const told: string[] = [];
  for (let index = 0; index < fetches.length; index += 2) {
    const [command = "", words = ""] = fetches.slice(index, index + 2);
    const target = targetIn(words);
    if (target === undefined) continue;
    if (/^\/?booted\//.test(target) || target.includes("/booted/"))
      told.push("it reports that it boots, to /booted/MAC");
    else told.push(`${command} ${(await fetchFile(rehearsal, target, from)).text}`);
  }
  const shown = lines.slice(0, MOST_LINES).map((line) => `    ${line}`);
  const rest = lines.length > MOST_LINES ? [`    … ${counted(lines.length - MOST_LINES, "line")} more`] : [];
  return [...shown, ...rest, ...rows(told.map((text, index) => [index === 0 ? "fetches" : "", text]))];
}

const MOST_LINES = 40;

/** Returns the first argument of an iPXE command that is not an option. */
function targetIn(words: string): string | undefined {
  const all = words.split(/\s+/);
  const index = all.findIndex((word, at) => !word.startsWith("-") && !WITH_VALUE.includes(all[at - 1] ?? ""));
  return all[index];
}

const WITH_VALUE = ["--name", "-n", "--timeout", "-t"];
