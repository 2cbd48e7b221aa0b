import { RedisError } from "./error.js";
import type { Redis, RedisServer } from "./redis.js";

/** The findings about the servers. */
export interface RedisCheck {
  /** A sentence about each thing that an operator should change. */
  readonly warnings: readonly string[];
  /** Whether they take writes, as far as that can be asked. */
  readonly writable: boolean;
}

/**
 * Asks all servers whether they keep what they have and take writes (INFO). What a user may not ask is left out.
 *
 * @throws {RedisError} where a connection ends
 */
export async function checkRedis({ servers }: Redis): Promise<RedisCheck> {
  const checks: RedisCheck[] = [];
  for (const server of servers) checks.push(await checkServer(server));
  return {
    warnings: checks.flatMap(({ warnings }) => warnings),
    writable: checks.every(({ writable }) => writable),
  };
}

async function checkServer(server: RedisServer): Promise<RedisCheck> {
  const info = await server.send(["INFO"]).catch((error: unknown) => {
    if (error instanceof RedisError && error.code !== undefined) return "";
    throw error;
  });
  const facts = factsOf(String(info));
  const warnings: string[] = [];
  const policy = facts.get("maxmemory_policy") ?? "noeviction";
  if (policy !== "noeviction" && facts.get("maxmemory") !== "0")
    warnings.push(
      `${server.name} deletes keys when its memory is full: set maxmemory-policy to noeviction, not ${policy}`,
    );
  const replica = facts.get("role") === "slave";
  const master = `${facts.get("master_host") ?? "its master"}:${facts.get("master_port") ?? ""}`;
  if (replica) warnings.push(`${server.name} is a replica of ${master}: nothing is written there, such as ts`);
  if (replica && facts.get("master_link_status") === "down")
    warnings.push(`${server.name} has lost its master ${master}: what it knows may be old`);
  return { warnings, writable: !replica };
}

function factsOf(info: string): ReadonlyMap<string, string> {
  return new Map([...info.matchAll(/^([a-z_]+):(.*?)\r?$/gm)].map(([, name = "", value = ""]) => [name, value]));
}
