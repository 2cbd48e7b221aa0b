import type { Clock } from "../common/clock.js";
import type { ClientModule, ModuleClient, ModuleSettings, Reply } from "./client-module.js";
import { connectionError, isMisplaced, RedisError, repliedError } from "./error.js";
import type { Command, RedisServer } from "./redis.js";
import { describeEndpoint, type RedisEndpoint } from "./target.js";

/** How to log in to a server. */
export interface Login {
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
  /** Undefined for no TLS; `ca` are certificates in PEM to trust instead of the system's. */
  readonly tls: { readonly ca: string | undefined } | undefined;
}

/** The parts that links are built from. */
export interface LinkParts {
  readonly module: ClientModule;
  readonly clock: Clock;
}

/** The time for a connection to be made, in milliseconds. */
const CONNECT_MILLISECONDS = 2000;
/** The time for a reply, in milliseconds: a server that is stopped keeps its connections. */
const REPLY_MILLISECONDS = 2000;
/** The time for the replies to several commands, in milliseconds. */
const REPLIES_MILLISECONDS = 5000;
/** Time without an octet after which a connection ends, and the time between pings; milliseconds. */
const SILENCE_MILLISECONDS = 5000;
const PING_MILLISECONDS = 2000;

/**
 * The connection to one server. It is never made again: the first error of the connection, a reply that does not come,
 * or one that says that another server is in charge, end it.
 */
export class RedisLink implements RedisServer {
  readonly name: string;
  readonly #parts: LinkParts;
  readonly #settings: ModuleSettings;
  readonly #client: ModuleClient;
  readonly #onEnd: (reason: RedisError) => void;
  #follower: ModuleClient | undefined;
  #ended = false;

  private constructor(endpoint: RedisEndpoint, login: Login, parts: LinkParts, onEnd: (reason: RedisError) => void) {
    this.name = describeEndpoint(endpoint);
    this.#parts = parts;
    this.#settings = settingsOf(endpoint, login);
    this.#onEnd = onEnd;
    this.#client = this.#makeClient();
  }

  /**
   * Connects.
   *
   * @param onEnd called once where the connection ends without {@link close}
   * @throws {RedisError} where it cannot be made
   */
  static async open(
    endpoint: RedisEndpoint,
    login: Login,
    parts: LinkParts,
    onEnd: (reason: RedisError) => void,
  ): Promise<RedisLink> {
    let opened = false;
    const link = new RedisLink(endpoint, login, parts, (reason) => {
      if (opened) onEnd(reason);
    });
    try {
      await link.#connect(link.#client);
      opened = true;
      return link;
    } catch (error) {
      link.close();
      throw error;
    }
  }

  async send(command: Command): Promise<Reply> {
    const [reply] = await this.#all([command], REPLY_MILLISECONDS);
    if (reply instanceof RedisError) throw reply;
    return reply ?? null;
  }

  sendAll(commands: readonly Command[]): Promise<readonly (Reply | RedisError)[]> {
    return this.#all(commands, REPLIES_MILLISECONDS);
  }

  async track(prefixes: readonly string[], listener: (keys: readonly string[] | undefined) => void): Promise<void> {
    // In RESP2 another connection has to take the messages.
    const follower = this.#makeClient();
    this.#follower = follower;
    await this.#connect(follower);
    const id = await this.#before(follower.sendCommand(["CLIENT", "ID"]), REPLY_MILLISECONDS);
    await this.#before(
      follower.subscribe("__redis__:invalidate", (keys) => {
        listener(keys ?? undefined);
      }),
      REPLY_MILLISECONDS,
    );
    const named = prefixes.flatMap((prefix) => ["PREFIX", prefix]);
    await this.send(["CLIENT", "TRACKING", "ON", "REDIRECT", String(id), "BCAST", ...named, "NOLOOP"]);
  }

  /** Ends the connection; commands without a reply fail. */
  close(): void {
    this.#ended = true;
    for (const client of [this.#client, this.#follower]) if (client !== undefined) destroy(client);
  }

  async #all(commands: readonly Command[], milliseconds: number): Promise<readonly (Reply | RedisError)[]> {
    const replies = commands.map((command) =>
      this.#client.sendCommand(command).catch((error: unknown) => this.#failed(error)),
    );
    const all = await this.#before(Promise.all(replies), milliseconds);
    const misplaced = all.find((reply): reply is RedisError => reply instanceof RedisError && isMisplaced(reply));
    if (misplaced !== undefined) this.end(misplaced);
    return all;
  }

  /** Returns the error that the server replied. @throws {RedisError} any other */
  #failed(error: unknown): RedisError {
    if (error instanceof this.#parts.module.ErrorReply) return repliedError(error);
    throw connectionError(error, this.name);
  }

  /** Waits for replies. Ends the connection where they do not come in time. */
  #before<T>(replies: Promise<T>, milliseconds: number): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const cancel = this.#parts.clock.after(milliseconds, () => {
        this.#parts.clock.afterInput(() => {
          const late = new RedisError(`${this.name} does not reply within ${milliseconds / 1000} s`);
          reject(late);
          this.end(late);
        });
      });
      replies
        .then(resolve, (error: unknown) => {
          reject(
            error instanceof this.#parts.module.ErrorReply ? repliedError(error) : connectionError(error, this.name),
          );
        })
        .finally(cancel);
    });
  }

  #makeClient(): ModuleClient {
    const client = this.#parts.module.createClient(this.#settings);
    // A refused PING is an error event too, so only this one tells of the end.
    client.on("terminated", (error: unknown) => {
      this.end(connectionError(error, this.name));
    });
    client.on("error", () => undefined);
    return client;
  }

  async #connect(client: ModuleClient): Promise<void> {
    await this.#before(client.connect(), CONNECT_MILLISECONDS);
    // An operator looks for the name in CLIENT LIST. The first reply also tells that it is a Redis that lets this user in.
    const named = client.sendCommand(["CLIENT", "SETNAME", "pybootd"]).catch((error: unknown) => this.#failed(error));
    const reply = await this.#before(named, REPLY_MILLISECONDS);
    // A user may be forbidden to set it.
    if (reply instanceof RedisError && reply.code !== "NOPERM") throw reply;
  }

  /** Ends the connection for a reason, of which the owner is told. */
  end(reason: RedisError): void {
    if (this.#ended) return;
    this.close();
    this.#onEnd(reason);
  }
}

function settingsOf(endpoint: RedisEndpoint, { user, password, database, tls }: Login): ModuleSettings {
  const socket = {
    connectTimeout: CONNECT_MILLISECONDS,
    socketTimeout: SILENCE_MILLISECONDS,
    reconnectStrategy: false as const,
    ...endpoint,
    ...(tls === undefined ? {} : { tls: true as const }),
    ...(tls?.ca === undefined ? {} : { ca: tls.ca }),
  };
  return {
    socket,
    ...(user === undefined ? {} : { username: user }),
    ...(password === undefined ? {} : { password }),
    database,
    RESP: 2,
    pingInterval: PING_MILLISECONDS,
    disableOfflineQueue: true,
    disableClientInfo: true,
    commandOptions: { timeout: 0 },
  };
}

function destroy(client: ModuleClient): void {
  try {
    client.destroy();
  } catch {
    // It ended by itself before.
  }
}
