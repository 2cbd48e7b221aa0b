import { Refusal } from "../common/refusal.js";
import { describeCause } from "../events/causes/describe.js";
import { randomInt } from "node:crypto";
import { CLIENT_PORT, SERVER_PORT } from "../dhcp/destination.js";
import { messageType, type Message } from "../dhcp/message.js";
import { GENERAL } from "../dhcp/profile-settings.js";
import type { Client } from "../machine/client.js";
import { LIMITED_BROADCAST, UNSPECIFIED } from "../net/ipv4.js";
import { Code } from "../options/codes.js";
import type { SimulatedMachine } from "./machine.js";
import { messageName } from "./option-text.js";
import type { Outcome, Rehearsal, Way } from "./rehearsal.js";
import { valuesOf } from "./reply-values.js";
import { requestOf, type Question } from "./requests.js";
import type { Access, Exchange, MatchedProfile } from "./simulation.js";

/** A request of a machine, with what follows from it. */
export interface Asked {
  readonly exchange: Exchange;
  /** The sender as the server knows it; undefined where no port is open for the request. */
  readonly client: Client | undefined;
  readonly reply: Message | undefined;
  /** Why the machine is told nothing to boot, if it is so. */
  readonly noFile: string | undefined;
}

/**
 * Ports of requests. A boot server is asked from the client port (PXE 2.1 2.2.4): a client sends from the port that it
 * receives replies on.
 */
const PORTS = { client: CLIENT_PORT, relay: SERVER_PORT } as const;

/** Sends the server of a configuration a request of a machine. */
export async function exchange(rehearsal: Rehearsal, machine: SimulatedMachine, question: Question): Promise<Asked> {
  const message = requestOf(machine, question, randomInt(0x1_0000_0000));
  const outcome = await rehearsal.ask(message, wayOf(rehearsal, machine, question));
  const { client, answer, reply, said, noFile } = outcome;
  const host = client === undefined ? undefined : await rehearsal.hosts.find(client);
  const made: Exchange = {
    asks: messageName(messageType(message)),
    vendorClass: message.options.get(Code.vendorClass)?.toString("latin1") ?? "",
    known: host?.origins,
    profiles: client === undefined ? [] : profilesOf(rehearsal, client),
    access: accessOf(outcome, rehearsal),
    answer: reply && {
      type: messageName(messageType(reply.message)),
      to: reply.to,
      frame: reply.mac,
      values: valuesOf(reply.message, answer?.origins),
    },
    said,
  };
  return { exchange: made, client, reply: reply?.message, noFile };
}

function wayOf({ network, port, config }: Rehearsal, { via }: SimulatedMachine, question: Question): Way {
  const { serverAddress } = network;
  if (question.kind === "boot-server") {
    const to = { address: serverAddress, port: config.settings.bootpd.pxe_port };
    return { from: { address: question.address, port: PORTS.client }, to };
  }
  return via === undefined
    ? { from: { address: UNSPECIFIED, port: PORTS.client }, to: { address: LIMITED_BROADCAST, port } }
    : { from: { address: via, port: PORTS.relay }, to: { address: serverAddress, port } };
}

function profilesOf({ order }: Rehearsal, client: Client): readonly MatchedProfile[] {
  const matching = order.profiles.matching(client).filter(({ name }) => name !== GENERAL);
  return matching.map(({ name, reason }) => ({ name, reason }));
}

function accessOf({ verdict }: Outcome, { config }: Rehearsal): Access {
  const { access } = config.settings.bootpd;
  const origin = config.origins.of("bootpd", "access");
  if (verdict === undefined) return { verdict: "not asked", reason: undefined, origin };
  if (access === "http") return { verdict: "taken for granted", reason: "its authority is not asked", origin };
  if (verdict instanceof Refusal) return { verdict: "refused", reason: describeCause(verdict.cause), origin };
  return { verdict: access === undefined ? "granted to everybody" : "granted", reason: undefined, origin };
}

/** Returns the boot file of a reply, as clients read it: from option 67, else from the header. */
export function bootFileIn({ file, options }: Message): string | undefined {
  const named = options.get(Code.bootFileName)?.toString("utf8").replace(/\0+$/, "") ?? file.toString("utf8");
  return named === "" ? undefined : named;
}
