import { describeCause } from "../events/causes/describe.js";
import type { AccessPolicy, Verdict } from "../access/access.js";
import { systemClock } from "../common/clock.js";
import { SERVER_PORT } from "../dhcp/destination.js";
import type { Answer } from "../dhcp/link.js";
import { decodeMessage, encodeMessage, type Message } from "../dhcp/message.js";
import type { ServedNetwork } from "../dhcp/network.js";
import type { DhcpOrder } from "../dhcp/order.js";
import { DhcpServer } from "../dhcp/server.js";
import { SnoopedAddresses } from "../dhcp/snooped-addresses.js";
import { EventBus, type Event } from "../events/event.js";
import type { Inventory } from "../inventory/source.js";
import type { Lease } from "../leases/lease.js";
import type { Client } from "../machine/client.js";
import { MachineTable } from "../machine/records.js";
import { toIpv4, type Ipv4 } from "../net/ipv4.js";
import { isDetail, lineOf } from "../observe/log-lines.js";
import type { Endpoint } from "../os/udp.js";
import type { Config } from "../settings/load.js";
import { MemoryNetwork, type Sent } from "./memory-network.js";
import { RehearsedFiles } from "./rehearsed-files.js";
import { prepareServices, type PreparedServices } from "./services.js";

/** The source and destination of a request. */
export interface Way {
  readonly from: Endpoint;
  readonly to: Endpoint;
}

/** The outcome of a request. */
export interface Outcome {
  /** The reply and its destination; undefined where the server sent none. */
  readonly reply: (Sent & { readonly message: Message }) | undefined;
  /** The sender as the server knows it; undefined where no port is open for the request. */
  readonly client: Client | undefined;
  /** The server's answer, with its origins; a profile may delay its reply. */
  readonly answer: Answer | undefined;
  /** The access verdict; undefined where it was not requested. */
  readonly verdict: Verdict | undefined;
  /** Why the machine is told nothing to boot, if it is so. */
  readonly noFile: string | undefined;
  /** The log lines of the request. */
  readonly said: readonly string[];
}

const NOTHING: Outcome = {
  reply: undefined,
  client: undefined,
  answer: undefined,
  verdict: undefined,
  noFile: undefined,
  said: [],
};

/** Longest wait for a reply, in milliseconds: a profile may delay it by seconds. */
const PATIENCE = 60_000;

/** Events that end a request without a reply. */
const LAST: readonly Event["kind"][] = ["dhcp-ignored", "dhcp-left", "packet-dropped", "lease-lost", "failed"];

/**
 * The services of a configuration on an in-memory network, with their own leases: nothing leaves this process. The
 * services are the daemon's; this class only hands them requests and takes notes of what they tell.
 */
export class Rehearsal {
  readonly config: Config;
  readonly network: ServedNetwork;
  readonly order: DhcpOrder;
  readonly hosts: Inventory;
  readonly leases: readonly Lease[];
  readonly machines = new MachineTable(16);
  readonly files: RehearsedFiles;
  readonly #network: MemoryNetwork;
  readonly #server: DhcpServer;
  readonly #close: () => Promise<void>;
  #outcome: Outcome = NOTHING;
  #finish: () => void = () => undefined;

  private constructor(config: Config, parts: PreparedServices, events: EventBus) {
    this.config = config;
    this.network = parts.network;
    this.hosts = parts.hosts;
    this.leases = parts.leases;
    this.#close = parts.close;
    this.#network = new MemoryNetwork((sent) => {
      this.#note({ reply: { ...sent, message: decodeMessage(sent.payload) } });
      this.#finish();
    });
    this.order = {
      ...parts.order,
      frames: () => this.#network.frames,
      access: this.#watched(parts.order.access),
      settings: { ...parts.order.settings, dryRun: false },
    };
    events.subscribe((event) => {
      this.#take(event);
    });
    const [machines, snooped] = [this.machines, new SnoopedAddresses(16)];
    this.files = new RehearsedFiles(config, parts, { machines, snooped, events });
    this.#server = new DhcpServer({
      ...this.order,
      network: this.#network,
      clock: systemClock,
      events,
      machines,
      snooped,
      explainer: {
        recognised: ({ client }) => {
          this.#note({ client });
        },
        answered: (_, answer) => {
          this.#note({ answer });
        },
      },
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
    const rehearsal = new Rehearsal(config, await prepareServices(config, network, leases, events), events);
    await rehearsal.#server.start();
    return rehearsal;
  }

  /** Sends the server a request. */
  async ask(message: Message, { from, to }: Way): Promise<Outcome> {
    this.#outcome = NOTHING;
    const finished = new Promise<void>((resolve) => (this.#finish = resolve));
    const { interfaceName } = this.network;
    const heard = this.#network.deliver({ payload: encodeMessage(message), peer: from }, to, interfaceName);
    if (!heard) return { ...NOTHING, said: [`nothing listens on port ${to.port}`] };
    await inTime(finished);
    return this.#outcome;
  }

  /** An address for machines that another server gives addresses to: any of the network serves. */
  get otherAddress(): Ipv4 {
    return toIpv4(this.network.subnet.broadcast - 1);
  }

  /** The port that the server receives requests on. */
  get port(): number {
    return this.config.settings.bootpd.port67 ? this.config.settings.bootpd.port : SERVER_PORT;
  }

  async close(): Promise<void> {
    this.#server.stop();
    await this.#close();
  }

  #note(news: Partial<Outcome>): void {
    this.#outcome = { ...this.#outcome, ...news };
  }

  #take(event: Event): void {
    if (isDetail(event)) return;
    const noFile =
      "boot" in event && event.boot !== undefined && "noFile" in event.boot
        ? describeCause(event.boot.noFile)
        : undefined;
    this.#note({ said: [...this.#outcome.said, lineOf(event).message], ...(noFile !== undefined && { noFile }) });
    if (LAST.includes(event.kind)) this.#finish();
  }

  /**
   * Records the verdicts of an access policy. An HTTP authority is not asked, since that takes a network: access is
   * granted.
   */
  #watched(policy: AccessPolicy): AccessPolicy {
    const note = (verdict: Verdict): Verdict => {
      this.#note({ verdict });
      return verdict;
    };
    return {
      judge: (request) => {
        if (this.config.settings.bootpd.access === "http") return note({ granted: true });
        const verdict = policy.judge(request);
        return verdict instanceof Promise ? verdict.then(note) : note(verdict);
      },
    };
  }
}

async function inTime(finished: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, PATIENCE)));
  await Promise.race([finished, late]);
  clearTimeout(timer);
}
