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

/** The log of the program. */
export interface Log {
  /** Writes a line. @param time in milliseconds since 1970; now where it is left out */
  write(line: LogLine, time?: number): void;
  /** Whether lines of a level are written. */
  takes(level: Level): boolean;
  /** Writes a line about the program itself. */
  say(level: Level, message: string): void;
  /**
   * Prepares to log with other settings. Opens a log file anew in any case.
   *
   * @throws {StartError} where its file cannot be written
   */
  prepare(settings: LoggerSettings): Transaction;
  /** Closes the log. Resolves once all lines are written, or after a short time limit. */
  close(): Promise<void>;
}

/** The user that the process which writes the log runs as, where that is another process. */
export interface LogUser {
  readonly uid: number;
  readonly gid: number;
}

/** Syslog severities of the levels, and the facility "daemon" (RFC 5424 6.2.1). */
const SEVERITY: Readonly<Record<Level, number>> = { critical: 2, error: 3, warning: 4, info: 6, debug: 7 };
const DAEMON_FACILITY = 3;

/** Time limit for the remaining lines when the log is closed. */
const CLOSING_MILLISECONDS = 500;

/**
 * Opens the log.
 *
 * @param settings the `[logger]` section
 * @param debug whether the command line asks for all lines
 * @param user the user for a process that writes the log, while this process is still root
 * @throws {StartError} where its file cannot be written
 */
export function openLog(settings: LoggerSettings, debug: boolean, user?: LogUser): Log {
  let writer = openWriter(settings, debug, user);
  return {
    write: (line, time = Date.now()) => {
      writer.write(line, time);
    },
    takes: (level) => writer.takes(level),
    say: (level, message) => {
      writer.write({ level, message, fields: () => ({}) }, Date.now());
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

/** Whether the log is text on standard error, which a user at the terminal reads. */
export function isForTerminal({ type, format: form }: LoggerSettings): boolean {
  return type === "stderr" && form === "text" && !isJournal(type);
}

/** A log with fixed settings. */
interface Writer extends Pick<Log, "takes" | "close"> {
  write(line: LogLine, time: number): void;
}

function openWriter(settings: LoggerSettings, debug: boolean, user?: LogUser): Writer {
  const destination = openDestination(settings, user);
  const logger = createLogger({
    levels: { text: 0 },
    level: "text",
    silent: destination === undefined,
    format: format.printf(({ message }) => String(message)),
    // winston needs a transport even when silent: without one it complains on stderr.
    transports: destination ?? new transports.Stream({ stream: process.stderr }),
  });
  logger.once("error", (error: Error) => {
    tellTrouble(error);
    logger.on("error", () => undefined);
  });
  const lines = new LineBuffer((text) => logger.log("text", text));
  const least = LEVELS.indexOf(debug ? "debug" : settings.level);
  const formatLine = lineFormat(settings);
  const takes = (level: Level): boolean => destination !== undefined && LEVELS.indexOf(level) <= least;
  return {
    takes,
    write: (line, time) => {
      if (takes(line.level)) lines.add(formatLine(line, time));
    },
    close: () => {
      lines.flush();
      return closed(logger);
    },
  };
}

/** Time that a line waits for further ones, in milliseconds: one write costs more than many lines. */
const GATHERING_MILLISECONDS = 5;

/** Collects lines, and writes those that come close together at once. */
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
    // The file is opened with the first line; this check reports a failure at the start.
    closeSync(openToAppend(path));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new StartError(`[logger] file: ${path} cannot be written: ${why}`);
  }
  return new FileTransport(path, tellTrouble);
}

/** Reports a log failure on standard error. A failing log must not end the daemon. */
function tellTrouble(error: Error): void {
  process.stderr.write(`pybootd: the log cannot be written: ${error.message}\n`);
}

/** Returns the function that formats a line, without its line feed. */
function lineFormat({ type, format: form }: LoggerSettings): (line: LogLine, time: number) => string {
  const priority = priorityFor(type);
  if (form === "json") {
    return ({ level, message, fields }, time) =>
      // JSON may contain control characters such as C1 as they are, but a terminal obeys them.
      (priority?.(level) ?? "") +
      escapeUnprintable(JSON.stringify({ time: new Date(time).toISOString(), level, message, ...fields() }));
  }
  // Syslog and the journal record the time themselves, and take each line of a stack trace as an entry.
  if (priority !== undefined) {
    return ({ level, message }) => {
      const lines = message.split("\n");
      return lines.map((line) => priority(level) + line).join("\n");
    };
  }
  const format = localTime();
  return ({ level, message }, time) => `${format(time)} ${level.padEnd(8)} ${message}`;
}

/**
 * Returns the priority prefix of lines for syslog (RFC 5424 6.2.1) or for systemd's journal (sd-daemon(3)); undefined
 * where lines have none.
 */
function priorityFor(type: LoggerSettings["type"]): ((level: Level) => string) | undefined {
  if (type === "syslog") return (level) => `<${DAEMON_FACILITY * 8 + SEVERITY[level]}>`;
  return isJournal(type) ? (level) => `<${SEVERITY[level]}>` : undefined;
}

/**
 * Whether a stream of this process goes to systemd's journal: JOURNAL_STREAM names the journal's file
 * (systemd.exec(5)).
 */
function isJournal(type: LoggerSettings["type"]): boolean {
  const journal = process.env["JOURNAL_STREAM"];
  if (journal === undefined || (type !== "stderr" && type !== "stdout")) return false;
  const { dev, ino } = fstatSync(process[type].fd);
  return journal === `${dev}:${ino}`;
}

/**
 * Returns a function that formats a time in milliseconds since 1970 as local time, `2026-11-20 12:34:56.789`. Lines of the same millisecond share one text.
 */
function localTime(): (time: number) => string {
  let [last, text] = [NaN, ""];
  return (time) => {
    if (time !== last) {
      const local = new Date(time - new Date(time).getTimezoneOffset() * 60_000);
      [last, text] = [time, local.toISOString().replace("T", " ").slice(0, 23)];
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
 * A transport that writes lines with a priority prefix to this host's `/dev/log` through `logger` of util-linux, since
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
