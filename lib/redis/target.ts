import type { Codec } from "../config/values.js";

/** The place of a server: a host and a port, or a Unix socket. */
export type RedisEndpoint = { readonly host: string; readonly port: number } | { readonly path: string };

/** Which Redis to use, and as whom. */
export interface RedisTarget {
  /** One server; the master that Sentinels name; all masters of a Redis Cluster. */
  readonly kind: "server" | "sentinel" | "cluster";
  /** At least one: the server, or Sentinels or members of the cluster to ask, in order. */
  readonly endpoints: readonly RedisEndpoint[];
  /** The name of the master that the Sentinels watch; "" for the other kinds. */
  readonly master: string;
  readonly tls: boolean;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
}

const SERVER_PORT = 6379;
const SENTINEL_PORT = 26379;
const MOST_DATABASES = 65535;

/** `scheme://user:password@hosts/rest` */
const FORM = /^(redis|rediss)(?:\+(sentinel|cluster))?:\/\/(?:([^@/:]*)(?::([^@/]*))?@)?([^@/]+)(?:\/([^/?#]*))?$/i;
/** `unix:/run/redis/redis.sock`, optionally `?db=1` */
const SOCKET_FORM = /^unix:(?:\/\/)?(\/[^?#]+)(?:\?db=([0-9]+))?$/i;
const HOST_FORM = /^(\[[0-9a-f:.]+\]|[a-z0-9][a-z0-9._-]*)(?::([0-9]{1,5}))?$/i;

/** The codec of the URL of a Redis. Its messages show no password. */
export const redisUrl: Codec<RedisTarget> = {
  expected:
    "the URL of a Redis such as redis://user:password@10.0.0.5:6379/0, rediss://…, unix:/run/redis/redis.sock, redis+sentinel://a;b;c/NAME or redis+cluster://a;b",
  parse: parseRedisUrl,
  shown: withoutPassword,
  hint: (text) =>
    /^redis(s?)\+sentinel:/i.test(text) && !/[^/]\/[^/]+$/.test(text)
      ? "it ends with the name of the master, as in /mymaster"
      : undefined,
};

/**
 * Parses the URL of a Redis: `redis://[user[:password]@]host[:port][/db]`, `rediss://` for TLS, `unix:PATH[?db=N]`,
 * `redis+sentinel://a:26379;b;c/NAME[…]` and `redis+cluster://a;b`; the latter two with TLS as `rediss+…`. Octets of user and
 * password may be written as in URLs (`%40`).
 *
 * @returns undefined where the text is none of these
 */
export function parseRedisUrl(text: string): RedisTarget | undefined {
  const [, path, number = "0"] = SOCKET_FORM.exec(text) ?? [];
  if (path === undefined) return parseHosts(text);
  const database = databaseOf(number);
  if (database === undefined) return undefined;
  const nobody = { user: undefined, password: undefined };
  return { kind: "server", endpoints: [{ path }], master: "", tls: false, ...nobody, database };
}

function parseHosts(text: string): RedisTarget | undefined {
  const match = FORM.exec(text);
  if (match === null) return undefined;
  const [, scheme = "", kind, user, password, hosts = "", rest = ""] = match;
  const form = formOf(kind?.toLowerCase(), rest);
  const login = loginOf(user, password);
  if (form === undefined || login === undefined) return undefined;
  const { port, ...meant } = form;
  const endpoints = hosts.split(/[;,]/).map((host) => endpointOf(host.trim(), port));
  if (!endpoints.every((each) => each !== undefined)) return undefined;
  if (meant.kind === "server" && endpoints.length > 1) return undefined;
  return { ...meant, endpoints, tls: scheme.toLowerCase() === "rediss", ...login };
}

/** Describes a Redis without user and password: `redis://10.0.0.5:6379/0`. */
export function describeTarget({ kind, endpoints, master, tls, database }: RedisTarget): string {
  const [first] = endpoints;
  if (first !== undefined && "path" in first) return `unix:${first.path}${database === 0 ? "" : `?db=${database}`}`;
  const scheme = `redis${tls ? "s" : ""}${kind === "server" ? "" : `+${kind}`}`;
  const rest = { server: `/${database}`, sentinel: `/${master}`, cluster: "" }[kind];
  return `${scheme}://${endpoints.map(describeEndpoint).join(";")}${rest}`;
}

/** Describes the place of a server: `10.0.0.5:6379`, or a path. */
export function describeEndpoint(endpoint: RedisEndpoint): string {
  if ("path" in endpoint) return endpoint.path;
  return `${endpoint.host.includes(":") ? `[${endpoint.host}]` : endpoint.host}:${endpoint.port}`;
}

/** Returns a URL as written, with `***` for its password. */
function withoutPassword(text: string): string {
  return text.replace(/^([^@/]*:\/\/[^@:]*):.*@/, "$1:***@");
}

type Form = Pick<RedisTarget, "kind" | "master" | "database"> & { readonly port: number };

function formOf(kind: string | undefined, rest: string): Form | undefined {
  if (kind === "sentinel") return rest === "" ? undefined : { kind, master: rest, database: 0, port: SENTINEL_PORT };
  if (kind === "cluster") return rest === "" ? { kind, master: "", database: 0, port: SERVER_PORT } : undefined;
  const database = databaseOf(rest === "" ? "0" : rest);
  return database === undefined ? undefined : { kind: "server", master: "", database, port: SERVER_PORT };
}

function databaseOf(text: string): number | undefined {
  const number = Number(text);
  return /^[0-9]+$/.test(text) && number <= MOST_DATABASES ? number : undefined;
}

function endpointOf(text: string, port: number): RedisEndpoint | undefined {
  const [, host = "", digits] = HOST_FORM.exec(text) ?? [];
  const number = digits === undefined ? port : Number(digits);
  if (host === "" || number < 1 || number > 65535) return undefined;
  return { host: host.replace(/^\[|\]$/g, ""), port: number };
}

function loginOf(
  user: string | undefined,
  password: string | undefined,
): Pick<RedisTarget, "user" | "password"> | undefined {
  try {
    return {
      user: user === undefined || user === "" ? undefined : decodeURIComponent(user),
      password: password === undefined ? undefined : decodeURIComponent(password),
    };
  } catch {
    // Not percent-encoded as it should be.
    return undefined;
  }
}
