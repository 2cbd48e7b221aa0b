import type { Grant, Verdict } from "../access/access.js";
import { asError } from "../common/error.js";
import { Refusal } from "../common/refusal.js";
import type { AccessCause } from "../events/causes/access.js";
import type { LeftCause } from "../events/causes/boot.js";
import type { InventoryCause } from "../events/causes/inventory.js";
import type { EventBus } from "../events/event.js";
import type { Host } from "../inventory/host.js";
import { notKnownYet } from "../inventory/source.js";
import { isFirmware, type Client } from "../machine/client.js";
import { stageOf, type MachineRecord, type MachineTable } from "../machine/records.js";
import type { Stage } from "../machine/stage.js";
import { askedAddress } from "./decide.js";
import { givesUpAddress, messageType, MessageType } from "./message.js";
import { RequestMachine } from "./request-machine.js";
import type { DhcpOrder, DhcpSettings } from "./order.js";
import type { Request, Sender } from "./request.js";
import type { Place, Served } from "./served.js";
import { SlowRequests } from "./slow-requests.js";

/** The parts an {@link Admission} is built from. */
export interface AdmissionParts {
  readonly machines: MachineTable;
  readonly events: EventBus;
  /** Returns the current configuration. */
  readonly order: () => Pick<DhcpOrder, "access" | "hosts" | "settings">;
  /** Returns where a request is served now; undefined where it is not, after reporting why. */
  readonly placeOf: (request: Request, client: Client, boot: Place["boot"]) => Place | undefined;
  /** Called with each request that may be served. */
  readonly serve: (served: Served) => void;
  /** Called with any error of a request that waited. */
  readonly onError: (error: unknown) => void;
}

/** The inventory entry of a machine, or the cause by which it could not be looked up. */
interface Known {
  readonly host: Host | undefined;
  readonly notKnown?: InventoryCause;
}

/** Admits the requests of machines that may be served: by their record, the access check and the inventory. */
export class Admission {
  readonly #parts: AdmissionParts;
  readonly #slow: SlowRequests;

  constructor(parts: AdmissionParts) {
    this.#parts = parts;
    this.#slow = new SlowRequests(parts.onError);
  }

  /** Serves a request if its machine may be served; at once if access and inventory answer synchronously. */
  admit(request: Request, sender: Sender, place: Place): void {
    const { order, serve } = this.#parts;
    const { access, hosts, settings } = order();
    const { message } = request;
    const { client, quirks } = sender;
    const record = this.#recordOf(client, place);
    if (givesUpAddress(message)) {
      const stage = record.stage ?? "system";
      serve({ request, machine: { client, quirks, stage, record, host: undefined, notKnown: undefined }, place });
      return;
    }
    const confirms = messageType(message) === MessageType.request || client.kind === "bootp";
    const stage = stageOf(client, record.stage, confirms, settings.allowSimple);
    if (stage === undefined) {
      this.#ignore(request, client, { code: "not-seen-to-boot" });
      return;
    }
    if (this.#slow.holds(request, client.mac)) return;
    const verdict = access.judge({
      mac: client.mac,
      uuid: client.uuid ?? record.uuid,
      stage,
      entering: stage !== record.stage,
      address: place.leases.own,
    });
    const found = hosts.find(client);
    if (!(verdict instanceof Promise) && !(found instanceof Promise)) {
      this.#proceed(request, sender, place, stage, verdict, { host: found });
      return;
    }
    this.#slow.wait(request, client.mac, Promise.all([verdict, knownLater(found)]), ([granted, known]) => {
      // Networks, leases and the key of the machine may have changed meanwhile.
      const current = this.#parts.placeOf(request, client, place.boot);
      if (current !== undefined) this.#proceed(request, sender, current, stage, granted, known);
    });
  }

  /**
   * Returns the record of a machine. A machine without a record that has a lease from an earlier run counts as booted.
   */
  #recordOf({ mac }: Client, { leases }: Place): MachineRecord {
    const { machines } = this.#parts;
    const record = machines.get(mac);
    return !machines.knows(mac) && leases.state === "bound" ? { ...record, stage: "system" } : record;
  }

  #proceed(request: Request, sender: Sender, place: Place, stage: Stage, verdict: Verdict, known: Known): void {
    const { events, order, serve } = this.#parts;
    const { client, quirks } = sender;
    if (verdict instanceof Refusal) {
      this.#refuse(request, client, verdict.cause);
      return;
    }
    const { host, notKnown = causeOf(order().hosts) } = known;
    if (host?.disabled === true) {
      this.#refuse(request, client, { code: "disabled", where: host.origins });
      return;
    }
    if (host === undefined && notKnown !== undefined) {
      this.#serveMeanwhile(request, sender, place, stage, notKnown);
      return;
    }
    const cause = whyLeft(host, order().settings);
    if (cause !== undefined) {
      events.publish({ kind: "dhcp-left", machine: new RequestMachine(request, client), cause });
      return;
    }
    const record = this.#remember(sender, stage, verdict);
    serve({ request, machine: { client, quirks, stage, record, host, notKnown }, place });
  }

  /** Updates the record of a machine that is served. */
  #remember({ client, quirks }: Sender, stage: Stage, verdict: Grant): MachineRecord {
    const { machines } = this.#parts;
    const former = machines.get(client.mac);
    // The boot file of an authority holds until the authority names another one or the machine restarts.
    const restarted = isFirmware(client) && former.stage !== stage;
    return machines.update(client.mac, {
      stage,
      uuid: client.uuid ?? former.uuid,
      architecture: client.architecture ?? former.architecture,
      hostName: verdict.hostName ?? former.hostName,
      file: verdict.file ?? (restarted ? undefined : former.file),
      quirks: isFirmware(client) ? quirks : former.quirks,
      isIpxe: client.ipxe !== undefined,
    });
  }

  /** Serves a machine that may be known or not: it keeps its lease, and nothing is remembered or forgotten of it. */
  #serveMeanwhile(
    request: Request,
    { client, quirks }: Sender,
    place: Place,
    stage: Stage,
    notKnown: InventoryCause,
  ): void {
    if (place.boot !== undefined) {
      this.#ignore(request, client, notKnown);
      return;
    }
    const record = this.#recordOf(client, place);
    // A reservation, which is not known, may make the other of its names the key of its lease.
    let { key, leases } = place;
    for (const name of [client.clientId, client.mac]) {
      if (name === undefined || leases.state === "bound") continue;
      const other = place.scope.allocator.look(name, askedAddress(request.message));
      if (other.state === "bound") [key, leases] = [name, other];
    }
    const machine = { client, quirks, stage, record, host: undefined, notKnown };
    this.#parts.serve({ request, machine, place: { ...place, key, leases } });
  }

  /** Refuses a machine: it has to begin with its firmware again. */
  #refuse(request: Request, client: Client, cause: AccessCause): void {
    const { machines } = this.#parts;
    machines.update(client.mac, { ...machines.get(client.mac), stage: undefined });
    this.#ignore(request, client, cause);
  }

  #ignore(request: Request, client: Client, cause: AccessCause | InventoryCause): void {
    const machine = new RequestMachine(request, client);
    this.#parts.events.publish({ kind: "dhcp-ignored", machine, cause, grave: false });
  }
}

/** Returns the cause by which it is not known yet who is known. */
function causeOf(hosts: DhcpOrder["hosts"]): InventoryCause | undefined {
  const reason = notKnownYet(hosts);
  return reason === undefined ? undefined : { code: "inventory-unknown", reason };
}

/** Returns the cause by which a machine is left to another server; undefined where it is served. */
function whyLeft(
  host: Host | undefined,
  { knownOnly, reservedOnly }: Pick<DhcpSettings, "knownOnly" | "reservedOnly">,
): LeftCause | undefined {
  if (knownOnly && host === undefined) return { code: "not-known-here" };
  return reservedOnly && host?.address === undefined ? { code: "nothing-reserved" } : undefined;
}

async function knownLater(found: Host | undefined | Promise<Host | undefined>): Promise<Known> {
  try {
    return { host: await found };
  } catch (error) {
    return { host: undefined, notKnown: { code: "inventory-silent", error: asError(error).message } };
  }
}
