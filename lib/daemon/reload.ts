import { isDeepStrictEqual } from "node:util";
import { tftpSettings } from "../tftp/settings.js";
import type { Config } from "../settings/load.js";
import { ConfigError } from "../config/problem.js";
import type { Daemon } from "./daemon.js";
import type { Log } from "../observe/log.js";
import { asError } from "../common/error.js";
import type { AddressChange } from "../os/interface-watch.js";
import type { InterfaceAddress } from "../os/interfaces.js";
import { formatIpv4 } from "../net/ipv4.js";
import type { System } from "../os/system.js";
import { withSourceErrors } from "../settings/settings-error.js";
import { StartError } from "../os/start-error.js";

/** The parts that a reload works on. */
export interface ReloadParts {
  /**
   * Loads the configuration for these addresses of the host; `former` is the one in effect.
   *
   * @throws {ConfigError} with every problem found
   */
  readonly load: (interfaces: readonly InterfaceAddress[], former: Config) => Config;
  /** Whether the user gave a configuration file, which can be read again. */
  readonly given: boolean;
  readonly daemon: Pick<Daemon, "config" | "reload" | "keepAt" | "report">;
  readonly log: Log;
  readonly system: Pick<System, "interfaces">;
  /** The addresses of this host at the start of the daemon. */
  readonly interfaces: readonly InterfaceAddress[];
}

/** Reloads a daemon's configuration on request and when the addresses of this host change. */
export class Reloads {
  readonly #parts: ReloadParts;
  /** The address-dependent part of the configuration in effect; see {@link servedBy}. */
  #served: unknown;
  /** Whether an address in use has disappeared, and DHCP does not answer there. */
  #lost = false;

  constructor(parts: ReloadParts) {
    this.#parts = parts;
    this.#served = servedBy(parts.daemon.config, parts.interfaces);
  }

  /** The status line for the service manager. */
  get status(): string {
    const { file, services } = this.#parts.daemon.config;
    const running = Object.entries(services).filter(([, runs]) => runs);
    return `serving ${running.map(([name]) => name.toUpperCase()).join(", ")}, as ${file} says`;
  }

  /**
   * Reads the configuration again and applies it. Logs why where that fails; the former configuration stays in effect.
   *
   * @returns the status line after that
   */
  async reload(): Promise<string> {
    const { given, system } = this.#parts;
    if (given) return this.#goBy(() => this.#load(system.interfaces()));
    this.#parts.log.say("warning", "there is no configuration to read again: none was given (-c FILE)");
    return this.status;
  }

  /**
   * Applies a change of this host's addresses where it affects what is served. Logs why where the configuration does
   * not fit the new addresses; the former configuration stays in effect, but DHCP answers at no address that is gone.
   *
   * @returns the status line after that
   */
  async follow(change: AddressChange): Promise<string> {
    const { daemon, log } = this.#parts;
    const lost = change.gone.filter((entry) => isServedBy(daemon.config, entry));
    let next: Loaded;
    try {
      next = this.#load(change.now);
    } catch (error) {
      if (lost.length === 0) return this.status;
      this.#lost = true;
      await daemon.keepAt(change.now);
      log.say("warning", describe(change));
      for (const line of asError(error).message.split("\n")) log.say("warning", line);
      const where = lost.map(named).join(" and ");
      log.say("warning", `nothing is served at ${where} until the addresses fit, or the configuration is reloaded`);
      return this.status;
    }
    const same = isDeepStrictEqual(next.served, this.#served);
    if (same && !this.#lost) return this.status;
    log.say(same ? "info" : "warning", describe(change));
    return this.#goBy(() => next);
  }

  #load(interfaces: readonly InterfaceAddress[]): Loaded {
    const { load, daemon } = this.#parts;
    const config = load(interfaces, daemon.config);
    return { config, served: servedBy(config, interfaces) };
  }

  async #goBy(load: () => Loaded): Promise<string> {
    const { daemon, log } = this.#parts;
    try {
      const { config, served } = load();
      await daemon.reload(config);
      this.#served = served;
      this.#lost = false;
    } catch (thrown) {
      const error = await withSourceErrors(thrown);
      const known = error instanceof ConfigError || error instanceof StartError;
      for (const line of known ? error.message.split("\n") : []) log.say("error", line.trim());
      if (!known) daemon.report("reading the configuration again", asError(error));
      log.say("error", "the configuration was not reloaded: everything stays as it is");
      return `${this.status}; what it says now was refused, see the log`;
    }
    return this.status;
  }
}

interface Loaded {
  readonly config: Config;
  readonly served: unknown;
}

/** Returns the address-dependent part of a configuration, for comparison. */
function servedBy(config: Config, interfaces: readonly InterfaceAddress[]): unknown {
  const { network, subnets, services, settings } = config;
  const listen = services.tftp ? tftpSettings(config, interfaces).listen : [];
  return { network, subnets, listen, interface: settings.bootpd.interface };
}

/** Whether an address is one that clients reach this server at. */
function isServedBy({ subnets, settings }: Config, { address }: InterfaceAddress): boolean {
  const { bootpd, tftpd, httpd } = settings;
  return (
    subnets.some(({ link }) => link?.serverAddress === address) ||
    [bootpd, tftpd, httpd].some((section) => section.address === address)
  );
}

function named({ name, address }: InterfaceAddress): string {
  return `${formatIpv4(address)} (${name})`;
}

function describe({ gone, fresh }: AddressChange): string {
  const isSame = (one: InterfaceAddress, other: InterfaceAddress): boolean =>
    one.name === other.name && one.address === other.address && one.index !== other.index;
  const anew = fresh.filter((entry) => gone.some((former) => isSame(former, entry)));
  const parts = [
    ...gone.filter((former) => !anew.some((entry) => isSame(former, entry))).map((entry) => `${named(entry)} is gone`),
    ...fresh.filter((entry) => !anew.includes(entry)).map((entry) => `${named(entry)} is new`),
    ...anew.map((entry) => `${named(entry)} is on a new interface of that name`),
  ];
  return `this host's addresses changed: ${parts.join(", ")}`;
}
