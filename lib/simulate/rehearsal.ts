import type { AccessPolicy, Verdict } from "../access/access.js";
import { dhcpOrder, prepareScopes } from "../dhcp/settings.js";
import { learnSizes } from "../files/service.js";
import { openHosts } from "../inventory/open.js";
import { makeIpxe, type Ipxe } from "../boot/ipxe/settings.js";
import { chooseResolvers } from "../dhcp/resolvers.js";
import { httpOrigin, httpOriginAt } from "../http/settings.js";
import type { Config } from "../settings/load.js";
import type { ServedNetwork } from "../dhcp/network.js";
import { SERVER_PORT } from "../dhcp/destination.js";
import { MachineTable } from "../machine/records.js";
import { decodeMessage, encodeMessage, type Message } from "../dhcp/message.js";
import type { DhcpOrder } from "../dhcp/order.js";
import { DhcpServer } from "../dhcp/server.js";
import { SnoopedAddresses } from "../dhcp/snooped-addresses.js";
import { EventBus, type Event } from "../events/event.js";
import { withIpxe } from "../boot/ipxe/files.js";
import type { RequestedFiles } from "../files/request-facts.js";
import type { HostSource } from "../inventory/source.js";
import type { Lease } from "../leases/lease.js";
import { allocationInMemory } from "../leases/embedded-allocation.js";
import { isDetail, lineOf } from "../observe/log-lines.js";
import { systemClock } from "../common/clock.js";
import type { Endpoint } from "../os/udp.js";
import { MemoryNetwork, type Sent } from "./memory-network.js";
import { offlineFiles } from "./offline-files.js";

/** The source and destination of a request. */
export interface Way {
  readonly from: Endpoint;
  readonly to: Endpoint;
}

/** The outcome of a request. */
export interface Outcome {
  /** The reply and its destination; undefined where the server sent none. */
  readonly reply: (Sent & { readonly message: Message }) | undefined;
  /** The access verdict; undefined where it was not requested. */
  readonly verdict: Verdict | undefined;
  /** The log lines of the request. */
  readonly said: readonly string[];
}

/** Longest wait for a reply, in milliseconds: a profile may delay it by seconds. */
const PATIENCE = 60_000;

/** Events that end a request without a reply. */
const LAST: readonly Event["kind"][] = ["dhcp-ignored", "dhcp-left", "packet-dropped", "lease-lost", "failed"];

/** The server of a configuration on an in-memory network, with its own leases: nothing leaves this process. */
export class Rehearsal {
  readonly config: Config;
  readonly network: ServedNetwork;
  readonly order: DhcpOrder;
  readonly hosts: HostSource;
  readonly ipxe: Ipxe;
  /** The files by TFTP and by HTTP. */
  readonly files: { readonly boot: RequestedFiles; readonly web: RequestedFiles };
  readonly leases: readonly Lease[];
  readonly machines = new MachineTable(16);
  readonly #network: MemoryNetwork;
  readonly #server: DhcpServer;
  #verdict: Verdict | undefined;
  #reply: Outcome["reply"];
  #said: string[] = [];
  #finish: () => void = () => undefined;

  private constructor(config: Config, parts: Omit<Prepared, "events">, events: EventBus) {
    this.config = config;
    this.network = parts.network;
    this.hosts = parts.hosts;
    this.ipxe = parts.ipxe;
    this.files = parts.files;
    this.leases = parts.leases;
    this.#network = new MemoryNetwork((sent) => {
      this.#reply = { ...sent, message: decodeMessage(sent.payload) };
      this.#finish();
    });
    this.order = {
      ...parts.order,
      frames: () => this.#network.frames,
      access: this.#watched(parts.order.access),
      settings: { ...parts.order.settings, dryRun: false },
    };
    events.subscribe((event) => {
      if (isDetail(event)) return;
      this.#said.push(lineOf(event).message);
      if (LAST.includes(event.kind)) this.#finish();
    });
    const [machines, snooped] = [this.machines, new SnoopedAddresses(16)];
    this.#server = new DhcpServer({
      ...this.order,
      network: this.#network,
      clock: systemClock,
      events,
      machines,
      snooped,
    });
  }

  /**
   * Starts the server.
   *
   * @param leases the leases that exist
   * @throws {ConfigError} where a source of machines cannot be read
   */
  static async open(config: Config, network: ServedNetwork, leases: readonly Lease[]): Promise<Rehearsal> {
    const events = new EventBus();
    const rehearsal = new Rehearsal(config, await prepare(config, network, leases, events), events);
    await rehearsal.#server.start();
    return rehearsal;
  }

  /** Sends the server a request. @param interfaceName the interface that the request arrives on */
  async ask(message: Message, { from, to }: Way, interfaceName: string): Promise<Outcome> {
    this.#verdict = undefined;
    this.#reply = undefined;
    this.#said = [];
    const finished = new Promise<void>((resolve) => (this.#finish = resolve));
    const heard = this.#network.deliver({ payload: encodeMessage(message), peer: from }, to, interfaceName);
    if (heard) await inTime(finished);
    else this.#said.push(`nothing listens on port ${to.port}`);
    return { reply: this.#reply, verdict: this.#verdict, said: this.#said };
  }

  /** The port that the server receives requests on. */
  get port(): number {
    return this.config.settings.bootpd.port67 ? this.config.settings.bootpd.port : SERVER_PORT;
  }

  async close(): Promise<void> {
    this.#server.stop();
    await this.hosts.close();
  }

  /**
   * Records the verdicts of an access policy. An HTTP authority is not asked, since that takes a network: access is
   * granted.
   */
  #watched(policy: AccessPolicy): AccessPolicy {
    const note = (verdict: Verdict): Verdict => (this.#verdict = verdict);
    return {
      judge: (request) => {
        if (this.config.settings.bootpd.access === "http") return note({ granted: true });
        const verdict = policy.judge(request);
        return verdict instanceof Promise ? verdict.then(note) : note(verdict);
      },
    };
  }
}

interface Prepared {
  readonly network: ServedNetwork;
  readonly order: DhcpOrder;
  readonly hosts: HostSource;
  readonly ipxe: Ipxe;
  readonly files: Rehearsal["files"];
  readonly leases: readonly Lease[];
}

async function prepare(
  config: Config,
  network: ServedNetwork,
  leases: readonly Lease[],
  events: EventBus,
): Promise<Prepared> {
  const clock = systemClock;
  const hosts = await openHosts(config, events, clock);
  const found = offlineFiles(config);
  const ipxe = makeIpxe(config, httpOrigin(config), hosts, found.folder, events);
  const files = { boot: withIpxe(found.boot, ipxe), web: withIpxe(found.web, ipxe) };
  const allocation = allocationInMemory(clock, leases);
  const dns = chooseResolvers(config.settings, network.serverAddress).addresses;
  const prepared = await prepareScopes(config, { clock, dns, allocation, hosts, events });
  prepared.leases.transaction.commit();
  const order = dhcpOrder(config, {
    frames: () => undefined,
    conflicts: () => undefined,
    sizes: await learnSizes(config, files.boot, clock),
    scopes: prepared.scopes,
    hosts,
    originAt: (address) => httpOriginAt(config, address),
    // A rehearsal does not complete a one-shot boot.
    once: { isDone: (mac) => ipxe.once.isDone(mac), finish: () => false },
  });
  return { network, order, hosts, ipxe, files, leases };
}

async function inTime(finished: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, PATIENCE)));
  await Promise.race([finished, late]);
  clearTimeout(timer);
}
