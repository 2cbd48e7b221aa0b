import { DhcpService } from "./assembly/dhcp-service.js";
import { FileSources } from "./assembly/files.js";
import { HttpService } from "./assembly/http-service.js";
import { makeIpxe } from "./assembly/ipxe.js";
import type { Service, ServiceParts } from "./assembly/service.js";
import { TftpService } from "./assembly/tftp-service.js";
import { prepareAll, type Change } from "./change.js";
import type { Config } from "./config/load.js";
import { describeConfig } from "./describe.js";
import { EventBus } from "./events.js";
import { withIpxe } from "./ipxe/files.js";
import { LogLimit } from "./log-limit.js";
import { lineOf, rehearsed } from "./log-lines.js";

/** What of the system a daemon runs on. */
export type DaemonParts = Omit<ServiceParts, "events">;

/** All services of a configuration, running. */
export class Daemon {
  readonly #parts: ServiceParts;
  readonly #files: FileSources;
  readonly #dhcp: DhcpService;
  /** In the order in which they are started. */
  readonly #services: readonly Service[];
  readonly #unsubscribe: () => void;
  readonly #limit: LogLimit;
  #config: Config;
  /** Reloads wait for each other. */
  #reloading: Promise<void> = Promise.resolve();
  #stopped = false;

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
      (await daemon.#prepare(config)).commit();
      parts.log.say("info", "ready");
      return daemon;
    } catch (error) {
      await daemon.stop();
      throw error;
    }
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
  }

  /** Reports a mistake of the program that no service caught. */
  report(where: string, error: Error): void {
    this.#parts.events.publish({ kind: "failed", where, error });
  }

  async #reload(config: Config): Promise<void> {
    if (this.#stopped) return;
    const { log } = this.#parts;
    const written = log.prepare(config.settings.logger);
    const services = await prepareAll([() => written, () => this.#prepare(config)]);
    const former = this.#config;
    services.commit();
    this.#config = config;
    log.say("info", `reloaded: configuration ${config.file}`);
    this.#describe();
    for (const option of unchangeable(former, config)) log.say("warning", `${option}: takes effect at the next start`);
  }

  async #prepare(config: Config): Promise<Change> {
    const files = await this.#files.prepare(config);
    const ipxe = makeIpxe(config, this.#dhcp.hosts, (path) => this.#files.folder(path));
    const order = { config, ipxe, files: { boot: withIpxe(files.boot, ipxe), web: withIpxe(files.web, ipxe) } };
    return prepareAll([() => files, ...this.#services.map((service) => () => service.prepare(order))]);
  }

  #describe(): void {
    const { log } = this.#parts;
    for (const line of describeConfig(this.#config)) log.say("info", line);
    for (const warning of this.#config.warnings) log.say("warning", warning);
  }
}

/** The options that differ and cannot change while the daemon runs. */
function unchangeable({ settings: one }: Config, { settings: other }: Config): readonly string[] {
  const differing: string[] = [];
  if (one.bootpd.lease_db !== other.bootpd.lease_db) differing.push("[bootpd] lease_db");
  if (one.daemon.state_dir !== other.daemon.state_dir) differing.push("[daemon] state_dir");
  return differing;
}
