import type { MenuItem } from "../boot/menu.js";
import { describeArchitecture } from "../machine/architecture.js";
import { addressOption, messageType, MessageType, type Message } from "../dhcp/message.js";
import { Code } from "../options/codes.js";
import { decodePxeOptions, Discovery } from "../options/pxe.js";
import { counted } from "../common/counted.js";
import { formatIpv4, toIpv4, UNSPECIFIED, type Ipv4 } from "../net/ipv4.js";
import { bootFileIn, exchange, type Exchange } from "./exchange.js";
import { describeExchange } from "./exchange-text.js";
import { fetchFile, type Fetched, type Fetching } from "./fetch.js";
import { withIpxeRunning, type SimulatedMachine } from "./machine.js";
import { describeNext, describeScript, programOf } from "./next-file.js";
import type { Rehearsal } from "./rehearsal.js";
import { rows } from "./text.js";
import { sendsToBootServer } from "./wire.js";

const STAGES = { rom: "its firmware", ipxe: "iPXE", os: "its operating system" } as const;

/** Describes the whole boot process of a machine, in lines for users. Nothing leaves this process. */
export async function simulate(rehearsal: Rehearsal, machine: SimulatedMachine): Promise<readonly string[]> {
  const { config, leases } = rehearsal;
  const behind = machine.via === undefined ? "" : `, behind the relay agent ${formatIpv4(machine.via)}`;
  const known =
    leases.length === 0
      ? "as if nobody had an address"
      : `beside the ${counted(leases.length, "lease that is", "leases that are")} kept`;
  const head = [
    `${machine.mac}, architecture ${describeArchitecture(machine.architecture)}${behind}, by ${config.file}`,
    `without a network, ${known}`,
  ];
  return [...head, ...(await describeStage(rehearsal, machine, 1))];
}

async function describeStage(
  rehearsal: Rehearsal,
  machine: SimulatedMachine,
  step: number,
): Promise<readonly string[]> {
  const { config, machines } = rehearsal;
  const title = ["", `${step}. ${STAGES[machine.stage]}`];
  if (machine.stage === "os" && !config.settings.bootpd.allow_simple_dhcp) {
    machines.update(machine.mac, { ...machines.get(machine.mac), stage: "firmware", uuid: machine.uuid });
    title.push(...rows([["note", "only after its firmware was served here (allow_simple_dhcp is off)"]]));
  }
  const offered = await exchange(rehearsal, machine, { kind: "discover" });
  const told = [...title, ...describeExchange(offered, rehearsal)];
  const offer = offered.outcome.reply?.message;
  if (offer === undefined) return told;
  const ip = offer.yiaddr === UNSPECIFIED ? undefined : offer.yiaddr;
  if (ip !== undefined) told.push(...(await describeTaking(rehearsal, machine, ip, offer)));
  if (machine.stage === "os") return told;
  const { lines, answer } = await askBootServer(rehearsal, machine, offer, ip);
  return [...told, ...lines, ...(await describeBoot(rehearsal, offered, answer, ip, step))];
}

/** Accepts the offered address. */
async function describeTaking(
  rehearsal: Rehearsal,
  machine: SimulatedMachine,
  address: Ipv4,
  offer: Message,
): Promise<readonly string[]> {
  const server = addressOption(offer, Code.serverIdentifier) ?? rehearsal.network.serverAddress;
  const { outcome } = await exchange(rehearsal, machine, { kind: "select", address, server });
  const reply = outcome.reply?.message;
  if (reply === undefined) return rows([["takes it", `no answer: ${outcome.said.join("; ")}`]]);
  const same = messageType(reply) === MessageType.ack && bootFileIn(reply) === bootFileIn(offer);
  return rows([["takes it", same ? "DHCPACK, which says the same" : `otherwise answered: ${outcome.said.join("; ")}`]]);
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
): Promise<{ readonly lines: readonly string[]; readonly answer: Message }> {
  if (!sendsToBootServer(machine, offer)) return { lines: [], answer: offer };
  // Where another server assigns the addresses, any address of the network serves.
  const address = ip ?? toIpv4(rehearsal.network.subnet.broadcast - 1);
  const asked = await exchange(rehearsal, machine, { kind: "boot-server", address });
  const heads = rows([["then", `it asks the boot server, port ${rehearsal.config.settings.bootpd.pxe_port}`]]);
  return {
    lines: [...heads, ...describeExchange(asked, rehearsal, true)],
    answer: asked.outcome.reply?.message ?? offer,
  };
}

/** Describes what the machine boots after a reply, and what it fetches next. */
async function describeBoot(
  rehearsal: Rehearsal,
  { machine, client, outcome }: Exchange,
  answer: Message,
  ip: Ipv4 | undefined,
  step: number,
): Promise<readonly string[]> {
  const fetching: Fetching = { machine, ip, by: client.kind === "http" ? "http" : "tftp", server: answer.siaddr };
  const file = bootFileIn(answer);
  const menu = rehearsal.order.settings.menu;
  if (file === undefined && offersMenu(answer) && menu !== undefined) {
    return describeMenu(rehearsal, menu.items, fetching);
  }
  if (file === undefined) {
    const reason = outcome.said.map((line) => /no boot file: (.*)$/.exec(line)?.[1]).find((each) => each !== undefined);
    return rows([["boots", `nothing from here: ${reason ?? "its firmware goes on with its next entry"}`]]);
  }
  const fetched = await fetchFile(rehearsal, file, fetching);
  const told = rows([["boots", fetched.text]]);
  return [...told, ...(await describeLoaded(rehearsal, fetched, fetching, step))];
}

async function describeLoaded(
  rehearsal: Rehearsal,
  fetched: Fetched,
  fetching: Fetching,
  step: number,
): Promise<readonly string[]> {
  const { name, content, exists, by } = fetched;
  if (name === undefined || !exists) return [];
  const { machine } = fetching;
  if (machine.stage === "ipxe" || name.endsWith(".ipxe")) {
    return content?.startsWith("#!ipxe") === true ? describeScript(rehearsal, content, { ...fetching, by }) : [];
  }
  if (programOf(name) === "ipxe") return describeStage(rehearsal, withIpxeRunning(machine), step + 1);
  return describeNext(rehearsal, fetched, fetching);
}

function offersMenu({ options }: Message): boolean {
  const value = options.get(Code.vendorSpecific);
  if (value === undefined) return false;
  const { bootMenu, discoveryControl = 0 } = decodePxeOptions(value);
  return bootMenu !== undefined && (discoveryControl & Discovery.useBootFile) === 0;
}

async function describeMenu(
  rehearsal: Rehearsal,
  items: readonly MenuItem[],
  fetching: Fetching,
): Promise<readonly string[]> {
  const told: (readonly [string, string])[] = [];
  for (const { label, file } of items) {
    const what = file === undefined ? "the machine's own disk" : (await fetchFile(rehearsal, file, fetching)).text;
    told.push([told.length === 0 ? "menu" : "", `${label}: ${what}`]);
  }
  return rows(told);
}
