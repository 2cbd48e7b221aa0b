import { randomInt } from "node:crypto";
import type { ServedSubnet } from "../dhcp/subnets.js";
import { GENERAL } from "../dhcp/profile-settings.js";
import { classify } from "../dhcp/classify.js";
import type { Client } from "../machine/client.js";
import { CLIENT_PORT, SERVER_PORT } from "../dhcp/destination.js";
import type { Message } from "../dhcp/message.js";
import { Code } from "../options/codes.js";
import type { ClientQuirks } from "../machine/profile.js";
import type { Host } from "../inventory/host.js";
import { LIMITED_BROADCAST, UNSPECIFIED } from "../net/ipv4.js";
import { bootRule } from "./boot-rule.js";
import type { SimulatedMachine } from "./machine.js";
import type { Outcome, Rehearsal, Way } from "./rehearsal.js";
import { requestOf, type Question } from "./requests.js";
import { Rules } from "./rules.js";

/** A request of a machine, its outcome, and everything that the reply depends on. */
export interface Exchange {
  readonly machine: SimulatedMachine;
  readonly message: Message;
  readonly client: Client;
  readonly quirks: ClientQuirks;
  /** The names of the profiles that match the client. */
  readonly profiles: readonly string[];
  readonly host: Host | undefined;
  readonly outcome: Outcome;
  /** The network of the client, and the rules behind the reply; undefined where there is no network for it. */
  readonly told: { readonly served: ServedSubnet; readonly rules: Rules } | undefined;
}

/**
 * Ports of requests. A boot server is asked from the client port (PXE 2.1 2.2.4): a client sends from the port that it
 * receives replies on.
 */
const PORTS = { client: CLIENT_PORT, relay: SERVER_PORT } as const;

/** Sends the server of a configuration a request of a machine. */
export async function exchange(rehearsal: Rehearsal, machine: SimulatedMachine, question: Question): Promise<Exchange> {
  const { config, order, hosts, network } = rehearsal;
  const message = requestOf(machine, question, randomInt(0x1_0000_0000));
  const said = classify(message);
  const quirks = order.profiles.quirksOf(said);
  const client = quirks.kind === undefined ? said : { ...said, kind: quirks.kind };
  const profiles = order.profiles
    .matching(said)
    .map(({ name }) => name)
    .filter((name) => name !== GENERAL);
  const host = await hosts.find(client);
  const outcome = await rehearsal.ask(message, wayOf(rehearsal, machine, question), network.interfaceName);
  const given = outcome.reply?.message.yiaddr ?? UNSPECIFIED;
  const place = given === UNSPECIFIED ? (machine.via ?? network.serverAddress) : given;
  const served = config.subnets.find(({ subnet }) => subnet.contains(place));
  const facts = order.scopes
    .holding(place)
    ?.facts({ interfaceName: network.interfaceName, address: network.serverAddress });
  if (served === undefined || facts === undefined) {
    return { machine, message, client, quirks, profiles, host, outcome, told: undefined };
  }
  const chain = order.settings.chain(network.serverAddress);
  const rule = bootRule({ config, served, host, client, chain });
  const rules = new Rules({ config, served, facts, client, quirks, profiles, host, bootRule: rule });
  return { machine, message, client, quirks, profiles, host, outcome, told: { served, rules } };
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

/** Returns the boot file of a reply, as clients read it: from option 67, else from the header. */
export function bootFileIn({ file, options }: Message): string | undefined {
  const named = options.get(Code.bootFileName)?.toString("utf8").replace(/\0+$/, "") ?? file.toString("utf8");
  return named === "" ? undefined : named;
}
