import { counted } from "../common/counted.js";
import { describeOrigin } from "../config/origin.js";
import { describeCause } from "../events/causes/describe.js";
import { formatIpv4, type Ipv4 } from "../net/ipv4.js";
import type { Boot, Fetched, Next, ScriptCommand } from "./simulation.js";
import { rows, type Row } from "./text.js";

/** Longest part of a script that is shown, in lines. */
const MOST_LINES = 40;

/** Most lines of a PXELINUX configuration that are shown. */
const MOST_ENTRIES = 20;

/** Describes what a machine boots, and what that fetches next. @param server the address of this server */
export function describeBoot(boot: Boot, server: Ipv4): readonly string[] {
  switch (boot.kind) {
    case "nothing":
      return rows([["boots", `nothing from here: ${boot.reason ?? "its firmware goes on with its next entry"}`]]);
    case "menu":
      return rows(
        boot.items.map(({ label, file }, index) => [
          index === 0 ? "menu" : "",
          `${label}: ${file === undefined ? "the machine's own disk" : describeFile(file, server)}`,
        ]),
      );
    case "file": {
      const next = boot.next === undefined ? [] : describeNext(boot.next, server);
      return [...rows([["boots", describeFile(boot.file, server)]]), ...next];
    }
  }
}

/** Describes a file and where it is found. */
function describeFile({ target, by, outcome, filter }: Fetched, server: Ipv4): string {
  const own = `${target}, by ${by.toUpperCase()} from ${formatIpv4(server)}: `;
  const filtered = filter === undefined ? "" : `; by ${describeOrigin(filter)}`;
  switch (outcome.kind) {
    case "elsewhere":
      return outcome.server === undefined
        ? `${target}: from another server, which is not asked`
        : `${target}, by TFTP from ${formatIpv4(outcome.server)}, which is not this server`;
    case "tftp-off":
      return `${target}, by TFTP, which does not run here`;
    case "not-asked":
      return `${own}${outcome.url} (not asked: that takes a network)${filtered}`;
    case "refused":
      return `${own}NOT SERVED: ${describeCause(outcome.cause)}${filtered}`;
    case "served":
      return `${own}${describeContents(outcome)}${filtered}`;
  }
}

function describeContents({
  path,
  size,
}: {
  readonly path: string | undefined;
  readonly size: number | undefined;
}): string {
  if (path === undefined) return "a script that is made for it";
  return `${path}, ${size === undefined ? "of a size that is not known" : counted(size, "octet")}`;
}

function describeNext(next: Next, server: Ipv4): readonly string[] {
  switch (next.program) {
    case "other":
      return rows([["next", "what this program does then is its own"]]);
    case "shim":
      return rows([
        ["next", `shim fetches GRUB: ${describeFile(next.grub, server)}`],
        ["", "GRUB then looks for its grub.cfg, where it was built to look"],
      ]);
    case "pxelinux":
      return describePxelinux(next, server);
    case "script":
      return describeScript(next.text, next.commands, server);
  }
}

function describePxelinux(
  { asked, configuration }: Extract<Next, { program: "pxelinux" }>,
  server: Ipv4,
): readonly string[] {
  if (configuration === undefined) {
    const names = `${asked[0] ?? ""} to ${asked.at(-1) ?? ""}`;
    return rows([["next", `PXELINUX finds none of its configurations, ${names}`]]);
  }
  const { outcome } = configuration;
  const content = outcome.kind === "served" ? (outcome.content ?? "") : "";
  return rows([
    ["next", `PXELINUX asks for its configuration: ${describeFile(configuration, server)}`],
    ...entriesIn(content).map((entry): Row => ["", entry]),
  ]);
}

/** Returns the lines of a PXELINUX configuration that determine what it boots. */
function entriesIn(content: string): readonly string[] {
  return content
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => /^(?:default|label|kernel|linux|initrd|append|localboot|include)\b/i.test(line))
    .slice(0, MOST_ENTRIES);
}

function describeScript(text: string, commands: readonly ScriptCommand[], server: Ipv4): readonly string[] {
  const lines = text.trimEnd().split("\n");
  const shown = lines.slice(0, MOST_LINES).map((line) => `    ${line}`);
  const rest = lines.length > MOST_LINES ? [`    … ${counted(lines.length - MOST_LINES, "line")} more`] : [];
  const fetches = commands.map((each, index): Row => [index === 0 ? "fetches" : "", describeCommand(each, server)]);
  return [...shown, ...rest, ...rows(fetches)];
}

function describeCommand(command: ScriptCommand, server: Ipv4): string {
  if (command.kind === "report") return "it reports that it boots, to /booted/MAC";
  return `${command.command} ${describeFile(command.file, server)}`;
}
