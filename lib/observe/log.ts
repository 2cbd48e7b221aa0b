import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, fstatSync } from "node:fs";
import { createLogger, format, transports, type Logger } from "winston";
import Transport from "winston-transport";
import type { Transaction } from "../common/transaction.js";
import type { LoggerSettings } from "./section.js";
import { escapeUnprintable } from "../common/printable.js";
import { FileTransport } from "./log-file.js";
import { LEVELS, type Level, type LogLine } from "../common/log-line.js";
import { openToAppend } from "../os/append.js";
import { StartError } from "../os/start-error.js";

/** Where the program writes what it does. */
export interface Log {
  write(line: LogLine): void;
  /** Writes a line about the program itself. */
  say(level: Level, message: string): void;
  /**
   * Makes ready to write elsewhere, or otherwise; a file is opened anew in any case.
   *
   * @throws {StartError} where its file cannot be written
   */
  prepare(settings: LoggerSettings): Transaction;
  /** Resolves when all that was written has left. */
  close(): Promise<void>;
}

/** Who writes the log, where this process writes through another. */
export interface LogUser {
  readonly uid: number;
  readonly gid: number;
}

/** Priorities of RFC 5424 6.2.1 for the levels, and "daemon" of its facilities. */
const SEVERITY: Readonly<Record<Level, number>> = { critical: 2, error: 3, warning: 4, info: 6, debug: 7 };
const DAEMON_FACILITY = 3;

/** How long a log that is being closed may take to write what it holds. */
const CLOSING_MILLISECONDS = 500;

/**
 * Opens the log.
 *
 * @throws {StartError} where its file cannot be written
 * @param settings the `[logger]` section
 * @param debug whether the command line asks for every line there is
 * @param user who is to write it where this process is still root
 */
export function openLog(settings: LoggerSettings, debug: boolean, user?: LogUser): Log {
  let writer = openWriter(settings, debug, user);
  return {
    write: (line) => {
      writer.write(line);
    },
    say: (level, message) => {
      writer.write({ level, message, fields: () => ({}) });
    },
    prepare: (next) => {
      const successor = openWriter(next, debug, user);
      return {
        commit: () => {
          void writer.close();
          writer = successor;
        },
        rollback: () => void successor.close(),
      };
    },
    close: () => writer.close(),
  };
}

/** Whether the log is what a person at the terminal reads: text on standard error. */
export function isForTerminal({ type, format: form }: LoggerSettings): boolean {
  return type === "stderr" && form === "text" && !isJournal(type);
}

function openWriter(settings: LoggerSettings, debug: boolean, user?: LogUser): Pick<Log, "write" | "close"> {
  const destination = openDestination(settings, user);
  const logger = createLogger({
    levels: { text: 0 },
    level: "text",
    silent: destination === undefined,
    format: format.printf(({ message }) => String(message)),
    // winston complains on stderr when it has nowhere to write to, also where it is told to be silent.
    transports: destination ?? new transports.Stream({ stream: process.stderr }),
  });
  logger.once("error", (error: Error) => {
    tellTrouble(error);
    logger.on("error", () => undefined);
  });
  const lines = new LineBuffer((text) => logger.log("text", text));
  const least = LEVELS.indexOf(debug ? "debug" : settings.level);
  const formatLine = lineFormat(settings);
  return {
    write: (line) => {
      if (destination !== undefined && LEVELS.indexOf(line.level) <= least) lines.add(formatLine(line));
    },
    close: () => {
      lines.flush();
      return closed(logger);
    },
  };
}

/** How long a line waits for others, in milliseconds: a write costs more than many lines. */
const GATHERING_MILLISECONDS = 5;

/** Lines that come soon after each other are written at once. */
class LineBuffer {
  readonly #write: (text: string) => void;
  #lines: string[] = [];

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  add(line: string): void {
    if (this.#lines.push(line) > 1) return;
    setTimeout(() => {
      this.flush();
    }, GATHERING_MILLISECONDS);
  }

  flush(): void {
    if (this.#lines.length === 0) return;
    const text = this.#lines.join("\n");
    this.#lines = [];
    this.#write(text);
  }
}

function openDestination({ type, file }: LoggerSettings, user?: LogUser): Transport | undefined {
  switch (type) {
    case "stderr":
      return new transports.Stream({ stream: process.stderr });
    case "stdout":
      return new transports.Stream({ stream: process.stdout });
    case "file":
      return openFile(file ?? "");
    case "syslog":
      return new SyslogTransport(user);
    case "none":
      return undefined;
  }
}

function openFile(path: string): Transport {
  try {
    // It is opened with the first line; who starts the daemon is to know before.
    closeSync(openToAppend(path));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new StartError(`[logger] file: ${path} cannot be written: ${why}`);
  }
  return new FileTransport(path, tellTrouble);
}

/** What cannot be logged must not end the daemon. Only the terminal is left to tell. */
function tellTrouble(error: Error): void {
  process.stderr.write(`pybootd: the log cannot be written: ${error.message}\n`);
}

/** How a line is written, without its line feed. */
function lineFormat({ type, format: form }: LoggerSettings): (line: LogLine) => string {
  const priority = priorityFor(type);
  if (form === "json") {
    return ({ level, message, fields }) =>
      // JSON may hold controls as they are, but a terminal obeys them.
      (priority?.(level) ?? "") +
      escapeUnprintable(JSON.stringify({ time: new Date().toISOString(), level, message, ...fields() }));
  }
  // Who wants a priority notes the time itself, and takes each line of a stack for one of its own.
  if (priority !== undefined) {
    return ({ level, message }) => {
      const lines = message.split("\n");
      return lines.map((line) => priority(level) + line).join("\n");
    };
  }
  const time = localTime();
  return ({ level, message }) => `${time()} ${level.padEnd(8)} ${message}`;
}

/** How a level is written where lines begin with it: for syslog (RFC 5424 6.2.1) and for systemd's journal (sd-daemon(3)). */
function priorityFor(type: LoggerSettings["type"]): ((level: Level) => string) | undefined {
  if (type === "syslog") return (level) => `<${DAEMON_FACILITY * 8 + SEVERITY[level]}>`;
  return isJournal(type) ? (level) => `<${SEVERITY[level]}>` : undefined;
}

/** Whether a stream of this process goes to systemd's journal, which says which file that is (systemd.exec(5)). */
function isJournal(type: LoggerSettings["type"]): boolean {
  const journal = process.env["JOURNAL_STREAM"];
  if (journal === undefined || (type !== "stderr" && type !== "stdout")) return false;
  const { dev, ino } = fstatSync(process[type].fd);
  return journal === `${dev}:${ino}`;
}

/** `2026-11-20 12:34:56.789`, in this host's time zone. Lines of the same millisecond share one text. */
function localTime(): () => string {
  let [last, text] = [0, ""];
  return () => {
    const now = Date.now();
    if (now !== last) {
      const local = new Date(now - new Date(now).getTimezoneOffset() * 60_000);
      [last, text] = [now, local.toISOString().replace("T", " ").slice(0, 23)];
    }
    return text;
  };
}

function closed(logger: Logger): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, CLOSING_MILLISECONDS);
    logger.once("finish", () => {
      clearTimeout(timer);
      resolve();
    });
    logger.end();
  });
}

/**
 * Writes lines that begin with their priority to this host's `/dev/log` through `logger` (util-linux, on every Linux):
 * Node.js has no Unix datagram sockets.
 */
class SyslogTransport extends Transport {
  readonly #process: ChildProcess;

  constructor(user: LogUser | undefined) {
    super();
    const options = ["--prio-prefix", "--tag", "pybootd", `--id=${process.pid}`, "--socket", "/dev/log"];
    this.#process = spawn("logger", options, { stdio: ["pipe", "ignore", "inherit"], ...user });
    this.#process.on("error", (error) => {
      process.stderr.write(`pybootd: the log cannot be written to syslog: ${error.message}\n`);
    });
    this.#process.stdin?.on("error", () => undefined);
  }

  override log(info: Record<string | symbol, unknown>, next: () => void): void {
    this.#process.stdin?.write(`${String(info[Symbol.for("message")])}\n`);
    next();
  }

  override close(): void {
    this.#process.stdin?.end();
  }
}
