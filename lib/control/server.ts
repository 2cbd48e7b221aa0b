import { createServer, type Server, type Socket } from "node:net";
import { asError } from "../common/error.js";
import type { Clock } from "../common/clock.js";
import { ControlRefusal, linesOf, readRequest, type AnswerLine, type Greeting } from "./protocol.js";
import { listenAlone } from "./socket-lock.js";

/**
 * A function that carries out a command.
 *
 * @param argument the argument as the client sent it, unchecked
 * @returns the items of the answer, each a JSON value far shorter than {@link LONGEST_LINE}; between two items the
 *   process handles its other work
 * @throws {ControlRefusal} to refuse, in words for the user
 */
export type ControlHandler = (argument: unknown) => Iterable<unknown> | AsyncIterable<unknown>;

/** The parts of a control server. */
export interface ControlServerParts {
  readonly greeting: Greeting;
  readonly clock: Clock;
  /** Called with internal errors. */
  readonly onError: (error: Error) => void;
}

/** The most connections at once; a single user asks, as a rule. */
const MOST_CONNECTIONS = 16;

/** How long a connection may be idle, in milliseconds: the client sends no request, or takes nothing of the answer. */
const PATIENCE = 30_000;

/** A server that answers commands on a Unix socket, which only one process can have at a time. */
export class ControlServer {
  readonly #parts: ControlServerParts;
  readonly #handlers = new Map<string, ControlHandler>();
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor(parts: ControlServerParts) {
    this.#parts = parts;
    // A client that closes its side after the last request still gets the answer.
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      this.#accept(socket);
    });
  }

  /** Opens the socket. @throws as {@link listenAlone} does */
  static async open(path: string, parts: ControlServerParts): Promise<ControlServer> {
    const control = new ControlServer(parts);
    await listenAlone(control.#server, path, parts.clock);
    control.#server.on("error", parts.onError);
    return control;
  }

  /** Registers the handler of a command. @returns a function that removes it */
  register(command: string, handler: ControlHandler): () => void {
    this.#handlers.set(command, handler);
    return () => {
      this.#handlers.delete(command);
    };
  }

  /** Closes every connection and the socket. */
  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    // An error closes the connection; there is nothing else to do about it.
    socket.on("error", () => undefined);
    const connection = new Connection(socket, this.#parts.clock);
    connection.say(this.#parts.greeting);
    if (this.#sockets.size > MOST_CONNECTIONS) {
      connection.say({ refused: `${MOST_CONNECTIONS} others are asking already` });
      socket.end();
      socket.resume();
      return;
    }
    void this.#converse(connection);
  }

  async #converse(connection: Connection): Promise<void> {
    try {
      for await (const line of connection.lines()) {
        for await (const answer of this.#answer(line)) await connection.tell(answer);
      }
    } catch (error) {
      if (connection.open) this.#parts.onError(asError(error));
    }
  }

  async *#answer(line: string): AsyncGenerator<AnswerLine> {
    const request = readRequest(line);
    try {
      if (request === undefined) throw new ControlRefusal('expected {"command": …} on a line');
      const handler = this.#handlers.get(request.command);
      if (handler === undefined) throw new ControlRefusal(`${request.command} cannot be asked here (now)`);
      for await (const item of handler(request.argument)) yield { item };
      yield { end: true };
    } catch (error) {
      if (!(error instanceof ControlRefusal)) this.#parts.onError(asError(error));
      yield { refused: error instanceof ControlRefusal ? error.message : `it failed: ${asError(error).message}` };
    }
  }
}

/** A connection to one client; closed when it is idle for too long. */
class Connection {
  readonly #socket: Socket;
  readonly #clock: Clock;
  #cancel: () => void = () => undefined;

  constructor(socket: Socket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    socket.once("close", () => {
      this.#cancel();
    });
    this.#moved();
  }

  get open(): boolean {
    return !this.#socket.destroyed;
  }

  /** Yields the lines that the client sends; closes the connection at their end, or where one is too long. */
  async *lines(): AsyncGenerator<string> {
    for await (const line of linesOf(this.#socket as AsyncIterable<Buffer>)) {
      this.#moved();
      yield line;
    }
  }

  say(value: Greeting | AnswerLine): void {
    this.#socket.write(`${JSON.stringify(value)}\n`);
  }

  /** Sends a line, and waits until the system has taken it and the process has handled its other input. */
  async tell(line: AnswerLine): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#socket.write(`${JSON.stringify(line)}\n`, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
    this.#moved();
    await new Promise<void>((resolve) => {
      this.#clock.afterInput(resolve);
    });
  }

  #moved(): void {
    this.#cancel();
    if (this.#socket.destroyed) return;
    this.#cancel = this.#clock.after(PATIENCE, () => {
      this.#socket.destroy();
    });
  }
}
