import { formatCsv } from "../leases/import/csv.js";
import { readAddress, readHardwareAddress } from "../leases/import/imported.js";
import { hasClientIdPrefix, parseClientId } from "../machine/client-id.js";
import { formatLeaseDetails, formatLeaseJson, formatLeaseTable, SHOWN_STATES, stateOf } from "./lease-list.js";
import type { Lease } from "../leases/lease.js";
import { NO_MAC, parseMac, UNKNOWN_MAC } from "../net/mac.js";
import { importFile, release } from "./lease-changes.js";
import { expectWords, readLeaseRequest, refuseStates, type LeaseRequest } from "./lease-request.js";
import { openToRead } from "./open-lease-admin.js";
import { CommandError, ExitCode, UsageError, type Terminal } from "./terminal.js";

export const LEASES_USAGE = `pybootd leases: shows and changes the leases

usage: pybootd leases list    [-c FILE] [--state STATES] [--json]
       pybootd leases show    [-c FILE] [--json] MAC | IP | id:HEX
       pybootd leases release [-c FILE] [--json] IP
       pybootd leases export  [-c FILE]
       pybootd leases import  [-c FILE] [--json] FROM

  list     prints all leases, ordered by address
  show     prints the leases of one machine, by its MAC address, its IP address, or its client identifier
  release  frees an address, as if its machine had released it
  export   prints all leases as CSV, on standard output
  import   adds the leases of a file (- is standard input) that conflict with nothing known here: CSV, or a file of
           dnsmasq (dnsmasq.leases), Kea (kea-leases4.csv), or ISC's or OpenBSD's dhcpd (dhcpd.leases); prints
           the lines to add to [static_dhcp] for the hosts that dhcpd got by OMAPI

  -c, --config FILE   the configuration of the daemon; default: the one that runs without -c
      --state STATES  only leases in these states, separated by commas: ${SHOWN_STATES.join(", ")}
      --json          print JSON
  -h, --help          print this, and end

The command asks the daemon if it runs; otherwise it reads or changes its lease database.

exit codes: 0 done, 1 not found or refused, 2 wrong usage
`;

const COMMANDS: Readonly<Record<string, (request: LeaseRequest, terminal: Terminal) => Promise<number>>> = {
  list,
  show,
  release,
  export: exportAll,
  import: importFile,
};

/**
 * Runs `pybootd leases`.
 *
 * @param args the words after `leases`
 * @returns the exit code
 * @throws {UsageError}, {@link CommandError}, {@link ControlRefusal}, {@link ConfigError}
 */
export async function runLeases(args: readonly string[], terminal: Terminal): Promise<number> {
  const parsed = readLeaseRequest(args);
  if (parsed === "help") {
    terminal.out(LEASES_USAGE);
    return ExitCode.ok;
  }
  const [name = "", ...words] = parsed.words;
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    const known = Object.keys(COMMANDS).join(", ");
    throw new UsageError(`expected one of ${known} after leases, got ${name === "" ? "nothing" : name}`);
  }
  return command({ ...parsed, words }, terminal);
}

async function list(request: LeaseRequest, terminal: Terminal): Promise<number> {
  expectWords(request, []);
  const now = Date.now();
  const leases = await leasesOf(request, terminal);
  const wanted = leases.filter((lease) => request.states?.includes(stateOf(lease, now)) ?? true);
  terminal.out(request.json ? formatLeaseJson(wanted, now) : formatLeaseTable(wanted, now));
  return ExitCode.ok;
}

async function show(request: LeaseRequest, terminal: Terminal): Promise<number> {
  expectWords(request, ["MAC, IP or id:HEX"]);
  refuseStates(request);
  const [word = ""] = request.words;
  const names = readSubject(word);
  const leases = await leasesOf(request, terminal);
  const found = leases.find(names);
  if (found === undefined) throw new CommandError(`no lease is known of ${word}`);
  const machine = leases.filter((lease) => names(lease) || isSameMachine(lease, found));
  const now = Date.now();
  terminal.out(request.json ? formatLeaseJson(machine, now) : formatLeaseDetails(machine, now));
  return ExitCode.ok;
}

async function exportAll(request: LeaseRequest, terminal: Terminal): Promise<number> {
  expectWords(request, []);
  refuseStates(request);
  if (request.json) throw new UsageError("export writes CSV, and knows no --json");
  terminal.out(formatCsv(await leasesOf(request, terminal)));
  return ExitCode.ok;
}

/** Returns all leases, ordered by address. */
async function leasesOf({ config }: LeaseRequest, terminal: Terminal): Promise<readonly Lease[]> {
  const admin = await openToRead(config, terminal);
  try {
    const leases: Lease[] = [];
    for await (const lease of admin.list()) leases.push(lease);
    return leases.sort((one, other) => one.address - other.address);
  } finally {
    await admin.close();
  }
}

/** @returns a test for the leases that the word names */
function readSubject(word: string): (lease: Lease) => boolean {
  const address = readAddress(word);
  if (address !== undefined) return (lease) => lease.address === address;
  const mac = parseMac(word) ?? readHardwareAddress(word);
  if (mac !== undefined) return (lease) => lease.mac === mac;
  const key = hasClientIdPrefix(word) ? parseClientId(word) : undefined;
  if (key !== undefined) return (lease) => lease.key === key;
  throw new UsageError(
    `expected a MAC address, an IPv4 address, or id: and a client identifier in hexadecimal, got ${word}`,
  );
}

function isSameMachine(one: Lease, other: Lease): boolean {
  return one.key === other.key || (one.mac === other.mac && one.mac !== UNKNOWN_MAC && one.mac !== NO_MAC);
}
