import type { InventoryCause } from "../events/causes/inventory.js";
import type { Machine } from "../events/event.js";
import type { Host } from "../inventory/host.js";
import type { Holder, LeaseView } from "../leases/allocator.js";
import type { LeaseKey } from "../machine/lease-key.js";
import type { Client } from "../machine/client.js";
import type { MachineRecord } from "../machine/records.js";
import type { Stage } from "../machine/stage.js";
import { UNSPECIFIED } from "../net/ipv4.js";
import { Code } from "../options/codes.js";
import { askedAddress } from "./decide.js";
import type { BootDecision } from "./decide-boot.js";
import { factsFor } from "./host-facts.js";
import type { NetworkFacts } from "./reply-facts.js";
import { RequestMachine, toldHostName } from "./request-machine.js";
import type { Request, Sender } from "./request.js";
import type { Networks, Scope } from "./scope.js";

/** Where a request is served, and as what. */
export interface Place {
  /** The decision on a boot-only request; undefined for an address request. */
  readonly boot: Exclude<BootDecision, { kind: "pass" }> | undefined;
  /** All networks of the machine's link, in the order in which they serve it. */
  readonly networks: Networks;
  /** The one of these networks that serves the request. */
  readonly scope: Scope;
  /** The key of the machine's lease in that network. */
  readonly key: LeaseKey;
  /** The leases of the machine there, before anything is done about the request. */
  readonly leases: LeaseView;
}

/** A machine that may be served. */
export interface ServedMachine extends Sender {
  readonly stage: Stage;
  readonly record: MachineRecord;
  /** The inventory entry of the machine. */
  readonly host: Host | undefined;
  /** The cause by which the inventory is not known yet; undefined where it is. */
  readonly notKnown: InventoryCause | undefined;
}

/** A request of a machine that may be served. */
export interface Served {
  readonly request: Request;
  readonly machine: ServedMachine;
  readonly place: Place;
}

/** Returns one of the networks as the place where a request is served, with what is known there now. */
export function placeIn(
  scope: Scope,
  networks: Networks,
  { message }: Request,
  client: Client,
  boot: Place["boot"],
): Place {
  const key = scope.allocator.keyOf(client);
  return { boot, networks, scope, key, leases: scope.allocator.look(key, askedAddress(message)) };
}

/** Returns the request as seen by one network of its link, with what is known there now. */
export function servedIn(scope: Scope, { request, machine, place }: Served): Served {
  const { networks, boot } = place;
  return { request, machine, place: placeIn(scope, networks, request, machine.client, boot) };
}

/** Whether the machine is on the link itself, where ARP reaches it. */
export function isDirect({ message }: Request): boolean {
  return message.giaddr === UNSPECIFIED;
}

/** Returns the holder of the lease: key, hardware address and host name. */
export function holderOf({ request, machine, place }: Served): Holder {
  const hostName = hostNameOf(machine) ?? toldHostName(request.message);
  return { key: place.key, mac: machine.client.mac, hostName };
}

/** Returns the host name given by the authority, else that of the inventory. */
export function hostNameOf({ record, host }: ServedMachine): string | undefined {
  return record.hostName ?? host?.hostName;
}

/** Returns the network's parameters for this machine, with the server identifier of its relay agent (RFC 5107). */
export function factsOf({ request: { link, notes }, machine: { host }, place: { scope } }: Served): NetworkFacts {
  const facts = host === undefined ? scope.facts(link) : factsFor(host, scope.facts(link));
  const { serverIdentifier } = notes;
  return serverIdentifier === undefined ? facts : { ...facts, serverIdentifier };
}

/** Returns the machine of a request for events; a UUID that the request lacks is taken from the record. */
export function machineOf({ request, machine: { client, record } }: Served): Machine {
  return new RequestMachine(request, client, record.uuid);
}

/** Returns an INFORM with ciaddr as if not relayed: its answer goes directly to the client (RFC 2131 4.3.5). */
export function past(served: Served): Served {
  const { request, machine, place } = served;
  const { message } = request;
  if (message.ciaddr === UNSPECIFIED) return served;
  const options = new Map(message.options);
  options.delete(Code.relayAgentInformation);
  return { request: { ...request, message: { ...message, giaddr: UNSPECIFIED, options } }, machine, place };
}
