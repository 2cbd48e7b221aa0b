import type { EventBus } from "../events/event.js";
import type { Clock } from "../common/clock.js";
import { FileHosts } from "./file/file-hosts.js";
import { IniHosts, type IniSections } from "./ini/ini-hosts.js";
import type { InventorySections } from "./sections.js";
import type { HostSource } from "./source.js";

/** The part of a configuration that defines hosts or names sources of them. */
export interface InventoryConfig {
  /** The path of the configuration file. */
  readonly file: string;
  readonly settings: InventorySections & IniSections;
}

/** A source that a configuration names. */
export interface PlannedSource {
  /**
   * The settings of the source as text: an open source with the same settings is kept. Undefined for a source that is
   * made of the configuration itself.
   */
  readonly settings: string | undefined;
  /** Opens the source; it is silent until it is started. @throws {ConfigError} with every problem of it */
  readonly open: () => HostSource | Promise<HostSource>;
}

/** Returns the sources that a configuration names, in order of precedence. */
export function plannedSources(
  { settings, file }: InventoryConfig,
  events: EventBus,
  clock: Clock,
): readonly PlannedSource[] {
  const own = { settings: undefined, open: () => new IniHosts(settings, file) };
  const { file: path } = settings.hosts;
  return path === undefined
    ? [own]
    : [own, { settings: JSON.stringify(["file", path]), open: () => FileHosts.open(path, events, clock) }];
}
