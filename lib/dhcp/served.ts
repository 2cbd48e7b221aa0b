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
import { Code } from "../options/codes.js";
import type { ClientQuirks } from "../machine/profile.js";
import type { RelayNotes } from "./relay.js";
import type { NetworkFacts } from "./reply.js";
import type { Networks, Scope } from "./scope.js";

/** A request of a machine that may be served. */
export interface Served {
  readonly message: Message;
  readonly client: Client;
  /** The quirks of the client's kind. */
  readonly quirks: ClientQuirks;
  /** The decision on a boot-only request; undefined for an address request. */
  readonly boot: Exclude<BootDecision, { kind: "pass" }> | undefined;
  readonly source: Endpoint;
  /** The link that the request came in on and its answer leaves by. */
  readonly link: Link;
  readonly notes: RelayNotes;
  /** All networks of the machine's link, in the order in which they serve it. */
  readonly networks: Networks;
  /** The one of these networks that serves the request. */
  readonly scope: Scope;
  /** The key of the machine's lease in that network. */
  readonly key: LeaseKey;
  readonly stage: Stage;
  readonly state: MachineRecord;
  /** The inventory entry of the machine. */
  readonly host: Host | undefined;
}

/** The findings about a machine that its answer depends on. */
type Findings = Pick<Served, "stage" | "state" | "host">;

/**
 * Returns a request with the findings about its machine. Copies field by field: `...` is slow, and this runs for each
 * packet.
 */
export function servedAs(request: Omit<Served, keyof Findings>, { stage, state, host }: Findings): Served {
  const { message, client, quirks, boot, source, link, notes, networks, scope, key } = request;
  return { message, client, quirks, boot, source, link, notes, networks, scope, key, stage, state, host };
}

/** Returns the request as seen by each network of its link, in order. */
export function* inEachNetwork(request: Served): Generator<Served> {
  for (const scope of request.networks) {
    yield scope === request.scope ? request : { ...request, scope, key: scope.leases.keyOf(request.client) };
  }
}

/** Whether the machine is on the link itself, where ARP reaches it. */
export function isDirect({ message }: Served): boolean {
  return message.giaddr === UNSPECIFIED;
}

/** The longest host name (RFC 1035 2.3.4). Limits what a client can add to each lease on disk. */
const LONGEST_NAME = 255;

/** Returns the holder of the lease: key, hardware address and host name. */
export function holderOf(request: Served): Holder {
  const { message, client, key } = request;
  const told = message.options.get(Code.hostName)?.subarray(0, LONGEST_NAME).toString("utf8").replace(/\0.*$/s, "");
  // Treat an empty name as absent.
  return { key, mac: client.mac, hostName: hostNameOf(request) ?? (told === "" ? undefined : told) };
}

/** Returns the host name given by the authority, else that of the inventory. */
export function hostNameOf({ state, host }: Served): string | undefined {
  return state.hostName ?? host?.hostName;
}

/** Returns the network's parameters for this machine, with the server identifier of its relay agent (RFC 5107). */
export function factsOf({ scope, link, host, notes: { serverIdentifier } }: Served): NetworkFacts {
  const facts = host === undefined ? scope.facts(link) : factsFor(host, scope.facts(link));
  return serverIdentifier === undefined ? facts : { ...facts, serverIdentifier };
}

/** Returns the machine of a request for events; a UUID that the request lacks is taken from the record. */
export function machineOf({ client, state }: Served): Machine {
  return { mac: client.mac, uuid: client.uuid ?? state.uuid, architecture: client.architecture, kind: client.kind };
}

/** Returns an INFORM with ciaddr as if not relayed: its answer goes directly to the client (RFC 2131 4.3.5). */
export function past(request: Served): Served {
  const { message } = request;
  if (message.ciaddr === UNSPECIFIED) return request;
  const options = new Map(message.options);
  options.delete(Code.relayAgentInformation);
  return { ...request, message: { ...message, giaddr: UNSPECIFIED, options } };
}
