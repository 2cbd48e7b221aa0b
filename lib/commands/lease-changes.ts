import { readFileSync } from "node:fs";
import { importLeases, type ImportedFile, type LeaseFormat } from "../leases/import.js";
import { readAddress } from "../leases/imported.js";
import { formatJsonLine } from "../leases/text-table.js";
import type { Lease } from "../leases/lease.js";
import { asError } from "../net/error.js";
import { formatIpv4 } from "../net/ipv4.js";
import { expectWords, refuseStates, type LeaseRequest } from "./lease-request.js";
import { openToWrite } from "./open-desk.js";
import { CommandError, ExitCode, UsageError, type Terminal } from "./terminal.js";

const FORMATS: Readonly<Record<LeaseFormat, string>> = { csv: "CSV", dnsmasq: "dnsmasq", "isc-dhcpd": "ISC dhcpd" };

/** What stands for standard input. */
const STDIN = "-";

/** No host name in a packet is longer, in octets (RFC 1035 2.3.4); a longer one is left out. */
const LONGEST_NAME = 255;

/** A lease that was not taken, and why. */
interface Skipped {
  readonly address: string;
  readonly mac: string;
  readonly reason: string;
}

/** `pybootd leases release IP` */
export async function release(request: LeaseRequest, terminal: Terminal): Promise<number> {
  expectWords(request, ["IP"]);
  refuseStates(request);
  const [word = ""] = request.words;
  const address = readAddress(word);
  if (address === undefined) throw new UsageError(`expected an IPv4 address to release, got ${word}`);
  const desk = await openToWrite(request.config, terminal);
  try {
    const released = await desk.release(address);
    if (typeof released === "string") throw new CommandError(released);
    const { mac } = released;
    terminal.out(request.json ? formatJsonLine({ released: word, mac }) : `released ${word}, which ${mac} had\n`);
    return ExitCode.ok;
  } finally {
    await desk.close();
  }
}

/** `pybootd leases import FROM` */
export async function importFile(request: LeaseRequest, terminal: Terminal): Promise<number> {
  expectWords(request, ["FROM, a file or -"]);
  refuseStates(request);
  const [name = ""] = request.words;
  const file = importLeases(readText(name));
  for (const { line, expected, got } of file.problems)
    terminal.err(`${name}:${line}: expected ${expected}, got ${got}\n`);
  if (file.format === undefined) return ExitCode.error;
  const leases = latestFirst(file.leases);
  const desk = await openToWrite(request.config, terminal);
  try {
    const skipped = skippedOf(leases, await desk.import(leases));
    terminal.out(request.json ? reportJson(name, file, skipped) : report(name, file, skipped));
  } finally {
    await desk.close();
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

/** Of two leases of one machine the one that is taken first counts: one that it has, and has for longest. */
function latestFirst(leases: readonly Lease[]): readonly Lease[] {
  const rank = ({ state }: Lease): number => (state === "bound" ? 0 : 1);
  return leases
    .map((lease) =>
      Buffer.byteLength(lease.hostName ?? "") > LONGEST_NAME ? { ...lease, hostName: undefined } : lease,
    )
    .sort((one, other) => rank(one) - rank(other) || (one.ends === other.ends ? 0 : other.ends - one.ends));
}

function skippedOf(leases: readonly Lease[], reasons: readonly (string | undefined)[]): readonly Skipped[] {
  return leases
    .flatMap(({ address, mac }, index) => {
      const reason = reasons[index];
      return reason === undefined ? [] : [{ order: address, address: formatIpv4(address), mac, reason }];
    })
    .sort((one, other) => one.order - other.order)
    .map(({ address, mac, reason }) => ({ address, mac, reason }));
}

function report(name: string, file: ImportedFile, skipped: readonly Skipped[]): string {
  const { format = "csv", leases, problems } = file;
  const counts = [
    `${leases.length - skipped.length} taken`,
    `${skipped.length} skipped`,
    ...(problems.length === 0 ? [] : [`${problems.length} ${problems.length === 1 ? "problem" : "problems"}`]),
  ];
  const head = `${name} (${FORMATS[format]}), ${leases.length} leases: ${counts.join(", ")}\n`;
  return head + skipped.map(({ address, mac, reason }) => `  ${address} (${mac}): ${reason}\n`).join("");
}

function reportJson(name: string, file: ImportedFile, skipped: readonly Skipped[]): string {
  const { format, leases, problems } = file;
  return formatJsonLine({
    file: name,
    format,
    read: leases.length,
    taken: leases.length - skipped.length,
    skipped,
    problems,
  });
}
