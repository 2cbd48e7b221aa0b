import { readFileSync, realpathSync, statSync, type Stats } from "node:fs";
import { dirname } from "node:path";

/** A user that reads files, by the numbers that the system uses. */
export interface Reader {
  readonly name: string;
  readonly uid: number;
  /** Its groups, the primary one first. */
  readonly gids: readonly number[];
}

/** The texts of the tables of users and groups (passwd(5), group(5)). */
export interface UserTables {
  readonly passwd: string;
  readonly group: string;
}

/** Reads the tables of this host; empty where it has none. They lack users from other sources, such as LDAP. */
export function hostTables(): UserTables {
  return { passwd: readTable("/etc/passwd"), group: readTable("/etc/group") };
}

/**
 * Finds a user in the tables.
 *
 * @param user a name or a number
 * @param group a name or a number, which is then the only one; the user's own when undefined
 * @returns undefined where the tables do not have it
 */
export function findReader({ passwd, group: groups }: UserTables, user: string, group?: string): Reader | undefined {
  const row = rowsOf(passwd).find(([name, , uid]) => name === user || uid === user);
  if (row === undefined) return undefined;
  const [name = "", , uid, gid] = row;
  if (group !== undefined) {
    const only = rowsOf(groups).find(([each, , number]) => each === group || number === group)?.[2] ?? group;
    return /^\d+$/.test(only) ? { name, uid: Number(uid), gids: [Number(only)] } : undefined;
  }
  const further = rowsOf(groups).filter(([, , , members = ""]) => members.split(",").includes(name));
  return { name, uid: Number(uid), gids: [Number(gid), ...further.map(([, , number]) => Number(number))] };
}

/**
 * Lists the permissions that a reader lacks for a file or a folder, by the mode bits of it and of all folders above it.
 *
 * @returns arguments of `chmod`, such as `o+rx /srv/images`; none where nothing is lacking or the path is out of reach
 */
export function missingPermissions(path: string, reader: Reader): readonly string[] {
  if (reader.uid === 0) return [];
  try {
    const target = realpathSync(path);
    const missing: string[] = [];
    for (let place = target; ; place = dirname(place)) {
      const stat = statSync(place);
      const needed = place !== target ? "x" : stat.isDirectory() ? "rx" : "r";
      const bits = lacking(stat, needed, reader);
      if (bits !== "") missing.unshift(`${bits} ${quoted(place)}`);
      if (place === dirname(place)) return missing;
    }
  } catch {
    return [];
  }
}

/** Returns what is lacking, such as `o+rx`; empty where nothing is. */
function lacking({ mode, uid, gid }: Stats, needed: string, reader: Reader): string {
  const [who, shift] = uid === reader.uid ? ["u", 6] : reader.gids.includes(gid) ? ["g", 3] : ["o", 0];
  const bit = { r: 4, x: 1 } as const;
  const allowed = (mode >> shift) & 7;
  return needed.split("").every((each) => (allowed & bit[each as "r" | "x"]) !== 0) ? "" : `${who}+${needed}`;
}

/** Quotes a path for a shell, where needed. */
function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

function rowsOf(table: string): readonly (readonly string[])[] {
  return table.split("\n").map((line) => line.split(":"));
}

function readTable(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
