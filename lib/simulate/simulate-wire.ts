import { request as httpRequest } from "undici";
import { describeArchitecture } from "../machine/architecture.js";
import { addressOption, messageType, type Message } from "../dhcp/message.js";
import { Code } from "../options/codes.js";
import { counted } from "../common/counted.js";
import { asError } from "../common/error.js";
import { formatIpv4, parseIpv4, UNSPECIFIED, type Ipv4 } from "../net/ipv4.js";
import { bootFileIn } from "./exchange.js";
import { describeValues } from "./exchange-text.js";
import { valuesOf } from "./reply-values.js";
import { firstBlock } from "./first-block.js";
import type { SimulatedMachine } from "./machine.js";
import { messageName } from "./option-text.js";
import { rows } from "./text.js";
import { sendsToBootServer, WireClient, type Heard, type WireParts } from "./wire.js";

const HEAD_PATIENCE = 5000;

/**
 * Describes what the servers on a link offer a machine, in lines for users. Accepts no address; a server that offers
 * one reserves it for the machine for a while.
 *
 * @throws the system's error where the clients' port cannot be opened
 */
export async function simulateOnWire(parts: WireParts, machine: SimulatedMachine): Promise<readonly string[]> {
  const { link } = parts;
  const client = await WireClient.open(parts);
  try {
    const place = `${link.name}, where this host is ${formatIpv4(link.address)}`;
    const head = `${machine.mac}, architecture ${describeArchitecture(machine.architecture)}, on ${place}`;
    const offers = await client.offers(machine);
    const told: string[] = [];
    for (const offer of offers) told.push("", ...(await describeServer(parts, client, machine, offer)));
    const count = offers.length === 0 ? "nobody answers" : counted(offers.length, "answer");
    return [head, count, ...told];
  } finally {
    client.close();
  }
}

async function describeServer(
  parts: WireParts,
  client: WireClient,
  machine: SimulatedMachine,
  { message, from }: Heard,
): Promise<readonly string[]> {
  const server = addressOption(message, Code.serverIdentifier) ?? from.address;
  const what = message.yiaddr === UNSPECIFIED ? "no address, only what to boot" : formatIpv4(message.yiaddr);
  const told = [`${formatIpv4(server)}: ${messageName(messageType(message))} of ${what}`, ...describe(message)];
  if (!sendsToBootServer(machine, message)) return [...told, ...(await describeFile(parts, message, from.address))];
  const answer = await client.bootServer(machine, server);
  if (answer === undefined) {
    const silence = rows([["then", `firmware asks its port 4011, and nothing answers`]]);
    return [...told, ...silence, ...(await describeFile(parts, message, from.address))];
  }
  const asked = rows([["then", `firmware asks its port 4011: ${messageName(messageType(answer.message))}`]]);
  return [...told, ...asked, ...describe(answer.message), ...(await describeFile(parts, answer.message, from.address))];
}

function describe(message: Message): readonly string[] {
  return describeValues(valuesOf(message)).map((line) => `  ${line}`);
}

/** Checks whether the boot file of a reply exists. */
async function describeFile(parts: WireParts, message: Message, sender: Ipv4): Promise<readonly string[]> {
  const file = bootFileIn(message);
  if (file === undefined) return rows([["boots", "nothing that it names"]]);
  if (/^https?:/i.test(file)) return rows([["boots", `${file}: ${await headOf(file)}`]]);
  const { network, clock, link } = parts;
  const [, host = "", path] = /^tftp:\/\/([^/:]+)(?::\d+)?\/(.*)$/i.exec(file) ?? [];
  const server = parseIpv4(host) ?? tftpServerIn(message) ?? sender;
  const name = path ?? file;
  const found = await firstBlock({ network, clock, from: link.address, server, name });
  return rows([["boots", `${name}, by TFTP from ${formatIpv4(server)}: ${found}`]]);
}

function tftpServerIn({ siaddr, options }: Message): Ipv4 | undefined {
  if (siaddr !== UNSPECIFIED) return siaddr;
  return parseIpv4(options.get(Code.tftpServerName)?.toString("latin1").replace(/\0+$/, "") ?? "");
}

async function headOf(url: string): Promise<string> {
  try {
    const signal = AbortSignal.timeout(HEAD_PATIENCE);
    const { statusCode, headers, body } = await httpRequest(url, { method: "HEAD", signal });
    await body.dump();
    const size = headers["content-length"];
    const type = headers["content-type"];
    return [
      `HEAD gives ${statusCode}`,
      ...(size === undefined ? [] : [counted(Number(size), "octet")]),
      type?.toString() ?? "",
    ]
      .filter((part) => part !== "")
      .join(", ");
  } catch (error) {
    return `no answer to HEAD: ${asError(error).message}`;
  }
}
