import type { EventEmitter } from "node:events";

/** The reply of a server, in RESP2: a text, a number, nothing, or a list. An error is thrown instead. */
export type Reply = string | number | null | readonly Reply[];

/** One connection of `@redis/client`, as far as it is used. */
export interface ModuleClient extends EventEmitter {
  readonly isReady: boolean;
  connect(): Promise<unknown>;
  sendCommand(command: readonly string[]): Promise<Reply>;
  /** @param listener for `__redis__:invalidate`, takes the keys, or null for all of them */
  subscribe(channel: string, listener: (message: readonly string[] | null) => void): Promise<void>;
  /** Ends at once. @throws where it has ended */
  destroy(): void;
}

/** The settings of a connection, as far as they are used. */
export interface ModuleSettings {
  readonly socket: {
    readonly host?: string;
    readonly port?: number;
    readonly path?: string;
    readonly tls?: true;
    readonly ca?: string;
    /** Milliseconds. */
    readonly connectTimeout: number;
    /** Milliseconds without a single octet after which the connection ends. */
    readonly socketTimeout: number;
    readonly reconnectStrategy: false;
  };
  readonly username?: string;
  readonly password?: string;
  readonly database: number;
  readonly RESP: 2;
  /** Milliseconds. */
  readonly pingInterval: number;
  readonly disableOfflineQueue: true;
  readonly disableClientInfo: true;
  /** 0: no timer for each command. */
  readonly commandOptions: { readonly timeout: 0 };
}

/** The functions of `@redis/client` that are used. */
export interface ClientModule {
  /** The class of errors that a server replied. */
  readonly ErrorReply: new () => Error;
  readonly createClient: (settings: ModuleSettings) => ModuleClient;
}

/** Not a literal in the import: the program compiles without this optional package, whose types are 3 MB. */
const PACKAGE = "@redis/client";

/** Loads `@redis/client`, an optional dependency. @throws {Error} with the remedy where it is not installed */
export async function loadClientModule(): Promise<ClientModule> {
  try {
    return (await import(PACKAGE)) as ClientModule;
  } catch {
    throw new Error(`a Redis takes the package ${PACKAGE}, which is not installed: npm install ${PACKAGE}@6`);
  }
}
