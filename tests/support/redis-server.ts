/** Real servers of Redis, on free ports of the loopback, that end with the test. */

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Test } from "tap";
import { loadClientModule, type ModuleClient, type Reply } from "../../lib/redis/client-module.js";
import { skipReason } from "../lab/support/tools.js";
import { makeCertificate, type MadeCertificate } from "./certificate.js";
import { freePort } from "./ports.js";

/** Why a test with a Redis cannot run here; undefined where it can. Throws where CI is set. */
export async function redisSkipReason(): Promise<string | undefined> {
  const lacks = await loadClientModule().then(
    () => undefined,
    (error: unknown) => (error as Error).message,
  );
  if (lacks !== undefined && (process.env["CI"] ?? "") !== "")
    throw new Error(`nothing may be skipped in CI: ${lacks}`);
  return lacks ?? skipReason({ tools: ["redis-server", "redis-sentinel"] });
}

/** How to start a server. */
export interface ServerOptions {
  /** Further options of redis-server. */
  readonly options?: readonly string[];
  /** Speak TLS only, with this certificate. */
  readonly tls?: MadeCertificate;
  /** The lines of a Sentinel's configuration, which makes this one. */
  readonly sentinel?: readonly string[];
}

const READY = /Ready to accept connections|Sentinel ID is/;

/** A server of its own process. */
export class TestRedis {
  readonly port: number;
  /** Its folder, which has its data. */
  readonly folder: string;
  readonly #options: ServerOptions;
  #process: ChildProcess | undefined;
  #client: ModuleClient | undefined;

  private constructor(port: number, options: ServerOptions) {
    this.port = port;
    this.#options = options;
    this.folder = mkdtempSync(join(tmpdir(), "pybootd-redis-"));
  }

  /** Starts one that ends with the test. */
  static async start(t: Test, options: ServerOptions = {}): Promise<TestRedis> {
    const server = new TestRedis(await freePort(), options);
    t.teardown(async () => {
      await server.kill();
      rmSync(server.folder, { recursive: true, force: true });
    });
    await server.start();
    return server;
  }

  get url(): string {
    return this.#options.tls === undefined ? `redis://127.0.0.1:${this.port}` : `rediss://127.0.0.1:${this.port}`;
  }

  /** The path of its Unix socket. */
  get socket(): string {
    return join(this.folder, "redis.sock");
  }

  /** Starts it, again after {@link kill}, and waits until it answers. */
  async start(): Promise<void> {
    const { sentinel } = this.#options;
    const config = join(this.folder, "redis.conf");
    writeFileSync(config, (sentinel ?? []).join("\n"));
    const child = spawn(
      "redis-server",
      [config, ...this.#arguments(), ...(sentinel === undefined ? [] : ["--sentinel"])],
      {
        stdio: ["ignore", "pipe", "inherit"],
        cwd: this.folder,
      },
    );
    this.#process = child;
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line);
      if (READY.test(line)) {
        child.stdout.resume();
        return;
      }
    }
    throw new Error(`redis-server did not start:\n${lines.join("\n")}`);
  }

  /** Sends a command as an administrator, on a connection of the test's own. */
  async command(...command: readonly string[]): Promise<Reply> {
    this.#client ??= await this.#connect();
    return this.#client.sendCommand(command);
  }

  /** Sends many commands at once. */
  async commands(commands: readonly (readonly string[])[]): Promise<void> {
    const client = (this.#client ??= await this.#connect());
    await Promise.all(commands.map((command) => client.sendCommand(command)));
  }

  /** Ends it as a power cut does. */
  async kill(): Promise<void> {
    this.#disconnect();
    const child = this.#process;
    this.#process = undefined;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }

  /** Stops it: it keeps its connections and answers nothing. */
  pause(): void {
    this.#process?.kill("SIGSTOP");
  }

  resume(): void {
    this.#process?.kill("SIGCONT");
  }

  #arguments(): readonly string[] {
    const { options = [], tls } = this.#options;
    const ports =
      tls === undefined
        ? ["--port", String(this.port)]
        : [
            "--port",
            "0",
            "--tls-port",
            String(this.port),
            "--tls-cert-file",
            tls.paths.certificate,
            "--tls-key-file",
            tls.paths.key,
            "--tls-auth-clients",
            "no",
            "--tls-ca-cert-file",
            tls.paths.certificate,
          ];
    return [
      ...ports,
      "--bind",
      "127.0.0.1",
      "--unixsocket",
      this.socket,
      "--dir",
      this.folder,
      "--save",
      "",
      "--daemonize",
      "no",
      "--repl-diskless-sync-delay",
      "0",
      "--enable-debug-command",
      "yes",
      ...options,
    ];
  }

  async #connect(): Promise<ModuleClient> {
    const { createClient } = await loadClientModule();
    const client = createClient({
      socket: { path: this.socket, connectTimeout: 5000, socketTimeout: 0, reconnectStrategy: false },
      database: 0,
      RESP: 2,
      pingInterval: 0,
      disableOfflineQueue: true,
      disableClientInfo: true,
      commandOptions: { timeout: 0 },
    });
    client.on("error", () => undefined);
    await client.connect();
    return client;
  }

  #disconnect(): void {
    try {
      this.#client?.destroy();
    } catch {
      // It ended by itself.
    }
    this.#client = undefined;
  }
}

/** A master and its replica. */
export interface RedisPair {
  readonly master: TestRedis;
  readonly replica: TestRedis;
}

/** Starts a master and a replica that follows it. */
export async function startPair(t: Test): Promise<RedisPair> {
  const master = await TestRedis.start(t);
  const replica = await TestRedis.start(t, { options: ["--replicaof", "127.0.0.1", String(master.port)] });
  await until(async () => String(await replica.command("INFO", "replication")).includes("master_link_status:up"));
  return { master, replica };
}

/** Starts three Sentinels that watch a master by the name `boot`. A master counts as gone after 1 s. */
export async function startSentinels(t: Test, master: TestRedis): Promise<readonly TestRedis[]> {
  const sentinels: TestRedis[] = [];
  for (let count = 0; count < 3; count += 1) {
    const lines = [
      `sentinel monitor boot 127.0.0.1 ${master.port} 2`,
      "sentinel down-after-milliseconds boot 1000",
      "sentinel failover-timeout boot 5000",
    ];
    sentinels.push(await TestRedis.start(t, { sentinel: lines }));
  }
  for (const sentinel of sentinels) {
    await until(async () => {
      const known = (await sentinel.command("SENTINEL", "SENTINELS", "boot")) as readonly Reply[];
      const replicas = (await sentinel.command("SENTINEL", "REPLICAS", "boot")) as readonly Reply[];
      return known.length === 2 && replicas.length > 0;
    });
  }
  return sentinels;
}

/** Starts a Redis Cluster of three masters. */
export async function startCluster(t: Test): Promise<readonly TestRedis[]> {
  const members: TestRedis[] = [];
  for (let count = 0; count < 3; count += 1) {
    // The bus would take the port 10,000 above, which may not exist.
    const bus = ["--cluster-port", String(await freePort())];
    members.push(await TestRedis.start(t, { options: ["--cluster-enabled", "yes", ...bus] }));
  }
  const [first] = members;
  if (first === undefined) throw new Error("no member");
  for (const [index, member] of members.entries()) {
    const range = [Math.floor((16384 * index) / 3), Math.floor((16384 * (index + 1)) / 3) - 1].map(String);
    await member.command("CLUSTER", "ADDSLOTSRANGE", ...range);
    const [, bus = ""] = /@([0-9]+)/.exec(String(await first.command("CLUSTER", "NODES"))) ?? [];
    if (member !== first) await member.command("CLUSTER", "MEET", "127.0.0.1", String(first.port), bus);
  }
  for (const member of members) {
    await until(async () => String(await member.command("CLUSTER", "INFO")).includes("cluster_state:ok"));
  }
  return members;
}

/** Makes the certificate of a server with TLS. */
export function redisCertificate(t: Test): MadeCertificate {
  return makeCertificate(t.testdir(), "redis");
}

/** Waits until something is so; the test's own time limit ends it otherwise. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}
