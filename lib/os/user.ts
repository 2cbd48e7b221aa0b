import { userInfo } from "node:os";
import { StartError } from "./start-error.js";

/** A user that a process runs as. */
export interface User {
  /** The name; the number where the system has no name for it. */
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** Whether it has one configured group instead of those that the system lists for it. */
  readonly onlyGroup: boolean;
}

const EXPECTED_USER = "a user of this system";

/** The error where the system does not have a user or group to run as. */
export class UnknownUserError extends StartError {
  /** @param option the option of `[daemon]` that names it */
  constructor(
    readonly option: "user" | "group",
    readonly expected: string,
    readonly got: string,
  ) {
    super(`[daemon] ${option}: expected ${expected}, got ${got}`);
  }
}

/** Returns the users to try where none is configured: pybootd's own, the one that every system has, sudo's caller. */
export function usualNames({ SUDO_UID: caller = "" }: NodeJS.ProcessEnv): readonly string[] {
  return ["pybootd", "nobody", ...(/^[1-9]\d*$/.test(caller) ? [caller] : [])];
}

/** The calls of Node.js that only systems with users have. */
export type UserCalls = Required<
  Pick<
    typeof process,
    | "getuid"
    | "geteuid"
    | "getgid"
    | "getegid"
    | "getgroups"
    | "seteuid"
    | "setegid"
    | "setuid"
    | "setgid"
    | "setgroups"
  >
> & {
  /** Sets the groups that the system lists for a user, and this one. */
  initgroups(user: string, group: number): void;
};

/** @returns the calls, undefined on a system without users */
export function userCalls(): UserCalls | undefined {
  return process.getuid === undefined ? undefined : (process as unknown as UserCalls);
}

/**
 * Finds the usual user: the first that exists and suits. Only root may call it.
 *
 * @param suits called with the rights of that user
 * @param group a name or a number; the user's own when undefined
 * @returns undefined where some of them exist, and none suits
 * @throws {UnknownUserError} where none of them exists
 */
export function findUsualUser(
  calls: UserCalls,
  suits: () => boolean,
  group: string | undefined,
  env: NodeJS.ProcessEnv,
): User | undefined {
  const names = usualNames(env);
  const known = names.filter((name) => lookUp(calls, name) !== undefined);
  if (known.length === 0) throw new UnknownUserError("user", EXPECTED_USER, `no user ${names.join(" and no user ")}`);
  const suitable = known.find((name) => whileUser(calls, name, suits));
  return suitable === undefined ? undefined : findUser(calls, suitable, group);
}

/**
 * Finds the user to run as. Only root may call it.
 *
 * @param user a name or a number
 * @param group a name or a number; the user's own when undefined
 * @returns undefined for root itself
 * @throws {UnknownUserError} where the system has no such user or group
 */
export function findUser(calls: UserCalls, user: string, group: string | undefined): User | undefined {
  const found = lookUp(calls, user);
  if (found === undefined) throw new UnknownUserError("user", EXPECTED_USER, user);
  if (found.uid === 0) return undefined;
  const gid = group === undefined ? found.gid : groupNumber(calls, group);
  if (gid === undefined) {
    if (group !== undefined) throw new UnknownUserError("group", "a group of this system", group);
    throw new UnknownUserError("user", "a user that has a group, or [daemon] group beside it", found.name);
  }
  return { name: found.name, uid: found.uid, gid, onlyGroup: group !== undefined };
}

function whileUser<T>(calls: UserCalls, user: string, action: () => T): T {
  calls.seteuid(numberOrName(user));
  try {
    return action();
  } finally {
    calls.seteuid(0);
  }
}

/**
 * Looks a user up in every source that the system has. Node.js does this only for the current user, so the process
 * becomes that user for a moment.
 */
function lookUp(
  calls: UserCalls,
  user: string,
): { readonly name: string; readonly uid: number; readonly gid: number | undefined } | undefined {
  try {
    calls.seteuid(numberOrName(user));
  } catch (error) {
    if (isUnknown(error)) return undefined;
    throw refused(error);
  }
  try {
    const { username: name, uid, gid } = userInfo();
    return { name, uid, gid };
  } catch {
    // The system has no name for this number.
    return { name: user, uid: calls.geteuid(), gid: undefined };
  } finally {
    calls.seteuid(0);
  }
}

function groupNumber(calls: UserCalls, group: string): number | undefined {
  const former = calls.getegid();
  try {
    calls.setegid(numberOrName(group));
    return calls.getegid();
  } catch (error) {
    if (isUnknown(error)) return undefined;
    throw refused(error);
  } finally {
    calls.setegid(former);
  }
}

function numberOrName(text: string): number | string {
  return /^\d+$/.test(text) ? Number(text) : text;
}

function isUnknown(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ERR_UNKNOWN_CREDENTIAL";
}

/** The error where the system does not let root become another user, as in some containers. */
export class RootKeptError extends StartError {}

/** Makes the error that says what to do where root cannot be given up. */
export function refused(error: unknown): RootKeptError {
  const why = error instanceof Error ? error.message : String(error);
  return new RootKeptError(
    [
      `[daemon] user: root cannot be given up here: ${why}. One of:`,
      "  let it become another user (CAP_SETUID and CAP_SETGID)",
      "  start it as that user, with CAP_NET_BIND_SERVICE and CAP_NET_RAW",
      "  [daemon] user = root    keep root, with all that it may do here",
    ].join("\n"),
  );
}
