import type { Stage } from "../machine/stage.js";
import type { Machine } from "../events/event.js";
import type { Host } from "../inventory/host.js";
import type { LeaseKey } from "../machine/lease-key.js";
import type { Holder } from "../leases/leases.js";
import { UNSPECIFIED } from "../net/ipv4.js";
import type { Endpoint } from "../os/udp.js";
import type { Client } from "../machine/client.js";
import type { BootDecision } from "./decide-boot.js";
import { factsFor } from "./host-facts.js";
import type { Link } from "./link.js";
import type { MachineRecord } from "../machine/records.js";
import type { Message } from "./message.js";
import { Code } from "../options/registry.js";
import type { ClientQuirks } from "../machine/profile.js";
import type { RelayNotes } from "./relay.js";
import type { NetworkFacts } from "./reply.js";
import type { Networks, Scope } from "./scope.js";

/** A request of a machine that may be served. */
export interface Served {
  readonly message: Message;
  readonly client: Client;
  /** What the machine's kind needs. */
  readonly quirks: ClientQuirks;
  /** What is to be told where only booting is asked for; undefined where an address is. */
  readonly boot: Exclude<BootDecision, { kind: "pass" }> | undefined;
  readonly source: Endpoint;
  /** Where it came in, and its answer leaves. */
  readonly link: Link;
  readonly notes: RelayNotes;
  /** All networks of the machine's link, in the order in which they serve it. */
  readonly networks: Networks;
  /** The one of these that serves it. */
  readonly scope: Scope;
  /** By which name the machine holds its lease there. */
  readonly key: LeaseKey;
  readonly stage: Stage;
  readonly state: MachineRecord;
  /** What is known of the machine beforehand. */
  readonly host: Host | undefined;
}

/** What an answer goes by beside the request: what is known of its machine. */
type Findings = Pick<Served, "stage" | "state" | "host">;

/** A request with what is known of its machine. Written out, since copying by `...` is slow and each packet needs it. */
export function servedAs(request: Omit<Served, keyof Findings>, { stage, state, host }: Findings): Served {
  const { message, client, quirks, boot, source, link, notes, networks, scope, key } = request;
  return { message, client, quirks, boot, source, link, notes, networks, scope, key, stage, state, host };
}

/** The request as each network of its link would serve it, in their order. */
export function* inEachNetwork(request: Served): Generator<Served> {
  for (const scope of request.networks) {
    yield scope === request.scope ? request : { ...request, scope, key: scope.leases.keyOf(request.client) };
  }
}

/** Whether the machine is on the link itself, where ARP reaches it. */
export function isDirect({ message }: Served): boolean {
  return message.giaddr === UNSPECIFIED;
}

/** No host has a longer name (RFC 1035 2.3.4); what is on disk for each lease is not for a client to make larger. */
const LONGEST_NAME = 255;

/** By which name the machine holds a lease, and what it is called. */
export function holderOf(request: Served): Holder {
  const { message, client, key } = request;
  const told = message.options.get(Code.hostName)?.subarray(0, LONGEST_NAME).toString("utf8").replace(/\0.*$/s, "");
  // A name of which nothing is left is none.
  return { key, mac: client.mac, hostName: hostNameOf(request) ?? (told === "" ? undefined : told) };
}

/** What the authority calls the machine, else what it is known as. */
export function hostNameOf({ state, host }: Served): string | undefined {
  return state.hostName ?? host?.hostName;
}

/** What the machine is told of its network, by us as its relay agent names us (RFC 5107). */
export function factsOf({ scope, link, host, notes: { serverIdentifier } }: Served): NetworkFacts {
  const facts = host === undefined ? scope.facts(link) : factsFor(host, scope.facts(link));
  return serverIdentifier === undefined ? facts : { ...facts, serverIdentifier };
}

/** The machine of a request, with what was remembered of it where the request itself does not say. */
export function machineOf({ client, state }: Served): Machine {
  return { mac: client.mac, uuid: client.uuid ?? state.uuid, architecture: client.architecture, kind: client.kind };
}

/** RFC 2131 4.3.5: who has an address is told there what it asked for, past the relay agent that it went through. */
export function past(request: Served): Served {
  const { message } = request;
  if (message.ciaddr === UNSPECIFIED) return request;
  const options = new Map(message.options);
  options.delete(Code.relayAgentInformation);
  return { ...request, message: { ...message, giaddr: UNSPECIFIED, options } };
}
