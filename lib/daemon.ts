import { linksOf, makeDhcp } from "./assembly/dhcp.js";
import { openLeaseStore } from "./assembly/lease-store.js";
import { learnSizes, openFiles } from "./assembly/files.js";
import { openHosts } from "./assembly/hosts.js";
import { openFrames } from "./assembly/frames.js";
import { tftpAddress, tftpSettings } from "./assembly/tftp.js";
import type { Config } from "./config/load.js";
import type { ServedNetwork } from "./config/network.js";
import { describeConfig } from "./describe.js";
import { SERVER_PORT } from "./dhcp/destination.js";
import { EventBus } from "./events.js";
import type { BootFiles } from "./files/boot-files.js";
import type { FileSource } from "./files/source.js";
import { HttpServer } from "./http/server.js";
import { emptyDirectory, type ClientDirectory } from "./leases/directory.js";
import { lineOf } from "./log-lines.js";
import type { Log } from "./log.js";
import type { Clock } from "./net/clock.js";
import type { FrameSender } from "./net/frame-sender.js";
import { UNSPECIFIED, type Ipv4 } from "./net/ipv4.js";
import { hostResolvers } from "./net/resolvers.js";
import type { Libc } from "./net/libc.js";
import type { UdpNetwork } from "./net/udp.js";
import { startNotifier } from "./notify.js";
import { openingPort, StartError } from "./start-error.js";
import { TftpServer } from "./tftp/server.js";

/** What of the system a daemon runs on. */
export interface DaemonParts {
  readonly log: Log;
  readonly network: UdpNetwork;
  /** The calls of the C library, where there is a way to them. */
  readonly libc: Libc | undefined;
  readonly clock: Clock;
}

/** All services of a configuration, running. */
export class Daemon {
  readonly #config: Config;
  readonly #parts: DaemonParts;
  readonly #events = new EventBus();
  /** What has to be done to stop, the last one first. */
  readonly #stops: (() => void | Promise<void>)[] = [];

  private constructor(config: Config, parts: DaemonParts) {
    this.#config = config;
    this.#parts = parts;
  }

  /**
   * Starts every service of a configuration.
   *
   * @throws {StartError} when a port cannot be opened; nothing is left running then
   */
  static async start(config: Config, parts: DaemonParts): Promise<Daemon> {
    const daemon = new Daemon(config, parts);
    try {
      await daemon.#start();
      return daemon;
    } catch (error) {
      await daemon.stop();
      throw error;
    }
  }

  /** Stops every service; clients of transfers are told. */
  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0).reverse()) await stop();
  }

  /** Reports a mistake of the program that no service caught. */
  report(where: string, error: Error): void {
    this.#events.publish({ kind: "failed", where, error });
  }

  async #start(): Promise<void> {
    const { log } = this.#parts;
    const { network, services, warnings } = this.#config;
    this.#stops.push(
      this.#events.subscribe((event) => {
        log.write(lineOf(event));
      }),
    );
    for (const line of describeConfig(this.#config)) log.say("info", line);
    for (const warning of warnings) log.say("warning", warning);
    const { boot, web, close } = await openFiles(this.#config, { ...this.#parts, events: this.#events });
    this.#stops.push(close);
    const directory = network === undefined ? emptyDirectory : await this.#startDhcp(network, boot);
    if (services.tftp) await this.#startTftp(boot, directory);
    if (services.http) await this.#startHttp(web, directory);
    log.say("info", "ready");
  }

  async #startDhcp(served: ServedNetwork, files: BootFiles): Promise<ClientDirectory> {
    const { network, clock } = this.#parts;
    const { address, port, notify } = this.#config.settings.bootpd;
    const sizes = await learnSizes(this.#config, files, clock);
    if (notify !== undefined) this.#stops.push((await startNotifier(network, notify, this.#events)).stop);
    const dns = this.#resolvers(served.serverAddress);
    const { store, alarm } = await openLeaseStore(this.#config);
    this.#stops.push(() => store.close());
    if (alarm !== undefined) this.#parts.log.say("critical", alarm);
    this.#requireInterfaces();
    const frames = (name: string): FrameSender | undefined => this.#openFrames(name, port);
    const hosts = await openHosts(this.#config, this.#events, clock);
    this.#stops.push(() => hosts.close());
    const parts = { network, frames, clock, events: this.#events, sizes, dns, store, hosts };
    const { server, directory, strays } = makeDhcp(this.#config, parts);
    if (strays > 0) this.#parts.log.say("info", `DHCP: ${strays} known leases are of addresses that are not given now`);
    this.#stops.push(() => {
      server.stop();
    });
    const needed = { service: "DHCP", protocol: "udp", address, port, option: "[bootpd] port" } as const;
    await openingPort(needed, () => server.start());
    return directory;
  }

  /** Without a way to bind to an interface every socket hears the broadcasts of all, and one request gets two answers. */
  #requireInterfaces(): void {
    const names = linksOf(this.#config).map(({ interfaceName }) => interfaceName);
    if (names.length < 2 || this.#parts.libc !== undefined) return;
    throw new StartError(`[bootpd] interface: to serve ${names.join(" and ")} in one process takes Linux and koffi`);
  }

  #openFrames(interfaceName: string, port: number): FrameSender | undefined {
    // On another port clients are answered where they asked from, which no machine that boots does.
    if (port !== SERVER_PORT) return undefined;
    const { libc, log } = this.#parts;
    const frames = openFrames(libc, interfaceName, (error) => {
      this.report("sending a DHCP reply", error);
    });
    if ("reason" in frames) {
      log.say("info", `DHCP: machines that have no address yet are answered by broadcast: ${frames.reason}`);
      return undefined;
    }
    this.#stops.push(() => {
      frames.close();
    });
    return frames;
  }

  #resolvers(serverAddress: Ipv4): readonly Ipv4[] {
    const { dns } = this.#config.settings.bootpd;
    if (dns !== "auto") return dns ?? [];
    const found = hostResolvers();
    if (found.length > 0) return found;
    this.#parts.log.say(
      "warning",
      "dns = auto: this host knows no DNS server that others can reach; announcing itself",
    );
    return [serverAddress];
  }

  async #startTftp(files: BootFiles, directory: ClientDirectory): Promise<void> {
    const { network, clock } = this.#parts;
    const settings = tftpSettings(this.#config);
    const server = new TftpServer({ network, files, directory, events: this.#events, clock, settings });
    this.#stops.push(() => {
      server.stop();
    });
    const address = tftpAddress(this.#config);
    const needed = { service: "TFTP", protocol: "udp", address, port: settings.port, option: "[tftpd] port" } as const;
    await openingPort(needed, () => server.start());
  }

  async #startHttp(files: FileSource, directory: ClientDirectory): Promise<void> {
    const { settings, network } = this.#config;
    const { address, port, check_ip: check } = settings.httpd;
    const listen = { address: address ?? network?.serverAddress ?? UNSPECIFIED, port };
    const server = new HttpServer({
      files,
      directory,
      events: this.#events,
      clock: this.#parts.clock,
      // Without a DHCP side nobody holds an address of ours, and PyBootd checks none then.
      settings: { listen, checkAddress: check && network !== undefined },
    });
    const needed = { service: "HTTP", protocol: "tcp", ...listen, option: "[httpd] port" } as const;
    await openingPort(needed, () => server.start());
    this.#stops.push(() => {
      server.stop();
    });
  }
}
