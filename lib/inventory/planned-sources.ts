import { join } from "node:path";
import type { FileOrUrl } from "../config/values.js";
import type { EventBus } from "../events/event.js";
import { stateFolder, type StateConfig } from "../leases/open-store.js";
import type { RedisTarget } from "../redis/target.js";
import type { Clock } from "../common/clock.js";
import { ApiHosts } from "./api/api-hosts.js";
import { FileHosts } from "./file/file-hosts.js";
import { IniHosts, type IniSections } from "./ini/ini-hosts.js";
import { RedisHosts } from "./redis/redis-hosts.js";
import { RemoteHosts } from "./remote/remote-hosts.js";
import { SnapshotFile, type SnapshotParts } from "./remote/snapshot.js";
import type { InventorySections } from "./sections.js";
import type { HostSource } from "./source.js";
import { UrlReader } from "./url/url-reader.js";

/** The part of a configuration that defines hosts or names sources of them. */
export interface InventoryConfig extends StateConfig {
  /** The path of the configuration file. */
  readonly file: string;
  readonly settings: InventorySections & IniSections & StateConfig["settings"];
}

/** The parts that sources are opened with. */
export interface SourceParts {
  readonly events: EventBus;
  readonly clock: Clock;
  /** Returns a number from 0 up to 1. */
  readonly random: () => number;
  /** The longest time that opening waits for the first answer of a server, in milliseconds. */
  readonly firstMilliseconds: number;
  /** Whether the process keeps what it read for its next start. */
  readonly keeps: boolean;
  /** Acts with the rights of the user that the process will be. */
  readonly asUser: SnapshotParts["asUser"];
}

/** A source that a configuration names. */
export interface PlannedSource {
  /**
   * The settings of the source as text: an open source with the same settings is kept. Undefined for a source that is
   * made of the configuration itself.
   */
  readonly settings: string | undefined;
  /** Whether the source is a server that may be away, which is no problem of the configuration. */
  readonly mayBeAway: boolean;
  /** Opens the source; it is silent until it is started. @throws {ConfigError} with every problem of it */
  readonly open: () => HostSource | Promise<HostSource>;
}

/** Returns the folder of the last pictures of servers. */
export function snapshotFolder(config: StateConfig): string {
  return join(stateFolder(config), "inventory");
}

/** Returns the sources that a configuration names, in order of precedence. */
export function plannedSources(config: InventoryConfig, parts: SourceParts): readonly PlannedSource[] {
  const { settings, file } = config;
  const own = { settings: undefined, mayBeAway: false, open: () => new IniHosts(settings, file) };
  const { file: listed, redis, api } = settings.hosts;
  return [
    own,
    ...(listed === undefined ? [] : [plannedFile(listed, config, parts)]),
    ...(redis === undefined ? [] : [plannedRedis(redis, config, parts)]),
    ...(api === undefined ? [] : [plannedApi(api, parts)]),
  ];
}

function plannedApi(url: URL, { events, clock }: SourceParts): PlannedSource {
  return {
    settings: JSON.stringify(["api", url.href]),
    mayBeAway: true,
    open: () => ApiHosts.open(url, events, clock),
  };
}

function plannedFile(file: FileOrUrl, config: InventoryConfig, parts: SourceParts): PlannedSource {
  const { events, clock, asUser } = parts;
  if (file.kind === "file") {
    const { path } = file;
    return {
      settings: JSON.stringify(["file", path]),
      mayBeAway: false,
      open: () => FileHosts.open(path, events, clock),
    };
  }
  const { refresh: refreshSeconds } = config.settings.hosts;
  const path = join(snapshotFolder(config), "hosts-file.jsonl");
  const keeps = parts.keeps && !config.settings.bootpd.dry_run;
  return {
    settings: JSON.stringify(["url", file.url.href, refreshSeconds, path]),
    mayBeAway: true,
    open: () =>
      RemoteHosts.open({
        ...parts,
        reader: new UrlReader(file.url),
        snapshot: new SnapshotFile(path, { keeps, asUser }),
        refreshSeconds,
      }),
  };
}

function plannedRedis(target: RedisTarget, config: InventoryConfig, parts: SourceParts): PlannedSource {
  const { redis_password_file: passwordFile, redis_ca: caFile } = config.settings.hosts;
  const path = join(snapshotFolder(config), "hosts-redis.jsonl");
  const redis = { target, passwordFile, caFile };
  const { asUser } = parts;
  const keeps = parts.keeps && !config.settings.bootpd.dry_run;
  return {
    settings: JSON.stringify(["redis", redis, path]),
    mayBeAway: true,
    open: () =>
      RedisHosts.open(redis, { ...parts, snapshot: new SnapshotFile(path, { keeps, asUser }), writes: keeps }),
  };
}
