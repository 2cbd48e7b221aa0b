import { asError } from "../common/error.js";
import type { Transaction } from "../common/transaction.js";
import type { Identity } from "../machine/lease-key.js";
import type { Service, ServiceParts } from "../service/service.js";
import type { HostEntry } from "./entry.js";
import { JoinedHosts } from "./joined-hosts.js";
import { plannedSources, type InventoryConfig, type PlannedSource, type SourceParts } from "./planned-sources.js";
import type { HostSource, Inventory, SourceState } from "./source.js";

/** The longest time that the start waits for a server to answer, in milliseconds. */
const FIRST_MILLISECONDS = 1500;

/** The input of {@link InventoryService.prepare}. */
export interface InventoryOrder {
  readonly config: InventoryConfig;
}

/** An open source. */
interface Opened {
  /** See {@link PlannedSource.settings}. */
  readonly settings: string | undefined;
  readonly source: HostSource;
}

/** The sources of a configuration. */
interface Sources {
  readonly opened: readonly Opened[];
  readonly hosts: JoinedHosts;
}

/**
 * The inventory of the daemon: all sources of hosts that the configuration names, as one. A source whose settings stay
 * the same over a reload stays open.
 */
export class InventoryService implements Service<InventoryOrder>, Inventory {
  readonly #parts: SourceParts;
  #current: Sources = { opened: [], hosts: new JoinedHosts([]) };
  #prepared: Sources | undefined;

  constructor({ events, clock, privileges }: Pick<ServiceParts, "events" | "clock" | "privileges">) {
    this.#parts = {
      events,
      clock,
      random: Math.random,
      firstMilliseconds: FIRST_MILLISECONDS,
      keeps: true,
      asUser: (action) => privileges.asUser(action),
    };
  }

  /**
   * Returns the hosts of the configuration that is being prepared, for services that are prepared after this one; those
   * in effect where none is.
   */
  get prepared(): HostSource {
    return (this.#prepared ?? this.#current).hosts;
  }

  find(who: Identity): ReturnType<Inventory["find"]> {
    return this.#current.hosts.find(who);
  }

  known(): Iterable<HostEntry> {
    return this.#current.hosts.known();
  }

  state(): SourceState {
    return this.#current.hosts.state();
  }

  /** @throws {ConfigError} with every problem of a source that has to be opened */
  async prepare({ config }: InventoryOrder): Promise<Transaction> {
    const former = this.#current;
    const opened = await this.#open(config, former.opened);
    const isNew = ({ source }: Opened): boolean => former.opened.every((other) => other.source !== source);
    const next = { opened, hosts: new JoinedHosts(opened.map(({ source }) => source)) };
    this.#prepared = next;
    return {
      commit: () => {
        this.#prepared = undefined;
        this.#current = next;
        former.hosts.detach();
        next.hosts.start();
        this.#close(former.opened.filter(({ source }) => opened.every((other) => other.source !== source)));
      },
      rollback: () => {
        this.#prepared = undefined;
        next.hosts.detach();
        this.#close(opened.filter(isNew));
      },
    };
  }

  async stop(): Promise<void> {
    await this.#current.hosts.close();
  }

  /** Returns the sources of a configuration: those that are open with the same settings, and new ones. */
  async #open(config: InventoryConfig, former: readonly Opened[]): Promise<readonly Opened[]> {
    const opened: Opened[] = [];
    const isSame = ({ settings }: PlannedSource, other: Opened): boolean =>
      settings !== undefined && settings === other.settings;
    try {
      for (const planned of plannedSources(config, this.#parts)) {
        const { settings, open } = planned;
        opened.push(former.find((other) => isSame(planned, other)) ?? { settings, source: await open() });
      }
    } catch (error) {
      this.#close(opened.filter((each) => !former.includes(each)));
      throw error;
    }
    return opened;
  }

  #close(sources: readonly Opened[]): void {
    for (const { source } of sources) {
      Promise.resolve(source.close()).catch((error: unknown) => {
        this.#parts.events.publish({ kind: "failed", where: "closing a source of machines", error: asError(error) });
      });
    }
  }
}
