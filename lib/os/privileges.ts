import type { Level } from "../common/log-line.js";
import { StartError } from "./start-error.js";
import {
  heldCapabilities,
  keepingCapabilities,
  nameCapabilities,
  NETWORK_CAPABILITIES,
  type CapabilityCalls,
} from "./capabilities.js";
import { findUser, findUsualUser, refused, RootKeptError, userCalls, type User, type UserCalls } from "./user.js";

/** The privileges of this process, and the user that it gives them up for. */
export interface Privileges {
  /** The user to become; undefined where the process stays the user it is. */
  readonly user: User | undefined;
  /** Words for a message: why the system now refuses what was allowed before. Undefined until root is given up. */
  readonly lost: string | undefined;
  /**
   * Runs an action with no more rights than the user has; files that it creates belong to the user. Nothing else may
   * run meanwhile.
   */
  asUser<T>(action: () => Promise<T>): Promise<T>;
  /**
   * Gives up root for good, where there is a user to become.
   *
   * @throws {StartError} where the system refuses
   */
  giveUp(): void;
  /** Describes the current user and the capabilities that are left. */
  describe(): Standing;
}

/** A message for the log. */
export interface Standing {
  readonly level: Level;
  readonly message: string;
}

/**
 * Determines the privileges of this process, and the user to become.
 *
 * @param libc if given, the process keeps the two capabilities that reading the configuration again takes
 * @throws {StartError} where there is no such user, or this process may not become it
 */
export function openPrivileges(wanted: WantedUser, libc: CapabilityCalls | undefined): Privileges {
  const calls = userCalls();
  if (calls?.geteuid() !== 0) return sameUser(calls);
  const { user, group, hindrance } = wanted;
  if (user === undefined) return usualPrivileges(calls, group, hindrance, libc);
  const next = findUser(calls, user, group);
  return next === undefined ? sameUser(calls) : new RootPrivileges(calls, next, libc);
}

/** Picks the usual user where none is configured. If none can run the program, the process stays root and says so. */
function usualPrivileges(
  calls: UserCalls,
  group: string | undefined,
  hindrance: WantedUser["hindrance"],
  libc: CapabilityCalls | undefined,
): Privileges {
  try {
    const usual = findUsualUser(calls, () => hindrance() === undefined, group, process.env);
    if (usual !== undefined) return new RootPrivileges(calls, usual, libc);
    return sameUser(
      calls,
      "no usual user may read this program: install it where everybody may, or name a user who may",
    );
  } catch (error) {
    if (error instanceof RootKeptError) {
      return sameUser(calls, "it may not become another user here (CAP_SETUID and CAP_SETGID)");
    }
    throw error;
  }
}

/** The user that is to run the daemon. */
export interface WantedUser {
  /** `[daemon] user`; undefined for the first usual user that can run it. */
  readonly user: string | undefined;
  readonly group: string | undefined;
  /** Returns what keeps the current user from running this program; undefined where nothing does. */
  readonly hindrance: () => string | undefined;
}

/**
 * Returns the privileges of a process that stays the user it is.
 *
 * @param why the reason why it stays root, where that was not configured
 */
export function sameUser(calls = userCalls(), why?: string): Privileges {
  return {
    user: undefined,
    lost: undefined,
    asUser: (action) => action(),
    giveUp: () => undefined,
    describe: () => describe(calls, undefined, why),
  };
}

class RootPrivileges implements Privileges {
  readonly user: User;
  readonly #calls: UserCalls;
  readonly #libc: CapabilityCalls | undefined;
  #given = false;

  constructor(calls: UserCalls, user: User, libc: CapabilityCalls | undefined) {
    this.user = user;
    this.#calls = calls;
    this.#libc = libc;
    try {
      // Root needs no group for its work, and the user must not get root's groups.
      if (user.onlyGroup || /^\d+$/.test(user.name)) calls.setgroups([user.gid]);
      else calls.initgroups(user.name, user.gid);
    } catch (error) {
      throw refused(error);
    }
  }

  get lost(): string | undefined {
    return this.#given ? `root was given up at the start, and this is user ${this.user.name}` : undefined;
  }

  async asUser<T>(action: () => Promise<T>): Promise<T> {
    if (this.#given) return action();
    this.#calls.setegid(this.user.gid);
    this.#calls.seteuid(this.user.uid);
    try {
      return await action();
    } finally {
      this.#calls.seteuid(0);
      this.#calls.setegid(0);
    }
  }

  giveUp(): void {
    if (this.#given) return;
    try {
      if (this.#libc === undefined) this.#becomeUser();
      else {
        keepingCapabilities(this.#libc, NETWORK_CAPABILITIES, () => {
          this.#becomeUser();
        });
      }
    } catch (error) {
      throw refused(error);
    }
    this.#requireGone();
    this.#given = true;
  }

  describe(): Standing {
    return describe(this.#calls, this.#given ? this.user : undefined);
  }

  /**
   * Sets the user last, since that ends the right to change the group. Each call changes all threads, and the real,
   * effective and saved ids.
   */
  #becomeUser(): void {
    this.#calls.setgid(this.user.gid);
    this.#calls.setuid(this.user.uid);
  }

  /** Verifies that root is gone: a daemon that wrongly believes so is worse than one that runs as root. */
  #requireGone(): void {
    const { uid, gid } = this.user;
    const calls = this.#calls;
    const ids = [calls.getuid(), calls.geteuid(), calls.getgid(), calls.getegid()];
    const held = heldCapabilities();
    const allowed = this.#libc === undefined ? 0n : NETWORK_CAPABILITIES;
    const tooMany = held === undefined ? 0n : (held.effective | held.permitted | held.ambient) & ~allowed;
    if (ids.join() !== [uid, uid, gid, gid].join() || tooMany !== 0n || canReturn(calls)) {
      const what = `user and group ${ids.join(" ")}, capabilities ${nameCapabilities(tooMany)}`;
      throw new StartError(`[daemon] user: root could not be given up: what is left is ${what}`);
    }
  }
}

function canReturn(calls: UserCalls): boolean {
  try {
    calls.setuid(0);
    return true;
  } catch {
    return false;
  }
}

/** @param user the user that root was given up for */
function describe(calls: UserCalls | undefined, user?: User, why?: string): Standing {
  if (calls === undefined) return { level: "debug", message: "this system has no users" };
  const held = nameCapabilities(heldCapabilities()?.effective ?? 0n);
  const [uid, gid] = [calls.geteuid(), calls.getegid()];
  if (user !== undefined) {
    const who = `user ${user.name} (uid ${uid}, gid ${gid})`;
    const message = `root is given up: this is ${who}; capabilities kept to open ports when the configuration changes: ${held}`;
    return { level: "info", message };
  }
  if (uid === 0) {
    const reason = why === undefined ? "" : `, since ${why}`;
    return { level: "warning", message: `[daemon] user: this runs as root, and stays root${reason}` };
  }
  return { level: "info", message: `runs as uid ${uid}, gid ${gid}; capabilities: ${held}` };
}
