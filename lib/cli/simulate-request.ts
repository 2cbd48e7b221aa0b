import { architectureCalled, httpTwin } from "../machine/architecture.js";
import { parseIpv4, type Ipv4 } from "../net/ipv4.js";
import { parseMac, type Mac } from "../net/mac.js";
import { parseUuid, type Uuid } from "../net/uuid.js";
import {
  firmwareOf,
  usualArchitecture,
  type BootStage,
  type Firmware,
  type SimulatedMachine,
} from "../simulate/machine.js";
import { readArguments } from "./arguments.js";
import { UsageError } from "./terminal.js";

/** The parsed arguments of `pybootd simulate`. */
export interface SimulateRequest {
  readonly config: string | undefined;
  readonly machine: SimulatedMachine;
  /** Whether to ask the servers on the network. */
  readonly wire: boolean;
  readonly interfaceName: string | undefined;
  /** Whether to print JSON. */
  readonly json: boolean;
}

const FIRMWARES: readonly Firmware[] = ["bios", "uefi", "http"];
const STAGES: readonly BootStage[] = ["rom", "ipxe", "os"];

/** The default MAC address: locally administered, so that no network card has it. */
const NOBODY = "02:00:00:00:00:01";

const TEXT = { type: "string" } as const;
const MACHINE = { mac: TEXT, uuid: TEXT, arch: TEXT, stage: TEXT, firmware: TEXT, via: TEXT };
const FLAG = { type: "boolean", default: false } as const;
const OPTIONS = { ...MACHINE, wire: FLAG, json: FLAG, interface: TEXT } as const;

/** The options that describe the machine, as texts. */
type Texts = Readonly<Partial<Record<keyof typeof MACHINE, string>>>;

/**
 * Reads the words after `pybootd simulate`.
 *
 * @throws {UsageError}
 */
export function readSimulateRequest(args: readonly string[]): SimulateRequest | "help" {
  const { values } = readArguments(args, OPTIONS);
  if (values.help === true) return "help";
  const { config, wire, json, interface: interfaceName } = values;
  const machine = machineOf(values);
  if (wire && machine.via !== undefined) throw new UsageError("--via is for machines that are not on the wire here");
  if (wire && config !== undefined) throw new UsageError("--wire asks the servers that run, whatever a file says");
  if (!wire && interfaceName !== undefined) throw new UsageError("--interface is for --wire");
  if (wire && json) throw new UsageError("--json is for what is found out without --wire");
  return { config, machine, wire, interfaceName, json };
}

function machineOf({ mac, uuid, arch, stage, firmware, via }: Texts): SimulatedMachine {
  const hardware = read("mac", mac ?? NOBODY, parseMac, "a MAC address");
  const kind = firmware === undefined ? undefined : oneOf("firmware", firmware, FIRMWARES);
  const { architecture, firmware: has } = platformOf(arch, kind);
  return {
    mac: hardware,
    uuid: uuid === undefined ? uuidFor(hardware) : read("uuid", uuid, parseUuid, "a UUID"),
    stage: stage === undefined ? "rom" : oneOf("stage", stage, STAGES),
    firmware: has,
    architecture,
    via: via === undefined ? undefined : read<Ipv4>("via", via, parseIpv4, "the IPv4 address of a relay agent"),
  };
}

function platformOf(
  arch: string | undefined,
  firmware: Firmware | undefined,
): Pick<SimulatedMachine, "architecture" | "firmware"> {
  if (arch === undefined) return { architecture: usualArchitecture(firmware ?? "bios"), firmware: firmware ?? "bios" };
  const expected = "a number of option 93, or a name such as bios, x64, arm64 or x64 UEFI HTTP";
  const named = read("arch", arch, architectureCalled, expected);
  const architecture = firmware === "http" ? (httpTwin(named) ?? named) : named;
  return { architecture, firmware: firmware ?? firmwareOf(architecture) };
}

/** Derives a UUID from the MAC address, so that a machine has the same one in each run. */
function uuidFor(mac: Mac): Uuid {
  return `00000000-0000-0000-0000-${mac.replaceAll(":", "")}` as Uuid;
}

function read<T>(option: string, text: string, parser: (text: string) => T | undefined, expected: string): T {
  const value = parser(text);
  if (value === undefined) throw new UsageError(`--${option}: expected ${expected}, got ${JSON.stringify(text)}`);
  return value;
}

function oneOf<T extends string>(option: string, text: string, known: readonly T[]): T {
  return read(option, text, (each) => known.find((one) => one === each), known.join(", "));
}
