import { Refusal } from "../common/refusal.js";
import { TappedNetwork } from "../events/tapped-network.js";
import { prepareAll, onCommit, combine, type Transaction } from "../common/transaction.js";
import type { ServedNetwork } from "./network.js";
import type { Conflicts } from "./conflicts.js";
import type { Duty } from "./duty.js";
import { SERVER_PORT } from "./destination.js";
import { requireFreePort } from "./link.js";
import { MachineTable } from "../machine/records.js";
import type { Scopes } from "./scopes.js";
import { DhcpServer } from "./server.js";
import type { DhcpOrder } from "./order.js";
import type { Message } from "./message.js";
import { DhcpProbe } from "./probe.js";
import { Rivals } from "./rivals.js";
import { SnoopedAddresses } from "./snooped-addresses.js";
import { StoreRecovery } from "./store-recovery.js";
import type { HostSource } from "../inventory/source.js";
import type { Allocation } from "../leases/allocation.js";
import type { ClientDirectory } from "../machine/directory.js";
import { counted } from "../common/counted.js";
import { HeldEvents } from "../events/held-events.js";
import type { FrameSender } from "../os/frame-sender.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { InterfaceAddress } from "../os/interfaces.js";
import { neighbourAt } from "../os/neighbours.js";
import { TokenBucket } from "../common/token-bucket.js";
import { Notifier } from "../observe/notify.js";
import { StartError } from "../os/start-error.js";
import { dhcpOrder, linksOf, portsOf, prepareScopes, type DhcpConfig, type DhcpParts } from "./settings.js";
import { openingAt } from "./opening-ports.js";
import { directoryOf } from "./directory.js";
import type { OneShots } from "../boot/one-shots.js";
import type { RequestedFiles } from "../files/request-facts.js";
import type { StateConfig } from "../leases/open-store.js";
import { learnSizes } from "../files/service.js";
import { openConflicts, openFrames } from "./frames.js";
import { LeaseState } from "../leases/lease-state.js";
import { chooseResolvers } from "./resolvers.js";
import type { Service, ServiceParts } from "../service/service.js";

/** Number of machine records kept. */
const MOST_MACHINES = 65_536;
/** Neighbour table look-ups per second: a client that requests files may forge its address. */
const MOST_LOOKS = 100;

type ConflictsByInterface = ReadonlyMap<string, Conflicts>;

/** The configuration of the service. */
export interface DhcpServiceConfig extends DhcpConfig, StateConfig {
  readonly settings: DhcpConfig["settings"] & StateConfig["settings"];
  /** The first network; undefined where DHCP does not run. */
  readonly network: ServedNetwork | undefined;
}

/** The input of {@link DhcpService.prepare}. */
export interface DhcpServiceOrder {
  readonly config: DhcpServiceConfig;
  /** The files that clients may fetch. */
  readonly files: { readonly boot: RequestedFiles };
  readonly ipxe: { readonly once: OneShots };
  readonly originAt: DhcpParts["originAt"];
}

/** The inventory while a configuration is prepared. */
export interface PreparedInventory {
  /** The hosts of the configuration that is being prepared. */
  readonly prepared: HostSource;
}

/** The DHCP service: the server with its leases, the look-out for other servers, and the notifications. */
export class DhcpService implements Service<DhcpServiceOrder> {
  readonly #parts: ServiceParts;
  /** The network of the server, which shows its packets. */
  readonly #tapped: TappedNetwork;
  readonly #inventory: PreparedInventory;
  readonly #duty: Duty | undefined;
  readonly #notifier: Notifier;
  readonly #machines = new MachineTable(MOST_MACHINES);
  readonly #snooped = new SnoopedAddresses(MOST_MACHINES);
  /** The machine look-up for the other services. */
  readonly directory: ClientDirectory;
  /** Returns the networks that are served; undefined until the first configuration is committed. */
  readonly networks = (): Scopes | undefined => this.#scopes;
  #scopes: Scopes | undefined;
  #server: DhcpServer | undefined;
  #leases: LeaseState | undefined;
  /** Whether another server gives the addresses. */
  #proxy = false;
  #conflicts: ConflictsByInterface = new Map();
  readonly #probe: DhcpProbe;
  readonly #rivals: Rivals;
  readonly #recovery: StoreRecovery;

  /** @param duty whether to answer now; undefined for always */
  constructor(parts: ServiceParts, inventory: PreparedInventory, duty?: Duty) {
    this.#parts = parts;
    this.#duty = duty;
    this.#tapped = new TappedNetwork(parts.network, parts.tap, "DHCP");
    this.#inventory = inventory;
    const { network, clock, events } = parts;
    this.#probe = new DhcpProbe(network, clock);
    this.#rivals = new Rivals({ probe: this.#probe, clock, events, random: Math.random });
    this.#recovery = new StoreRecovery(events);
    this.#notifier = new Notifier(parts.network, parts.events);
    const looks = new TokenBucket(clock, MOST_LOOKS);
    this.directory = directoryOf({
      allocation: () => this.#leases?.allocation,
      machines: this.#machines,
      snooped: this.#snooped,
      neighbourAt: (address) => (this.#proxy && looks.take() ? neighbourAt(address) : undefined),
    });
  }

  async prepare(order: DhcpServiceOrder): Promise<Transaction> {
    const { network, settings } = order.config;
    if (network === undefined) return onCommit(() => undefined);
    this.#requireInterfaces(order.config);
    const conflicts = this.#openConflicts(order.config);
    const findings = new HeldEvents(this.#parts.events);
    const listeners = settings.bootpd.dry_run ? [] : (settings.bootpd.notify ?? []);
    return prepareAll([
      () => this.#lookWith(conflicts),
      () => this.#notifier.prepare(listeners),
      () => this.#prepareServer(order, network, conflicts, findings),
      () =>
        onCommit(() => {
          findings.release();
        }),
    ]);
  }

  /** Serves only at these addresses of this host, until the next order. */
  keepAt(addresses: readonly InterfaceAddress[]): void {
    this.#rivals.keepAt(addresses);
    this.#server?.keepAt(addresses);
  }

  async stop(): Promise<void> {
    this.#rivals.stop();
    this.#recovery.stop();
    this.#server?.stop();
    this.#notifier.stop();
    closeAll(this.#conflicts);
    await this.#leases?.close();
  }

  async #prepareServer(
    { config, files, ipxe: { once }, originAt }: DhcpServiceOrder,
    network: ServedNetwork,
    looks: ConflictsByInterface,
    events: HeldEvents,
  ): Promise<Transaction> {
    const { clock } = this.#parts;
    const sizes = await learnSizes(config, files.boot, clock);
    const dns = this.#resolvers(config, network.serverAddress);
    const allocation = await this.#openLeases(config);
    const { prepared: hosts } = this.#inventory;
    const { scopes, leases } = await prepareScopes(config, { clock, dns, allocation, hosts, events });
    this.#reportStrays(leases.strays);
    const { port } = config.settings.bootpd;
    const frames = (name: string): FrameSender | undefined => this.#openFrames(name, port);
    const conflicts = (name: string): Conflicts | undefined => looks.get(name);
    const next = dhcpOrder(config, { frames, conflicts, sizes, scopes, hosts, once, originAt });
    const change = await this.#prepareChange(next);
    return combine([
      leases.transaction,
      onCommit(() => {
        this.#scopes = scopes;
        this.#proxy = next.settings.proxy;
      }),
      change,
      onCommit(() => {
        this.#watchRivals(config.settings.bootpd.standby_for, next);
      }),
    ]);
  }

  /** Returns who has which address; opens the leases of the first configuration. */
  async #openLeases(config: DhcpServiceConfig): Promise<Allocation> {
    if (this.#leases === undefined) await this.#requirePorts(config);
    this.#leases ??= await this.#parts.privileges.asUser(() => LeaseState.open(config, this.#parts, this.#machines));
    return this.#leases.allocation;
  }

  #reportStrays(strays: number): void {
    if (strays === 0) return;
    const known = counted(strays, "known lease is of an address that is", "known leases are of addresses that are");
    this.#parts.log.say("info", `DHCP: ${known} not given now`);
  }

  #prepareChange(next: DhcpOrder): Promise<Transaction> {
    const { events, clock } = this.#parts;
    const network = this.#tapped;
    const [machines, snooped] = [this.#machines, this.#snooped];
    const isOwn = (message: Message): boolean => this.#probe.isOwn(message);
    const duty = this.#duty && { duty: this.#duty };
    this.#server ??= new DhcpServer({ network, events, clock, machines, snooped, isOwn, ...duty, ...next });
    return this.#server.prepare(next, openingAt(next.settings));
  }

  /**
   * Looks for other servers, except as a proxy (another server must exist), in a dry run (nothing is sent), and on
   * another port than 67. The master of a standby is none of them.
   */
  #watchRivals(master: Ipv4 | undefined, { links, settings }: DhcpOrder): void {
    const { proxy, dryRun, serverPort, addresses } = settings;
    const known = master === undefined ? addresses : [...addresses, master];
    this.#rivals.watch(proxy || dryRun || serverPort !== SERVER_PORT ? [] : links, known);
  }

  /** Checks the ports first: a taken port is the most common start failure. */
  async #requirePorts(config: DhcpServiceConfig): Promise<void> {
    const { address, mode } = config.settings.bootpd;
    const opening = openingAt({ listenAddress: address, proxy: mode !== "server" });
    for (const port of portsOf(config.settings).filter(({ service }) => service === "dhcp")) {
      for (const { interfaceName } of linksOf(config)) {
        await opening(port, () => requireFreePort(this.#parts.network, address, port.port, interfaceName));
      }
    }
  }

  /**
   * Requires libc to serve several interfaces: without binding to an interface each socket receives the broadcasts of
   * all, and a request would get two answers.
   */
  #requireInterfaces(config: DhcpServiceConfig): void {
    const names = linksOf(config).map(({ interfaceName }) => interfaceName);
    if (names.length < 2 || this.#parts.libc !== undefined) return;
    throw new StartError(`[bootpd] interface: to serve ${names.join(" and ")} in one process takes Linux and koffi`);
  }

  #openFrames(interfaceName: string, port: number): FrameSender | undefined {
    // On another port clients are answered on the port they sent from; no machine that boots uses one.
    if (port !== SERVER_PORT) return undefined;
    const { libc, log, events } = this.#parts;
    const frames = openFrames(libc, interfaceName, (error) => {
      events.publish({ kind: "failed", where: "sending a DHCP reply", error });
    });
    if (!(frames instanceof Refusal)) return this.#tapped.frames(frames);
    log.say("info", `DHCP: machines that have no address yet are answered by broadcast: ${frames.cause}`);
    return undefined;
  }

  #openConflicts(config: DhcpServiceConfig): ConflictsByInterface {
    const { probe_time: seconds } = config.settings.bootpd;
    const { libc, clock, log } = this.#parts;
    const opened = new Map<string, Conflicts>();
    for (const { interfaceName } of seconds === 0 ? [] : linksOf(config)) {
      const conflicts = openConflicts(libc, interfaceName, seconds, clock);
      if (conflicts instanceof Refusal) {
        log.say("warning", `[bootpd] probe_time: addresses are offered without looking: ${conflicts.cause}`);
      } else opened.set(interfaceName, conflicts);
    }
    return opened;
  }

  #lookWith(conflicts: ConflictsByInterface): Transaction {
    return {
      commit: () => {
        closeAll(this.#conflicts);
        this.#conflicts = conflicts;
      },
      rollback: () => {
        closeAll(conflicts);
      },
    };
  }

  #resolvers({ settings }: DhcpServiceConfig, serverAddress: Ipv4): readonly Ipv4[] {
    const { addresses, warning } = chooseResolvers(settings, serverAddress);
    if (warning !== undefined) this.#parts.log.say("warning", warning);
    return addresses;
  }
}

function closeAll(conflicts: ConflictsByInterface): void {
  for (const each of conflicts.values()) each.close();
}
