import { loadConfig, type Config } from "../settings/load.js";
import { embeddedConfig } from "./embedded.js";
import type { Lease } from "../leases/lease.js";
import { CLIENT_PORT } from "../dhcp/destination.js";
import { formatJsonLine } from "../common/text-table.js";
import { systemClock } from "../common/clock.js";
import type { InterfaceAddress } from "../os/interfaces.js";
import { UNSPECIFIED } from "../net/ipv4.js";
import { openSystem } from "../os/system.js";
import { Rehearsal } from "../simulate/rehearsal.js";
import { simulate } from "../simulate/simulate.js";
import { simulationToJson } from "../simulate/simulation-json.js";
import { describeSimulation } from "../simulate/simulation-text.js";
import { simulateOnWire } from "../simulate/simulate-wire.js";
import { openingPort } from "../os/start-error.js";
import { openToRead } from "./open-lease-admin.js";
import { readSimulateRequest, type SimulateRequest } from "./simulate-request.js";
import { CommandError, ExitCode, UsageError, type Terminal } from "./terminal.js";

export const SIMULATE_USAGE = `pybootd simulate: shows what a machine would get, and why

usage: pybootd simulate [-c FILE] [--mac MAC] [--uuid UUID] [--arch ARCH] [--stage STAGE] [--firmware FIRMWARE] [--via IP] [--json]
       pybootd simulate --wire [--interface NAME] [--mac MAC] [--uuid UUID] [--arch ARCH] [--stage STAGE] [--firmware FIRMWARE]

Without --wire the command sends no packet. It answers the machine's requests itself, by the configuration, and prints
them with the line that sets each option, the file that the machine would fetch, and what it would get next. It reads
the leases but does not change them. It asks no mirror and no authority, but reads a file of machines at a URL.

      --wire               ask the servers on the network of an interface, as such a machine would (needs root), and
                           print what each offers, and whether it has the boot file; no address is taken
      --interface NAME     the interface for --wire, if there are several
  -c, --config FILE        the configuration; default: the one that runs without -c
      --mac MAC            the machine's MAC address; default: one that no machine has
      --uuid UUID          its UUID
      --arch ARCH          its architecture: a number (option 93), or a name such as bios, x64, arm64
      --stage STAGE        what asks: rom (its firmware), ipxe, or os
      --firmware FIRMWARE  bios, uefi or http; default: that of the architecture
      --via IP             the relay agent in front of it
      --json               print JSON
  -h, --help               print this, and end

exit codes: 0 done, 1 error, 2 wrong usage
`;

/**
 * Runs `pybootd simulate`.
 *
 * @param args the words after `simulate`
 * @returns the exit code
 * @throws {UsageError}, {@link CommandError}, {@link ConfigError}
 */
export async function runSimulate(args: readonly string[], terminal: Terminal): Promise<number> {
  const request = readSimulateRequest(args);
  if (request === "help") {
    terminal.out(SIMULATE_USAGE);
    return ExitCode.ok;
  }
  await (request.wire ? askServers(request, terminal) : rehearse(request, terminal));
  return ExitCode.ok;
}

async function rehearse({ config: file, machine, json }: SimulateRequest, { out }: Terminal): Promise<void> {
  const config = load(file, (await openSystem()).interfaces());
  if (config.network === undefined) throw new CommandError("DHCP does not run with this configuration on this host");
  const rehearsal = await Rehearsal.open(config, config.network, await keptLeases(file));
  try {
    const found = await simulate(rehearsal, machine);
    out(json ? formatJsonLine(simulationToJson(found)) : `${describeSimulation(found).join("\n")}\n`);
  } finally {
    await rehearsal.close();
  }
}

function load(file: string | undefined, interfaces: readonly InterfaceAddress[]): Config {
  const services = { dhcp: true, tftp: true, http: false };
  if (file !== undefined) return loadConfig({ file, services, interfaces });
  return embeddedConfig(services, interfaces);
}

/** Asks the servers on a link. The error about a taken port names the process that holds it. */
async function askServers({ machine, interfaceName }: SimulateRequest, { out }: Terminal): Promise<void> {
  const { network, interfaces } = await openSystem();
  const link = chooseLink(interfaces(), interfaceName);
  const needed = { service: "asking as a client", protocol: "udp", address: UNSPECIFIED, port: CLIENT_PORT } as const;
  const told = await openingPort(needed, () => simulateOnWire({ network, clock: systemClock, link }, machine));
  out(`${told.join("\n")}\n`);
}

/** @throws {UsageError} where the choice of the network is not clear */
function chooseLink(interfaces: readonly InterfaceAddress[], name: string | undefined): InterfaceAddress {
  const usable = interfaces.filter((entry) => (name === undefined ? !entry.loopback : entry.name === name));
  const names = [...new Set(usable.map((entry) => entry.name))];
  const [link] = usable;
  if (link !== undefined && names.length === 1) return link;
  if (name !== undefined) throw new UsageError(`--interface: ${name} has no IPv4 address here`);
  throw new UsageError(
    link === undefined
      ? "this host has no interface with an IPv4 address but loopback"
      : `this host has several interfaces, ${names.join(", ")}: choose one by --interface`,
  );
}

/** Reads the leases of the daemon or of its database; returns none where neither is available or readable. */
async function keptLeases(file: string | undefined): Promise<readonly Lease[]> {
  const leases: Lease[] = [];
  try {
    const admin = await openToRead(file, { out: () => undefined, err: () => undefined });
    try {
      for await (const lease of admin.list()) leases.push(lease);
    } finally {
      await admin.close();
    }
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
  }
  return leases;
}
