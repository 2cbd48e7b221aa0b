import type { Event, EventBus } from "../events/event.js";
import type { Clock } from "../common/clock.js";
import { asError } from "../common/error.js";
import type { Ipv4 } from "../net/ipv4.js";
import { Cooldown } from "../common/cooldown.js";
import { remember } from "../common/remember.js";
import type { InterfaceAddress } from "../os/interfaces.js";
import { isThere, type LinkName } from "./link.js";
import type { DhcpProbe, FoundServer } from "./probe.js";

/** Milliseconds between two looks; randomised, so that servers started together do not probe together. */
const USUAL_MILLISECONDS = 30 * 60_000;
/**
 * Milliseconds between the first and second look: a server may start later than this one, or its answer may be lost.
 */
const FIRST_MILLISECONDS = 60_000;
const JITTER = 0.2;

/** Requests may name any server: the number remembered, and the seconds between two reports. */
const MOST_NAMED = 64;
const NAMED_SECONDS = 60;

/** The parts {@link Rivals} is built from. */
export interface RivalsParts {
  readonly probe: Pick<DhcpProbe, "find">;
  readonly clock: Clock;
  readonly events: EventBus;
  /** Returns a random number from 0 up to, but not including, 1. */
  readonly random: () => number;
}

/**
 * Detects other DHCP servers on our links: probes at start, after a minute and then rarely, and notes servers named by
 * machines that took their offers. Reports each server once, and once when it is gone.
 */
export class Rivals {
  readonly #parts: RivalsParts;
  readonly #unsubscribe: () => void;
  /** Servers that answered, by interface. */
  readonly #answering = new Map<string, ReadonlyMap<Ipv4, FoundServer>>();
  /** Servers named by machines. */
  readonly #named = new Map<Ipv4, true>();
  readonly #naming: Cooldown;
  #links: readonly LinkName[] = [];
  #ownAddresses: readonly Ipv4[] = [];
  #cancel: () => void = () => undefined;
  /** Incremented by each watch, so that a look of an earlier watch ends silently. */
  #watch = 0;
  #looking: Promise<void> = Promise.resolve();
  readonly #blind = new Set<string>();

  constructor(parts: RivalsParts) {
    this.#parts = parts;
    this.#naming = new Cooldown(parts.clock, NAMED_SECONDS);
    this.#unsubscribe = parts.events.subscribe((event) => {
      this.#heed(event);
    });
  }

  /** Starts to look on these links, at once; stops where there are none. */
  watch(links: readonly LinkName[], ownAddresses: readonly Ipv4[]): void {
    this.#links = links;
    this.#ownAddresses = ownAddresses;
    this.#cancel();
    const watch = ++this.#watch;
    if (links.length > 0) this.#look(watch, FIRST_MILLISECONDS);
  }

  /** Looks only from these addresses, until the next watch. */
  keepAt(addresses: readonly InterfaceAddress[]): void {
    this.#links = this.#links.filter((link) => isThere(link, addresses));
  }

  stop(): void {
    this.watch([], []);
    this.#unsubscribe();
  }

  /**
   * Looks once the previous look is over, since that one holds the client port.
   *
   * @param usualWait the mean time from this look to the next one, in milliseconds
   */
  #look(watch: number, usualWait: number): void {
    this.#looking = this.#looking.then(() => (watch === this.#watch ? this.#lookOnAll(watch, usualWait) : undefined));
  }

  async #lookOnAll(watch: number, usualWait: number): Promise<void> {
    const { clock, random } = this.#parts;
    await Promise.all(this.#links.map((link) => this.#lookOn(link, watch)));
    if (watch !== this.#watch) return;
    const wait = usualWait * (1 + JITTER * (2 * random() - 1));
    this.#cancel = clock.after(wait, () => {
      this.#look(watch, USUAL_MILLISECONDS);
    });
  }

  async #lookOn(link: LinkName, watch: number): Promise<void> {
    const { interfaceName } = link;
    try {
      const all = await this.#parts.probe.find(link);
      if (watch !== this.#watch) return;
      this.#blind.delete(interfaceName);
      this.#compare(interfaceName, new Map([...all].filter(([server]) => !this.#ownAddresses.includes(server))));
    } catch (error) {
      // Usually a DHCP client of this host has the client port.
      if (watch !== this.#watch || this.#blind.has(interfaceName)) return;
      this.#blind.add(interfaceName);
      this.#parts.events.publish({ kind: "rival-unsought", interfaceName, error: asError(error) });
    }
  }

  #compare(interfaceName: string, found: ReadonlyMap<Ipv4, FoundServer>): void {
    const { events } = this.#parts;
    const former = this.#answering.get(interfaceName) ?? new Map<Ipv4, FoundServer>();
    this.#answering.set(interfaceName, found);
    for (const [server, { bootFile }] of found) {
      const isNews = former.get(server)?.bootFile !== bootFile || !former.has(server);
      if (isNews) events.publish({ kind: "rival-found", server, interfaceName, bootFile });
    }
    for (const server of former.keys()) {
      if (!found.has(server)) events.publish({ kind: "rival-gone", server, interfaceName });
    }
  }

  /** Reports the server that a machine chose instead of us: its REQUEST names it (RFC 2131 3.1.3). */
  #heed(event: Event): void {
    if (event.kind !== "dhcp-ignored" || event.cause.code !== "took-other" || this.#links.length === 0) return;
    const { machine, cause } = event;
    const { server } = cause;
    const isKnown = this.#named.has(server) || [...this.#answering.values()].some((servers) => servers.has(server));
    if (isKnown || !this.#naming.due()) return;
    remember(this.#named, server, true, MOST_NAMED);
    this.#parts.events.publish({ kind: "rival-named", server, machine });
  }
}
