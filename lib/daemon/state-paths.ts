import { closeSync, openSync, readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import type { Config } from "../settings/load.js";
import type { Root } from "../config/values.js";
import { isOneShotFile } from "../boot/one-shots.js";
import { asError } from "../common/error.js";
import type { OwnPath } from "../files/private-files.js";
import { isNoRoom } from "../os/file-errors.js";
import { giveFile, giveFolder, type Owner } from "../os/owned-paths.js";
import { closeFolder } from "../os/private-paths.js";
import { findReader, missingPermissions, type Reader, type UserTables } from "../os/reader.js";
import { usualNames } from "../os/user.js";
import { packageFolder } from "../common/package.js";
import { StartError } from "../os/start-error.js";
import { oneShotFolder } from "../boot/ipxe/settings.js";
import { leaseFolder, stateFolder } from "../leases/open-store.js";

/** Names of the daemon's entries in the state folder, the lease folder and the disk cache. */
const STATE = /^(?:leases|once|cache|inventory|control\.sock)(?:\.|$)/;
const LEASES = /^(?:data\.mdb(?:\.new)?(?:-lock)?|lock\.mdb|closed)$/;
const KEPT = /\.(?:json|data|part)$/;
/** The mark in the name of a damaged lease database that was put aside. */
const DAMAGED = ".damaged-";

type IsOurs = (name: string) => boolean;
const isLease: IsOurs = (name) => LEASES.test(name);
const isKept: IsOurs = (name) => KEPT.test(name);

/** A folder that the daemon writes to: the names of its entries, and the option that requires it. */
type OwnFolder = OwnPath & { readonly entries: RegExp; readonly option: string | undefined };

function ownFolders(config: Config): readonly OwnFolder[] {
  const folders: readonly (readonly [what: string, path: string | undefined, entries: RegExp, option?: string])[] = [
    ["the lease database", leaseFolder(config), LEASES, "[bootpd] lease_db"],
    ["the daemon's state", stateFolder(config), STATE],
    ["[cache] disk", config.settings.cache.disk, KEPT, "[cache] disk"],
  ];
  return folders.flatMap(([what, path, entries, option]) =>
    path === undefined ? [] : [{ what, path, entries, option }],
  );
}

/**
 * Returns the paths that are never served: the configuration, the private files that it names, and the daemon's state.
 */
export function ownPaths(config: Config): readonly OwnPath[] {
  const { logger, daemon, httpd, hosts } = config.settings;
  const leases = leaseFolder(config);
  const files: readonly (readonly [what: string, path: string | undefined])[] = [
    ["the configuration", config.file],
    ["[hosts] file", hosts.file?.kind === "file" ? hosts.file.path : undefined],
    ["[hosts] redis_password_file", hosts.redis_password_file],
    ["[httpd] certificate", httpd.certificate],
    ["[httpd] key", httpd.key],
    ["[logger] file", logger.file],
    ["[daemon] pid_file", daemon.pid_file],
    ["the lease database", leases === undefined ? undefined : join(leases, "data.mdb")],
  ];
  const named = files.flatMap(([what, path]) => (path === undefined ? [] : [{ what, path }]));
  return [...named, ...ownFolders(config)];
}

/**
 * Gives a user the paths that the daemon writes to: the state, lease and cache folders, and the log file. Creates those
 * that do not exist.
 *
 * @returns the paths that stay root's and why, a sentence each
 * @throws {StartError} where the disk has no room for a required folder
 */
export function giveState(config: Config, owner: Owner): readonly string[] {
  const { logger } = config.settings;
  const leases = leaseFolder(config);
  const log = logger.type === "file" ? logger.file : undefined;
  return [
    ...ownFolders(config).flatMap(({ path, entries, option }) =>
      giving(path, option, () => {
        giveFolder(path, owner, (name) => entries.test(name) || join(path, name) === leases);
      }),
    ),
    ...(log === undefined
      ? []
      : giving(log, "[logger] file", () => {
          giveFile(log, owner);
        })),
  ];
}

/** @param option the option that requires the path; undefined where the daemon runs without it */
function giving(path: string, option: string | undefined, give: () => void): readonly string[] {
  return trying(`${path} stays root's`, () => {
    try {
      give();
    } catch (error) {
      // After the drop of root the folder would only be missing, which would hide the reason.
      if (option === undefined || !isNoRoom(error)) throw error;
      throw new StartError(`${option}: ${path} cannot be made: ${asError(error).message}`);
    }
  });
}

/**
 * Removes the permissions of other users on existing leases, one-shot boots and cached files. Earlier versions made
 * them readable by all, and the URLs of cached files may hold passwords.
 *
 * @returns the paths that others can still read and why, a sentence each
 */
export function closeState(config: Config): readonly string[] {
  const [leases, state, kept] = [leaseFolder(config), stateFolder(config), config.settings.cache.disk];
  const damaged =
    leases === undefined ? [] : namesIn(state).filter((name) => name.startsWith(basename(leases) + DAMAGED));
  const folders: readonly (readonly [path: string | undefined, isOurs: IsOurs])[] = [
    [leases, isLease],
    ...damaged.map((name) => [join(state, name), isLease] as const),
    [oneShotFolder(config), isOneShotFile],
    [kept, isKept],
  ];
  return folders.flatMap(([path, isOurs]) =>
    path === undefined
      ? []
      : trying(`${path} may be read by others`, () => {
          closeFolder(path, isOurs);
        }),
  );
}

function trying(otherwise: string, act: () => void): readonly string[] {
  try {
    act();
    return [];
  } catch (error) {
    if (error instanceof StartError) throw error;
    return [`${otherwise}: ${asError(error).message}`];
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/**
 * Checks that the process can still read the program after the drop of root: parts of it are loaded on demand.
 *
 * @returns the first path that the current user cannot read
 */
export function unreadableProgram(): string | undefined {
  return programPaths().find((path) => !mayRead(path));
}

function programPaths(): readonly string[] {
  return [join(packageFolder, "package.json"), process.execPath];
}

/** @throws {StartError} where the current user cannot read the program */
export function requireReadableProgram(who: string): void {
  const hidden = unreadableProgram();
  if (hidden === undefined) return;
  throw new StartError(
    [
      `[daemon] user: user ${who} may not read this program: ${hidden}. One of:`,
      "  install it where everybody may: npm install -g --install-links ., and a Node.js outside of home folders",
      "  [daemon] user = …       name a user who may",
    ].join("\n"),
  );
}

/** A path that the daemon serves or reads again. */
export interface WantedPath {
  readonly name: string;
  readonly path: string;
  /** Whether the file is private, so that the advice must not open it to others. */
  readonly secret?: boolean;
}

/** Returns the paths to serve or to read again that the current user cannot read. */
export function unreadablePaths(config: Config): readonly WantedPath[] {
  return wantedPaths(config).filter(({ path }) => !mayRead(path));
}

/**
 * Describes the paths that the daemon cannot read once it runs as its own user, a sentence each. Judges by the
 * permission bits, since this process runs as another user.
 *
 * @param caller the user id of this process
 */
export function unreadableLater(config: Config, tables: UserTables, caller: number): readonly string[] {
  const who = readerOf(config, tables, caller);
  if (who === undefined) return [];
  return wantedPaths(config)
    .filter(({ path }) => missingPermissions(path, who).length > 0)
    .map((wanted) => describeUnreadable(wanted, who));
}

/** @returns undefined where the daemon stays root, or the user tables do not tell */
function readerOf({ settings }: Config, tables: UserTables, caller: number): Reader | undefined {
  const { user, group } = settings.daemon;
  if (user !== undefined) return findReader(tables, user, group);
  const names = usualNames(caller === 0 ? process.env : { SUDO_UID: `${caller}` });
  const known = names.flatMap((name) => findReader(tables, name, group) ?? []);
  return known.find((reader) => programPaths().every((path) => missingPermissions(path, reader).length === 0));
}

/** Describes an unreadable path and how to fix it. @param who the user that cannot read it; undefined where unnamed */
export function describeUnreadable({ name, path, secret = false }: WantedPath, who: Reader | undefined): string {
  const subject = who === undefined ? "this user" : `user ${JSON.stringify(who.name)}`;
  const missing = who === undefined || secret ? [] : missingPermissions(path, who);
  const advice = missing.length === 0 ? "" : `: ${missing.map((each) => `chmod ${each}`).join(" && ")}`;
  return `${name}: ${subject} cannot read ${path}${advice}`;
}

function wantedPaths(config: Config): readonly WantedPath[] {
  const { tftpd, httpd, hosts, ipxe } = config.settings;
  const { services, network, file } = config;
  const wanted: readonly (readonly [name: string, path: string | undefined, secret?: boolean])[] = [
    ["the configuration", file],
    ["[tftpd] root", services.tftp ? folderOf(tftpd.root) : undefined],
    ["[httpd] root", services.http ? folderOf(httpd.root) : undefined],
    ["[httpd] key", services.http ? httpd.key : undefined, true],
    ["[hosts] file", network === undefined || hosts.file?.kind !== "file" ? undefined : hosts.file.path],
    ["[hosts] redis_password_file", hosts.redis_password_file, true],
    ["[hosts] redis_ca", hosts.redis_ca],
    ["[hosts] scripts", hosts.scripts],
    ["[ipxe] binary_dir", ipxe.binary_dir],
    ["[ipxe] script", ipxe.script],
  ];
  return wanted.flatMap(([name, path, secret = false]) => (path === undefined ? [] : [{ name, path, secret }]));
}

function folderOf(root: Root): string | undefined {
  return root.kind === "folder" ? root.path : undefined;
}

/** Whether this user can read a file, or enter a folder. A missing path counts as readable: other checks report it. */
function mayRead(path: string): boolean {
  try {
    closeSync(openSync(path, "r"));
    if (statSync(path).isDirectory()) closeSync(openSync(`${path}/.`, "r"));
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code !== "EACCES" && code !== "EPERM";
  }
}
