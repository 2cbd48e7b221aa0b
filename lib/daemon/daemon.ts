import { ApiService, type ApiOrder } from "../api-dhcpd/service.js";
import { ownPaths } from "./state-paths.js";
import { DhcpService } from "../dhcp/service.js";
import { FileSources } from "../files/service.js";
import { HttpService, type HttpOrder } from "../http/service.js";
import { InventoryService, type InventoryOrder } from "../inventory/service.js";
import { makeIpxe } from "../boot/ipxe/settings.js";
import { rootWarnings } from "./root-warnings.js";
import type { Service, ServiceParts } from "../service/service.js";
import type { DhcpServiceOrder } from "../dhcp/service.js";
import { httpOrigin, httpOriginAt } from "../http/settings.js";
import { StandbyService, type StandbyOrder } from "../standby/service.js";
import { TftpService, type TftpOrder } from "../tftp/service.js";
import { prepareAll, onCommit, type Transaction } from "../common/transaction.js";
import type { Config } from "../settings/load.js";
import { describeConfig } from "./describe.js";
import { EventBus } from "../events/event.js";
import { PacketTap } from "../events/packet-tap.js";
import { withIpxe } from "../boot/ipxe/files.js";
import { LogLimit } from "../observe/log-limit.js";
import { isDetail, lineOf, rehearsed } from "../observe/log-lines.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { InterfaceAddress } from "../os/interfaces.js";
import { openSockets } from "../os/open-sockets.js";
import { writePidFile, type PidFile } from "../os/pid-file.js";
import type { Privileges } from "../os/privileges.js";
import { PrivilegeError, StartError } from "../os/start-error.js";

/** The system facilities that a daemon runs on. */
export type DaemonParts = Omit<ServiceParts, "events" | "tap">;

/** The settings and files that the services are prepared with. */
type ServiceOrder = InventoryOrder & DhcpServiceOrder & TftpOrder & HttpOrder & ApiOrder & StandbyOrder;

/** The running services of one configuration. */
export class Daemon {
  readonly #parts: ServiceParts;
  readonly #files: FileSources;
  readonly #inventory: InventoryService;
  readonly #dhcp: DhcpService;
  /** In start order. */
  readonly #services: readonly Service<ServiceOrder>[];
  readonly #unsubscribe: () => void;
  readonly #limit: LogLimit;
  #config: Config;
  /** Serializes reloads. */
  #reloading: Promise<void> = Promise.resolve();
  #stopped = false;
  #pidFile: PidFile | undefined;

  private constructor(config: Config, parts: DaemonParts) {
    const { log } = parts;
    this.#config = config;
    const events = new EventBus(parts.clock);
    this.#parts = { ...parts, events, tap: new PacketTap(parts.clock) };
    this.#limit = new LogLimit(parts.clock, (line) => {
      log.say("warning", line);
    });
    this.#unsubscribe = events.subscribe((event, time) => {
      if (isDetail(event) && !log.takes("debug")) return;
      if (!this.#limit.admits(event)) return;
      const line = lineOf(event);
      log.write(this.#config.settings.bootpd.dry_run ? rehearsed(line, event) : line, time);
    });
    this.#files = new FileSources(this.#parts);
    this.#inventory = new InventoryService(this.#parts);
    const standby = new StandbyService(this.#parts, this.#inventory);
    this.#dhcp = new DhcpService(this.#parts, this.#inventory, standby.duty);
    const { directory, networks } = this.#dhcp;
    const http = new HttpService(this.#parts, directory, this.#inventory);
    const api = new ApiService(this.#parts, { hosts: this.#inventory, networks });
    this.#services = [this.#inventory, this.#dhcp, new TftpService(this.#parts, directory), http, api, standby];
  }

  /**
   * Starts every service of a configuration.
   *
   * @throws {StartError} when a port cannot be opened; nothing is left running then
   */
  static async start(config: Config, parts: DaemonParts): Promise<Daemon> {
    const daemon = new Daemon(config, parts);
    try {
      daemon.#describe();
      const prepared = [() => daemon.#prepare(config), () => daemon.#giveUpRoot(config)];
      (await prepareAll(prepared)).commit();
      parts.log.say("info", "ready");
      return daemon;
    } catch (error) {
      await daemon.stop();
      throw error;
    }
  }

  /** The configuration in effect. */
  get config(): Config {
    return this.#config;
  }

  /**
   * Applies another configuration. Keeps leases and running transfers.
   *
   * @throws {StartError | ConfigError} where a resource such as a port is not available; nothing has changed then
   */
  async reload(config: Config): Promise<void> {
    await this.#inTurn(() => this.#reload(config));
  }

  /**
   * Gives addresses only at these addresses of this host, until the next reload. TFTP and HTTP need no such order: what
   * is sent to an address that is gone does not reach them.
   */
  async keepAt(addresses: readonly InterfaceAddress[]): Promise<void> {
    await this.#inTurn(() => {
      this.#dhcp.keepAt(addresses);
    });
  }

  /** Stops every service, last started first; clients with running transfers get an error. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    for (const service of this.#services.toReversed()) await service.stop();
    await this.#files.stop();
    this.#unsubscribe();
    this.#limit.close();
    this.#pidFile?.remove();
  }

  /** Publishes an error that no service caught. */
  report(where: string, error: Error): void {
    this.#parts.events.publish({ kind: "failed", where, error });
  }

  async #inTurn(action: () => Promise<void> | void): Promise<void> {
    const turn = this.#reloading.then(action);
    this.#reloading = turn.catch(() => undefined);
    await turn;
  }

  async #reload(config: Config): Promise<void> {
    if (this.#stopped) return;
    const { log } = this.#parts;
    const written = log.prepare(config.settings.logger);
    const services = await prepareAll([() => written, () => this.#prepare(config)]).catch((error: unknown) => {
      throw withoutRoot(error, this.#parts.privileges);
    });
    const former = this.#config;
    services.commit();
    this.#config = config;
    log.say("info", `reloaded: configuration ${config.file}`);
    this.#describe();
    for (const option of unchangeable(former, config)) log.say("warning", `${option}: takes effect at the next start`);
  }

  async #prepare(config: Config): Promise<Transaction> {
    const files = await this.#files.prepare(config, ownPaths(config));
    const ipxe = makeIpxe(
      config,
      httpOrigin(config),
      this.#inventory,
      (path, linked) => this.#files.folder(path, linked),
      this.#parts.events,
    );
    const originAt = (address: Ipv4): string | undefined => httpOriginAt(config, address);
    const order = {
      config,
      ipxe,
      originAt,
      files: { boot: withIpxe(files.boot, ipxe), web: withIpxe(files.web, ipxe) },
    };
    return prepareAll([() => files, ...this.#services.map((service) => () => service.prepare(order))]);
  }

  /** Drops root. All ports are open by now; files written after this belong to the unprivileged user. */
  #giveUpRoot({ settings }: Config): Transaction {
    const { log, privileges } = this.#parts;
    const { pid_file: path } = settings.daemon;
    if (path !== undefined) this.#pidFile = writePidFile(path);
    privileges.giveUp();
    const { level, message } = privileges.describe();
    log.say(level, message);
    if (privileges.user !== undefined) log.say("info", `open from before: ${openSockets().join(", ")}`);
    return onCommit(() => undefined);
  }

  #describe(): void {
    const { log } = this.#parts;
    for (const line of describeConfig(this.#config)) log.say("info", line);
    for (const warning of this.#config.warnings) log.say("warning", warning);
    void this.#warnOfRoots(this.#config);
  }

  /** Logs the warnings about roots in the background: a root may be on a slow network file system. */
  async #warnOfRoots(config: Config): Promise<void> {
    const warnings = await rootWarnings(config);
    if (this.#stopped || this.#config !== config) return;
    for (const warning of warnings) this.#parts.log.say("warning", warning);
  }
}

/** Replaces a privilege error after the drop of root by one that names the drop as the reason. */
function withoutRoot(error: unknown, { lost }: Privileges): unknown {
  if (!(error instanceof PrivilegeError) || lost === undefined) return error;
  return new StartError(`${error.what}: ${lost}. Start it anew to open it.`);
}

/** Returns the options that differ and that only a restart changes. */
function unchangeable({ settings: one }: Config, { settings: other }: Config): readonly string[] {
  const differing: string[] = [];
  if (one.bootpd.lease_db !== other.bootpd.lease_db) differing.push("[bootpd] lease_db");
  for (const option of ["user", "group", "pid_file"] as const) {
    if (one.daemon[option] !== other.daemon[option]) differing.push(`[daemon] ${option}`);
  }
  if (one.daemon.state_dir !== other.daemon.state_dir) differing.push("[daemon] state_dir");
  return differing;
}
