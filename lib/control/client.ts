import { createConnection, type Socket } from "node:net";
import type { Clock } from "../common/clock.js";
import {
  ControlRefusal,
  linesOf,
  LONGEST_PATH,
  readAnswerLine,
  readGreeting,
  type Greeting,
  type Request,
} from "./protocol.js";

/** Time limits in milliseconds: for the greeting, and for each line of an answer. */
const GREETING_PATIENCE = 5000;
const PATIENCE = 30_000;

/** Error codes that mean that no process listens: there is no socket, or its owner has ended. */
const NOBODY = ["ENOENT", "ECONNREFUSED", "ENOTDIR"];

/** A client's connection to a control socket. */
export class ControlClient {
  readonly greeting: Greeting;
  readonly #conversation: Conversation;

  private constructor(greeting: Greeting, conversation: Conversation) {
    this.greeting = greeting;
    this.#conversation = conversation;
  }

  /**
   * Connects to a control socket, and reads the greeting.
   *
   * @returns undefined where no process listens
   * @throws {ControlRefusal} where the listener does not greet, or the system's error where this process may not
   *   connect
   */
  static async connect(path: string, clock: Clock): Promise<ControlClient | undefined> {
    // No socket can have a longer path.
    if (Buffer.byteLength(path) > LONGEST_PATH) return undefined;
    const socket = await connected(path);
    if (socket === undefined) return undefined;
    const conversation = new Conversation(socket, clock);
    try {
      const greeting = readGreeting(await conversation.next(GREETING_PATIENCE));
      if (greeting === undefined) throw new ControlRefusal(`who listens on ${path} is no pybootd`);
      return new ControlClient(greeting, conversation);
    } catch (error) {
      conversation.close();
      throw error;
    }
  }

  /**
   * Sends a command. Read the items to their end before the next request.
   *
   * @returns the items of the answer
   * @throws {ControlRefusal} where the command is refused, or the answer is incomplete
   */
  async *ask(command: string, argument?: unknown): AsyncGenerator {
    const request: Request = { command, argument };
    this.#conversation.say(request);
    for (;;) {
      const line = readAnswerLine(await this.#conversation.next(PATIENCE));
      if (line === undefined) throw new ControlRefusal("the answer cannot be read; does another version run?");
      if ("refused" in line) throw new ControlRefusal(line.refused);
      if ("end" in line) return;
      yield line.item;
    }
  }

  close(): void {
    this.#conversation.close();
  }
}

/** A connection that carries lines in both directions, with a time limit for each answer. */
class Conversation {
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #lines: AsyncGenerator<string, undefined>;

  constructor(socket: Socket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    this.#lines = linesOf(socket as AsyncIterable<Buffer>);
  }

  say(value: unknown): void {
    this.#socket.write(`${JSON.stringify(value)}\n`);
  }

  /** @param patience the time limit in milliseconds */
  async next(patience: number): Promise<string> {
    const deadline = { over: false };
    const cancel = this.#clock.after(patience, () => {
      deadline.over = true;
      this.#socket.destroy();
    });
    try {
      const line = await this.#lines.next();
      if (line.done !== true) return line.value;
    } catch (error) {
      if (error instanceof ControlRefusal) throw error;
    } finally {
      cancel();
    }
    throw new ControlRefusal(
      deadline.over ? `there was no answer within ${patience / 1000} s` : "the connection ended without an answer",
    );
  }

  close(): void {
    this.#socket.destroy();
  }
}

function connected(path: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ path });
    const onError = (error: NodeJS.ErrnoException): void => {
      if (NOBODY.includes(error.code ?? "")) resolve(undefined);
      else reject(error);
    };
    socket.once("error", onError);
    socket.once("connect", () => {
      socket.off("error", onError);
      // Errors surface when the socket is read; this handler is for sockets that are no longer read.
      socket.on("error", () => undefined);
      resolve(socket);
    });
  });
}
