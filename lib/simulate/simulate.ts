import type { MenuItem } from "../boot/menu.js";
import { addressOption, messageType, MessageType, type Message } from "../dhcp/message.js";
import { UNSPECIFIED, type Ipv4 } from "../net/ipv4.js";
import { Code } from "../options/codes.js";
import { decodePxeOptions, Discovery } from "../options/pxe.js";
import { bootFileIn, exchange, type Asked } from "./exchange.js";
import { contentOf, fetchFile, isThere, nameIn, type Fetching } from "./fetch.js";
import { withIpxeRunning, type SimulatedMachine } from "./machine.js";
import { nextOf, programOf, scriptOf } from "./next-file.js";
import type { Rehearsal } from "./rehearsal.js";
import type { Acceptance, Boot, Fetched, Next, SimulatedStage, Simulation } from "./simulation.js";
import { sendsToBootServer } from "./wire.js";

/** Finds out the whole boot process of a machine. Nothing leaves this process. */
export async function simulate(rehearsal: Rehearsal, machine: SimulatedMachine): Promise<Simulation> {
  const { config, leases, network } = rehearsal;
  const stages: SimulatedStage[] = [];
  let running: SimulatedMachine | undefined = machine;
  while (running !== undefined) {
    const stage: SimulatedStage = await runStage(rehearsal, running);
    stages.push(stage);
    running = startsIpxe(stage, running) ? withIpxeRunning(running) : undefined;
  }
  return { machine, file: config.file, serverAddress: network.serverAddress, leases: leases.length, stages };
}

/** Whether a program loads iPXE, which asks as a machine of its own. */
function startsIpxe({ boot }: SimulatedStage, { stage }: SimulatedMachine): boolean {
  if (stage === "ipxe" || boot?.kind !== "file" || !isThere(boot.file)) return false;
  const name = nameIn(boot.file);
  return name !== undefined && !name.endsWith(".ipxe") && programOf(name) === "ipxe";
}

async function runStage(rehearsal: Rehearsal, machine: SimulatedMachine): Promise<SimulatedStage> {
  const { config, machines } = rehearsal;
  const { stage } = machine;
  const afterFirmware = stage === "os" && !config.settings.bootpd.allow_simple_dhcp;
  if (afterFirmware) {
    machines.update(machine.mac, { ...machines.get(machine.mac), stage: "firmware", uuid: machine.uuid });
  }
  const offered = await exchange(rehearsal, machine, { kind: "discover" });
  const common = { stage, afterFirmware, offer: offered.exchange };
  const offer = offered.reply;
  if (offer === undefined) return { ...common, acceptance: undefined, bootServer: undefined, boot: undefined };
  const ip = offer.yiaddr === UNSPECIFIED ? undefined : offer.yiaddr;
  const acceptance = ip === undefined ? undefined : await accept(rehearsal, machine, ip, offer);
  if (stage === "os") return { ...common, acceptance, bootServer: undefined, boot: undefined };
  const asked = await askBootServer(rehearsal, machine, offer, ip);
  const port = config.settings.bootpd.pxe_port;
  return {
    ...common,
    acceptance,
    bootServer: asked && { port, exchange: asked.exchange },
    boot: await bootOf(rehearsal, machine, offered, asked?.reply ?? offer, ip),
  };
}

/** Accepts the offered address. */
async function accept(
  rehearsal: Rehearsal,
  machine: SimulatedMachine,
  address: Ipv4,
  offer: Message,
): Promise<Acceptance> {
  const server = addressOption(offer, Code.serverIdentifier) ?? rehearsal.network.serverAddress;
  const { reply, exchange: asked } = await exchange(rehearsal, machine, { kind: "select", address, server });
  const { said } = asked;
  if (reply === undefined) return { same: false, answered: false, said };
  const same = messageType(reply) === MessageType.ack && bootFileIn(reply) === bootFileIn(offer);
  return { same, answered: true, said };
}

/**
 * Asks the boot server where firmware would, as EDK2 does: when the offer contains neither the instruction to boot at
 * once nor a menu.
 */
async function askBootServer(
  rehearsal: Rehearsal,
  machine: SimulatedMachine,
  offer: Message,
  ip: Ipv4 | undefined,
): Promise<Asked | undefined> {
  if (!sendsToBootServer(machine, offer)) return undefined;
  return exchange(rehearsal, machine, { kind: "boot-server", address: ip ?? rehearsal.otherAddress });
}

/** Finds out what the machine boots after a reply. */
async function bootOf(
  rehearsal: Rehearsal,
  machine: SimulatedMachine,
  { client, noFile }: Asked,
  answer: Message,
  ip: Ipv4 | undefined,
): Promise<Boot> {
  const fetching: Fetching = { machine, ip, by: client?.kind === "http" ? "http" : "tftp", server: answer.siaddr };
  const file = bootFileIn(answer);
  const { menu } = rehearsal.order.settings;
  if (file === undefined && offersMenu(answer) && menu !== undefined) return menuOf(rehearsal, menu.items, fetching);
  if (file === undefined) return { kind: "nothing", reason: noFile };
  const fetched = await fetchFile(rehearsal, file, fetching);
  return { kind: "file", file: fetched, next: await afterLoading(rehearsal, fetched, fetching) };
}

async function afterLoading(rehearsal: Rehearsal, fetched: Fetched, fetching: Fetching): Promise<Next | undefined> {
  const name = nameIn(fetched);
  if (name === undefined || !isThere(fetched)) return undefined;
  if (fetching.machine.stage === "ipxe" || name.endsWith(".ipxe")) {
    const content = contentOf(fetched);
    const from = { ...fetching, by: fetched.by };
    return content?.startsWith("#!ipxe") === true ? scriptOf(rehearsal, content, from) : undefined;
  }
  return programOf(name) === "ipxe" ? undefined : nextOf(rehearsal, fetched, fetching);
}

function offersMenu({ options }: Message): boolean {
  const value = options.get(Code.vendorSpecific);
  if (value === undefined) return false;
  const { bootMenu, discoveryControl = 0 } = decodePxeOptions(value);
  return bootMenu !== undefined && (discoveryControl & Discovery.useBootFile) === 0;
}

async function menuOf(rehearsal: Rehearsal, items: readonly MenuItem[], fetching: Fetching): Promise<Boot> {
  const found: { readonly label: string; readonly file: Fetched | undefined }[] = [];
  for (const { label, file } of items) {
    found.push({ label, file: file === undefined ? undefined : await fetchFile(rehearsal, file, fetching) });
  }
  return { kind: "menu", items: found };
}
