import { dirname } from "node:path";
import { openAccess, type AccessPolicy } from "./access/access.js";
import { httpAccess } from "./access/http.js";
import { IdentifierList, macAccess, uuidAccess } from "./access/list.js";
import type { Config } from "./config/load.js";
import type { ServedNetwork } from "./config/network.js";
import { MachineTable } from "./dhcp/machines.js";
import type { NetworkFacts } from "./dhcp/reply.js";
import { DhcpServer } from "./dhcp/server.js";
import { describeConfig } from "./describe.js";
import { EventBus } from "./events.js";
import { BootFiles } from "./files/boot-files.js";
import { makeFilter } from "./files/filters.js";
import { FolderSource } from "./files/folder.js";
import { KnownSizes } from "./files/known-sizes.js";
import { UrlSource } from "./files/url.js";
import { HttpServer } from "./http/server.js";
import { emptyDirectory, type ClientDirectory } from "./leases/directory.js";
import { LeaseTable } from "./leases/lease-table.js";
import { lineOf } from "./log-lines.js";
import type { Log } from "./log.js";
import type { Clock } from "./net/clock.js";
import { hostInterfaces, mtuOf } from "./net/interfaces.js";
import { formatIpv4, UNSPECIFIED, type Ipv4 } from "./net/ipv4.js";
import { macToInteger } from "./net/mac.js";
import { hostResolvers } from "./net/resolvers.js";
import type { UdpNetwork } from "./net/udp.js";
import { startNotifier } from "./notify.js";
import { packageFolder } from "./package.js";
import { openingPort } from "./start-error.js";
import { TftpServer } from "./tftp/server.js";

/** What of the system a daemon runs on. */
export interface DaemonParts {
  readonly log: Log;
  readonly network: UdpNetwork;
  readonly clock: Clock;
}

/** For how long an offer is held, and a declined address is left alone. */
const OFFER_SECONDS = 60;
const DECLINE_SECONDS = 86_400;

/** How many machines' stages are remembered. */
const MOST_MACHINES = 65_536;

/** How long an HTTP authority may take when no `timeout` is set. */
const AUTHORITY_SECONDS = 5;

/** How long starting may wait for a mirror to tell the sizes of the boot files. */
const SIZES_MILLISECONDS = 250;

const TFTP_RETRIES = 5;
const MOST_TRANSFERS = 4096;
const LARGEST_WINDOW = 64;

/** IPv4's header, UDP's, TFTP's. */
const TFTP_OVERHEAD = 32;

/** All services of a configuration, running. */
export class Daemon {
  readonly #config: Config;
  readonly #parts: DaemonParts;
  readonly #events = new EventBus();
  readonly #machines = new MachineTable(MOST_MACHINES);
  readonly #files: BootFiles;
  /** What has to be done to stop, last one first. */
  readonly #stops: (() => void | Promise<void>)[] = [];

  private constructor(config: Config, parts: DaemonParts) {
    this.#config = config;
    this.#parts = parts;
    this.#files = this.#openFiles();
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
    this.#stops.push(
      this.#events.subscribe((event) => {
        log.write(lineOf(event));
      }),
    );
    for (const line of describeConfig(this.#config)) log.say("info", line);
    for (const warning of this.#config.warnings) log.say("warning", warning);
    const { network, services } = this.#config;
    const directory = network === undefined ? emptyDirectory : await this.#startDhcp(network);
    if (services.tftp) await this.#startTftp(directory);
    if (services.http) await this.#startHttp(directory);
    log.say("info", "ready");
  }

  #openFiles(): BootFiles {
    const { settings, file } = this.#config;
    const { root } = settings.tftpd;
    const filters = settings.filters.map(({ key, value }) => makeFilter(key, value));
    const folders = { configuration: dirname(file), package: packageFolder };
    if (root.kind === "folder") return new BootFiles(new FolderSource(root.path), filters, folders);
    const source = new UrlSource(root.url);
    this.#stops.push(() => source.close());
    return new BootFiles(source, filters, folders);
  }

  async #startDhcp(served: ServedNetwork): Promise<ClientDirectory> {
    const { network, clock } = this.#parts;
    const { bootpd, bootfile, static_dhcp: reserved, buggy_clients: buggy } = this.#config.settings;
    const leases = new LeaseTable(
      {
        ...served.pool,
        excluded: new Set([
          served.serverAddress,
          served.subnet.network,
          served.subnet.broadcast,
          ...(bootpd.gateway === undefined ? [] : [bootpd.gateway]),
        ]),
        reservations: new Map(reserved.map(({ key, value }) => [key, value])),
        offerSeconds: OFFER_SECONDS,
        declineSeconds: DECLINE_SECONDS,
      },
      clock,
    );
    const sizes = await this.#learnSizes();
    if (bootpd.notify !== undefined) this.#stops.push((await startNotifier(network, bootpd.notify, this.#events)).stop);
    const server = new DhcpServer({
      network,
      access: this.#openAccess(),
      leases,
      machines: this.#machines,
      events: this.#events,
      settings: {
        facts: this.#networkFacts(served),
        listenAddress: bootpd.address,
        serverPort: bootpd.port,
        allowSimple: bootpd.allow_simple_dhcp,
        bootFiles: new Map(bootfile.map(({ key, value }) => [key, value])),
        fallbackBootFile: bootpd.boot_file,
        broadcastOnly: new IdentifierList(buggy.map(({ key, value }) => ({ pattern: key, allow: value }))),
        sizeOf: (name) => sizes.sizeOf(name),
      },
    });
    const needed = {
      service: "DHCP",
      protocol: "udp",
      address: bootpd.address,
      port: bootpd.port,
      option: "[bootpd] port",
    } as const;
    await openingPort(needed, () => server.start());
    this.#stops.push(() => {
      server.stop();
    });
    return directoryOf(leases, this.#machines);
  }

  #networkFacts({ serverAddress, subnet }: ServedNetwork): NetworkFacts {
    const { bootpd } = this.#config.settings;
    const { servername, domain, gateway, set_gateway: announce, lease_time: leaseSeconds } = bootpd;
    return {
      serverAddress,
      subnet,
      router: announce ? (gateway ?? serverAddress) : undefined,
      dns: this.#resolvers(serverAddress),
      domain,
      leaseSeconds,
      serverName: servername === undefined ? formatIpv4(serverAddress) : `${servername}.${domain}`.slice(0, 63),
    };
  }

  #resolvers(serverAddress: Ipv4): readonly Ipv4[] {
    const { dns } = this.#config.settings.bootpd;
    if (dns !== "auto") return dns ?? [];
    const found = hostResolvers();
    if (found.length > 0) return found;
    this.#parts.log.say(
      "warning",
      `dns = auto: this host knows no DNS server that others can reach; announcing its own address`,
    );
    return [serverAddress];
  }

  #openAccess(): AccessPolicy {
    const { bootpd, mac, uuid, static_dhcp: reserved, http } = this.#config.settings;
    const rules = (entries: typeof mac): { pattern: (typeof mac)[number]["key"]; allow: boolean }[] =>
      entries.map(({ key, value }) => ({ pattern: key, allow: value }));
    switch (bootpd.access) {
      case "mac": {
        const whole = (1n << 48n) - 1n;
        const known = reserved.map(({ key }) => ({
          pattern: { value: macToInteger(key), mask: whole, exact: true },
          allow: true,
        }));
        // What [mac] says of a machine comes first, and so counts.
        return macAccess(new IdentifierList([...rules(mac), ...known]));
      }
      case "uuid":
        return uuidAccess(new IdentifierList(rules(uuid)));
      case "http": {
        const { location, pxe, dhcp, timeout, always_check: alwaysCheck } = http;
        if (location === undefined) return openAccess;
        const timeoutSeconds = timeout ?? bootpd.timeout ?? AUTHORITY_SECONDS;
        return httpAccess({ location, paths: { firmware: pxe, system: dhcp }, timeoutSeconds, alwaysCheck });
      }
      case undefined:
        return openAccess;
    }
  }

  async #learnSizes(): Promise<KnownSizes> {
    const { clock } = this.#parts;
    const { bootpd, bootfile } = this.#config.settings;
    const sizes = new KnownSizes(this.#files, clock);
    const names = [
      ...bootfile.map(({ value }) => value),
      ...(bootpd.boot_file === undefined ? [] : [bootpd.boot_file]),
    ];
    const learning = Promise.all(names.map((name) => sizes.learn(name)));
    await new Promise<void>((resolve) => {
      const cancel = clock.after(SIZES_MILLISECONDS, resolve);
      void learning.then(() => {
        cancel();
        resolve();
      });
    });
    return sizes;
  }

  async #startTftp(directory: ClientDirectory): Promise<void> {
    const { network, clock } = this.#parts;
    const { address, port, blocksize, timeout } = this.#config.settings.tftpd;
    const wanted = address ?? this.#config.network?.serverAddress ?? UNSPECIFIED;
    const interfaces = hostInterfaces().filter((entry) => wanted === UNSPECIFIED || entry.address === wanted);
    const server = new TftpServer({
      network,
      files: this.#files,
      directory,
      events: this.#events,
      clock,
      settings: {
        listen: interfaces.map((entry) => ({
          address: entry.address,
          largestBlockSize: mtuOf(entry.name) - TFTP_OVERHEAD,
        })),
        port,
        limits: { defaultBlockSize: blocksize, largestWindowSize: LARGEST_WINDOW, timeoutSeconds: timeout },
        retries: TFTP_RETRIES,
        mostTransfers: MOST_TRANSFERS,
      },
    });
    this.#stops.push(() => {
      server.stop();
    });
    const needed = { service: "TFTP", protocol: "udp", address: wanted, port, option: "[tftpd] port" } as const;
    await openingPort(needed, () => server.start());
  }

  async #startHttp(directory: ClientDirectory): Promise<void> {
    const { address, port, root, check_ip: check } = this.#config.settings.httpd;
    const listen = { address: address ?? this.#config.network?.serverAddress ?? UNSPECIFIED, port };
    const server = new HttpServer({
      files: new FolderSource(root),
      directory,
      events: this.#events,
      clock: this.#parts.clock,
      // Without a DHCP side nobody holds an address of ours, and PyBootd checks none then.
      settings: { listen, checkAddress: check && this.#config.network !== undefined },
    });
    const needed = { service: "HTTP", protocol: "tcp", ...listen, option: "[httpd] port" } as const;
    await openingPort(needed, () => server.start());
    this.#stops.push(() => {
      server.stop();
    });
  }
}

function directoryOf(leases: LeaseTable, machines: MachineTable): ClientDirectory {
  return {
    find(address) {
      const mac = leases.holderOf(address);
      if (mac === undefined) return undefined;
      const { uuid, file, architecture } = machines.get(mac);
      return { mac, uuid, file, architecture };
    },
  };
}
