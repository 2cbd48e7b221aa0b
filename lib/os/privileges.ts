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

/** What a process may do beyond others, as long as it may. */
export interface Privileges {
  /** Whom it becomes; undefined where it stays who it is. */
  readonly user: User | undefined;
  /** What it was once allowed to do and is not any more is refused by the system, and why: words for a message. */
  readonly lost: string | undefined;
  /** Does something with no more rights than the user has; what is made meanwhile is the user's. Nothing else may go on. */
  asUser<T>(action: () => Promise<T>): Promise<T>;
  /**
   * Gives up root for good, where there is somebody to become.
   *
   * @throws {StartError} where the system does not do it
   */
  giveUp(): void;
  /** Who the process is, and what it still may do. */
  describe(): Standing;
}

/** Words for the log. */
export interface Standing {
  readonly level: Level;
  readonly message: string;
}

/**
 * What this process may do, and whom it becomes.
 *
 * @param libc with it what reading the configuration again takes is kept: two capabilities
 * @throws {StartError} where there is no such user, or this process may not become one
 */
export function openPrivileges(wanted: WantedUser, libc: CapabilityCalls | undefined): Privileges {
  const calls = userCalls();
  if (calls?.geteuid() !== 0) return sameUser(calls);
  const { user, group, hindrance } = wanted;
  if (user === undefined) return usualPrivileges(calls, group, hindrance, libc);
  const next = findUser(calls, user, group);
  return next === undefined ? sameUser(calls) : new RootPrivileges(calls, next, libc);
}

/** Where nobody said who is to run it, it runs as who can; that may be root, and is said. */
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

/** Who is to run it. */
export interface WantedUser {
  /** `[daemon] user`; the usual one that can where undefined. */
  readonly user: string | undefined;
  readonly group: string | undefined;
  /** What keeps who we are at the moment from running this program; undefined where nothing does. */
  readonly hindrance: () => string | undefined;
}

/**
 * Of a process that stays who it is.
 *
 * @param why it stays root, where that was not asked for
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
      // Root needs no group to do what it does, and the user is to have none of root's.
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

  /** The user last: it may change nothing of this any more. Each call reaches all threads, and all of a process's ids. */
  #becomeUser(): void {
    this.#calls.setgid(this.user.gid);
    this.#calls.setuid(this.user.uid);
  }

  /** What was asked of the system is looked at: a daemon that only believes it has no root is worse than one that has. */
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

/** @param user whom root was given up for */
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
