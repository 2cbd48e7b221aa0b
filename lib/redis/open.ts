import type { Reply } from "./client-module.js";
import { RedisError, isRefusal } from "./error.js";
import { RedisLink, type LinkParts, type Login } from "./link.js";
import type { Redis, RedisServer } from "./redis.js";
import { slotOf } from "./slots.js";
import { describeEndpoint, type RedisEndpoint, type RedisTarget } from "./target.js";

/** A Redis to which all connections are open, until {@link close}. */
export interface OpenRedis extends Redis {
  close(): void;
}

/** The number of hash slots of a Redis Cluster. */
const SLOTS = 16384;

/** Pause between questions to the Sentinels who the master is, in milliseconds. */
const SENTINEL_MILLISECONDS = 5000;

/**
 * Connects to a Redis: to the server, to the master that its Sentinels name, or to all masters of the cluster.
 *
 * @param onEnd called once where it ends without {@link OpenRedis.close}
 * @throws {RedisError} where a connection cannot be made
 */
export async function openRedis(
  target: RedisTarget,
  login: Login,
  parts: LinkParts,
  onEnd: (reason: RedisError) => void,
): Promise<OpenRedis> {
  switch (target.kind) {
    case "server":
      return openServer(await firstOpen(target.endpoints, (each) => RedisLink.open(each, login, parts, onEnd)));
    case "sentinel":
      return openMaster(target, login, parts, onEnd);
    case "cluster":
      return openCluster(target, login, parts, onEnd);
  }
}

function openServer(link: RedisLink): OpenRedis {
  return {
    servers: [link],
    serverOf: () => link,
    close: () => {
      link.close();
    },
  };
}

async function openMaster(
  target: RedisTarget,
  login: Login,
  parts: LinkParts,
  onEnd: (reason: RedisError) => void,
): Promise<OpenRedis> {
  const master = await findMaster(target, login, parts);
  const link = await RedisLink.open(master, login, parts, (reason) => {
    cancel();
    onEnd(reason);
  });
  // A Sentinel may name a master that is none any more.
  await requireMaster(link);
  let cancel = (): void => undefined;
  const look = (): void => {
    cancel = parts.clock.after(SENTINEL_MILLISECONDS, () => {
      void findMaster(target, login, parts).then(
        (now) => {
          if (describeEndpoint(now) === link.name) look();
          else link.end(new RedisError(`the Sentinels name another master, ${describeEndpoint(now)}`));
        },
        // That no Sentinel answers is no reason to leave the master.
        look,
      );
    });
  };
  look();
  const opened = openServer(link);
  return {
    ...opened,
    close: () => {
      cancel();
      opened.close();
    },
  };
}

async function requireMaster(link: RedisLink): Promise<void> {
  const role = await link.send(["ROLE"]).catch((error: unknown) => {
    if (error instanceof RedisError && isRefusal(error)) return ["master"];
    throw error;
  });
  const [name] = Array.isArray(role) ? (role as readonly Reply[]) : [];
  if (name === "master") return;
  link.close();
  throw new RedisError(`${link.name} is not the master that the Sentinels take it for`, "READONLY");
}

/** Asks the Sentinels who the master is. @throws {RedisError} where none of them tells */
async function findMaster(target: RedisTarget, login: Login, parts: LinkParts): Promise<RedisEndpoint> {
  const { master } = target;
  return firstOpen(target.endpoints, async (endpoint) => {
    const reply = await ask(endpoint, { ...login, database: 0 }, parts, [
      "SENTINEL",
      "GET-MASTER-ADDR-BY-NAME",
      master,
    ]);
    const [host, port] = textsOf(reply);
    if (host === undefined)
      throw new RedisError(`the Sentinel ${describeEndpoint(endpoint)} knows no master ${master}`);
    return { host, port: Number(port) };
  });
}

/** Sends one command on a connection of its own: without logging in, and only where that is asked for with it. */
async function ask(
  endpoint: RedisEndpoint,
  login: Login,
  parts: LinkParts,
  command: readonly string[],
): Promise<Reply> {
  const withLogin = async (user: Login): Promise<Reply> => {
    const link = await RedisLink.open(endpoint, user, parts, () => undefined);
    return link.send(command).finally(() => {
      link.close();
    });
  };
  return withLogin({ ...login, user: undefined, password: undefined }).catch((error: unknown) => {
    if (error instanceof RedisError && isRefusal(error) && login.password !== undefined) return withLogin(login);
    throw error;
  });
}

/** The slots from `first` to `last`, and the server that has them. */
interface SlotRange {
  readonly first: number;
  readonly last: number;
  readonly endpoint: RedisEndpoint;
}

async function openCluster(
  target: RedisTarget,
  login: Login,
  parts: LinkParts,
  onEnd: (reason: RedisError) => void,
): Promise<OpenRedis> {
  const ranges = await firstOpen(target.endpoints, async (endpoint) => {
    const link = await RedisLink.open(endpoint, login, parts, () => undefined);
    return link
      .send(["CLUSTER", "SLOTS"])
      .then((reply) => rangesOf(reply, endpoint))
      .finally(() => {
        link.close();
      });
  });
  const covered = ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  if (covered < SLOTS) throw new RedisError(`the cluster serves only ${covered} of its ${SLOTS} slots`, "CLUSTERDOWN");
  const links = new Map<string, RedisLink>();
  let ended = false;
  const close = (): void => {
    for (const link of links.values()) link.close();
  };
  const end = (reason: RedisError): void => {
    if (ended) return;
    ended = true;
    close();
    onEnd(reason);
  };
  try {
    for (const { endpoint } of ranges) {
      const name = describeEndpoint(endpoint);
      if (!links.has(name)) links.set(name, await RedisLink.open(endpoint, login, parts, end));
    }
  } catch (error) {
    close();
    throw error;
  }
  const owners = ranges.map(({ first, last, endpoint }) => ({
    first,
    last,
    link: links.get(describeEndpoint(endpoint)),
  }));
  const serverOf = (key: string): RedisServer => {
    const slot = slotOf(key);
    const owner = owners.find(({ first, last }) => slot >= first && slot <= last)?.link;
    if (owner === undefined) throw new RedisError(`no server has the slot of ${key}`, "CLUSTERDOWN");
    return owner;
  };
  return { servers: [...links.values()], serverOf, close };
}

/** Reads the reply to CLUSTER SLOTS: of each range first and last slot, and its servers, the master first. */
function rangesOf(reply: Reply, asked: RedisEndpoint): readonly SlotRange[] {
  return listOf(reply).map((range) => {
    const [first, last, master = []] = listOf(range);
    const [host, port] = listOf(master);
    const known =
      typeof host === "string" && host !== "" ? { host } : "host" in asked ? { host: asked.host } : undefined;
    return { first: Number(first), last: Number(last), endpoint: { host: known?.host ?? "", port: Number(port) } };
  });
}

function listOf(reply: Reply): readonly Reply[] {
  return Array.isArray(reply) ? (reply as readonly Reply[]) : [];
}

function textsOf(reply: Reply): readonly string[] {
  return listOf(reply).filter((each): each is string => typeof each === "string");
}

/** Returns the result for the first endpoint where there is one. @throws the last error */
async function firstOpen<T>(
  endpoints: readonly RedisEndpoint[],
  open: (endpoint: RedisEndpoint) => Promise<T>,
): Promise<T> {
  let last: unknown = new RedisError("no server is named");
  for (const endpoint of endpoints) {
    try {
      return await open(endpoint);
    } catch (error) {
      last = error;
    }
  }
  throw last;
}
