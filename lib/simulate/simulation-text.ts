import { counted } from "../common/counted.js";
import { describeArchitecture } from "../machine/architecture.js";
import { formatIpv4 } from "../net/ipv4.js";
import { describeBoot } from "./boot-text.js";
import { describeExchange } from "./exchange-text.js";
import type { Acceptance, SimulatedStage, Simulation } from "./simulation.js";
import { rows } from "./text.js";

const STAGES = { rom: "its firmware", ipxe: "iPXE", os: "its operating system" } as const;

/** Describes a simulation, in lines for users. */
export function describeSimulation(simulation: Simulation): readonly string[] {
  const { machine, file, leases, stages } = simulation;
  const behind = machine.via === undefined ? "" : `, behind the relay agent ${formatIpv4(machine.via)}`;
  const known =
    leases === 0
      ? "as if nobody had an address"
      : `beside the ${counted(leases, "lease that is", "leases that are")} kept`;
  return [
    `${machine.mac}, architecture ${describeArchitecture(machine.architecture)}${behind}, by ${file}`,
    `without a network, ${known}`,
    ...stages.flatMap((stage, index) => [
      "",
      `${index + 1}. ${STAGES[stage.stage]}`,
      ...describeStage(stage, simulation),
    ]),
  ];
}

function describeStage(stage: SimulatedStage, { serverAddress }: Simulation): readonly string[] {
  const { afterFirmware, offer, acceptance, bootServer, boot } = stage;
  const note = "only after its firmware was served here (allow_simple_dhcp is off)";
  return [
    ...(afterFirmware ? rows([["note", note]]) : []),
    ...describeExchange(offer),
    ...(acceptance === undefined ? [] : rows([["takes it", describeAcceptance(acceptance)]])),
    ...(bootServer === undefined
      ? []
      : [
          ...rows([["then", `it asks the boot server, port ${bootServer.port}`]]),
          ...describeExchange(bootServer.exchange, true),
        ]),
    ...(boot === undefined ? [] : describeBoot(boot, serverAddress)),
  ];
}

function describeAcceptance({ same, answered, said }: Acceptance): string {
  if (!answered) return `no answer: ${said.join("; ")}`;
  return same ? "DHCPACK, which says the same" : `otherwise answered: ${said.join("; ")}`;
}
