import { ConfigError } from "../config/problem.js";
import { EventBus } from "../events/event.js";
import { JoinedHosts } from "./joined-hosts.js";
import { describeMisfit, describeShared, reserveAddresses, type ReservingNetwork } from "./reservations.js";
import { plannedSources, type InventoryConfig, type SourceParts } from "./planned-sources.js";
import type { HostSource, SourceState } from "./source.js";
import { systemClock, type Clock } from "../common/clock.js";

export type { InventoryConfig } from "./planned-sources.js";

/** The longest time that a command waits for a server to answer, in milliseconds. */
const FIRST_MILLISECONDS = 10_000;

function partsOf(events: EventBus, clock: Clock): SourceParts {
  return {
    events,
    clock,
    random: Math.random,
    firstMilliseconds: FIRST_MILLISECONDS,
    keeps: false,
    asUser: (action) => action(),
  };
}

/**
 * Opens the sources of hosts that a configuration names, for a process that is not the daemon.
 *
 * @throws {ConfigError} with every problem of a source
 */
export async function openHosts(config: InventoryConfig, events: EventBus, clock: Clock): Promise<HostSource> {
  const opened: HostSource[] = [];
  for (const { open } of plannedSources(config, partsOf(events, clock))) opened.push(await open());
  const hosts = new JoinedHosts(opened);
  hosts.start();
  return hosts;
}

/**
 * Returns the errors of the sources that a configuration names beside itself, such as a file of machines.
 *
 * @param config need not be valid
 */
export async function sourceErrors(config: InventoryConfig): Promise<readonly ConfigError[]> {
  const errors: ConfigError[] = [];
  for (const { settings, mayBeAway, open } of plannedSources(config, partsOf(new EventBus(), systemClock))) {
    if (settings === undefined || mayBeAway) continue;
    try {
      await (await open()).close();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      errors.push(error);
    }
  }
  return errors;
}

/** Describes what limits the hosts of a source; undefined where nothing does. */
export function describeState(state: SourceState): string | undefined {
  switch (state.kind) {
    case "current":
      return undefined;
    case "stale":
      return `${state.reason}; its machines are those of ${new Date(state.since).toISOString()}`;
    case "unknown":
      return `${state.reason}; none of its machines is known`;
  }
}

/**
 * Reads the sources of hosts that a configuration names, for `--check`.
 *
 * @returns a sentence each: a source that cannot be read now, reserved addresses that do not fit, and addresses that several cards share
 * @throws {ConfigError} with every problem of a source
 */
export async function checkHosts(
  config: InventoryConfig & {
    readonly services: { readonly dhcp: boolean };
    readonly subnets: readonly ReservingNetwork[];
  },
): Promise<Record<"unfit" | "shared", readonly string[]>> {
  const hosts = await openHosts(config, new EventBus(), systemClock);
  const known = config.services.dhcp ? [...hosts.known()] : [];
  const { misfits, shared } = reserveAddresses(
    known.map(({ host }) => host),
    config.subnets,
  );
  const limited = describeState(hosts.state());
  await hosts.close();
  return {
    unfit: [...(limited === undefined ? [] : [`[hosts] ${limited}`]), ...misfits.map(describeMisfit)],
    shared: shared.map(describeShared),
  };
}
