import { ownPaths } from "./state-paths.js";
import { DhcpService } from "../dhcp/service.js";
import { FileSources } from "../files/service.js";
import { HttpService, type HttpOrder } from "../http/service.js";
import { makeIpxe } from "../boot/ipxe/settings.js";
import { rootWarnings } from "./root-warnings.js";
import type { Service, ServiceParts } from "../service/service.js";
import type { DhcpServiceOrder } from "../dhcp/service.js";
import { httpOrigin, httpOriginAt } from "../http/settings.js";
import { TftpService, type TftpOrder } from "../tftp/service.js";
import { prepareAll, onCommit, type Transaction } from "../common/transaction.js";
import type { Config } from "../settings/load.js";
import { describeConfig } from "./describe.js";
import { EventBus } from "../events/event.js";
import { withIpxe } from "../boot/ipxe/files.js";
import { LogLimit } from "../observe/log-limit.js";
import { lineOf, rehearsed } from "../observe/log-lines.js";
import type { Ipv4 } from "../net/ipv4.js";
import { openSockets } from "../os/open-sockets.js";
import { writePidFile, type PidFile } from "../os/pid-file.js";
import type { Privileges } from "../os/privileges.js";
import { PrivilegeError, StartError } from "../os/start-error.js";

/** What of the system a daemon runs on. */
export type DaemonParts = Omit<ServiceParts, "events">;

/** What all services together go by. */
type ServiceOrder = DhcpServiceOrder & TftpOrder & HttpOrder;

/** All services of a configuration, running. */
export class Daemon {
  readonly #parts: ServiceParts;
  readonly #files: FileSources;
  readonly #dhcp: DhcpService;
  /** In the order in which they are started. */
  readonly #services: readonly Service<ServiceOrder>[];
  readonly #unsubscribe: () => void;
  readonly #limit: LogLimit;
  #config: Config;
  /** Reloads wait for each other. */
  #reloading: Promise<void> = Promise.resolve();
  #stopped = false;
  #pidFile: PidFile | undefined;

  private constructor(config: Config, parts: DaemonParts) {
    const { log } = parts;
    this.#config = config;
    const events = new EventBus();
    this.#parts = { ...parts, events };
    this.#limit = new LogLimit(parts.clock, (line) => {
      log.say("warning", line);
    });
    this.#unsubscribe = events.subscribe((event) => {
      if (!this.#limit.admits(event)) return;
      const line = lineOf(event);
      log.write(this.#config.settings.bootpd.dry_run ? rehearsed(line, event) : line);
    });
    this.#files = new FileSources(this.#parts);
    this.#dhcp = new DhcpService(this.#parts);
    const { directory, hosts } = this.#dhcp;
    const http = new HttpService(this.#parts, directory, hosts);
    this.#services = [this.#dhcp, new TftpService(this.#parts, directory), http];
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

  /** What it goes by. */
  get config(): Config {
    return this.#config;
  }

  /**
   * Goes by another configuration. Leases are kept, and what is under way goes on.
   *
   * @throws {StartError | ConfigError} where something cannot be had, such as a port; nothing has changed then
   */
  async reload(config: Config): Promise<void> {
    const turn = this.#reloading.then(() => this.#reload(config));
    this.#reloading = turn.catch(() => undefined);
    await turn;
  }

  /** Stops every service; clients of transfers are told. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    for (const service of this.#services.toReversed()) await service.stop();
    await this.#files.stop();
    this.#unsubscribe();
    this.#limit.close();
    this.#pidFile?.remove();
  }

  /** Reports a mistake of the program that no service caught. */
  report(where: string, error: Error): void {
    this.#parts.events.publish({ kind: "failed", where, error });
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
      this.#dhcp.hosts,
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

  /** All ports are open by now; what is written after this is the user's. */
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

  /** A root may be on a file system of another host, which nobody waits for. */
  async #warnOfRoots(config: Config): Promise<void> {
    const warnings = await rootWarnings(config);
    if (this.#stopped || this.#config !== config) return;
    for (const warning of warnings) this.#parts.log.say("warning", warning);
  }
}

/** What takes root is refused once that is given up, which is another matter than never having had it. */
function withoutRoot(error: unknown, { lost }: Privileges): unknown {
  if (!(error instanceof PrivilegeError) || lost === undefined) return error;
  return new StartError(`${error.what}: ${lost}. Start it anew to open it.`);
}

/** The options that differ and cannot change while the daemon runs. */
function unchangeable({ settings: one }: Config, { settings: other }: Config): readonly string[] {
  const differing: string[] = [];
  if (one.bootpd.lease_db !== other.bootpd.lease_db) differing.push("[bootpd] lease_db");
  for (const option of ["user", "group", "pid_file"] as const) {
    if (one.daemon[option] !== other.daemon[option]) differing.push(`[daemon] ${option}`);
  }
  if (one.daemon.state_dir !== other.daemon.state_dir) differing.push("[daemon] state_dir");
  return differing;
}
