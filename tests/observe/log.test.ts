import { spawnSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import t, { type Test } from "tap";
import type { Settings } from "../../lib/settings/schema.js";
import { LEVELS, type Level, type LogLine } from "../../lib/common/log-line.js";
import { openLog, type Log } from "../../lib/observe/log.js";

type LoggerSettings = Settings["logger"];

const WRITER = fileURLToPath(new URL("../support/log-writer.js", import.meta.url));

const LINE: LogLine = {
  level: "info",
  message: "52:54:00:00:00:01: leased 192.168.1.100",
  fields: () => ({ event: "dhcp-leased", mac: "52:54:00:00:00:01", uuid: undefined, architecture: 7 }),
};

/** What a file holds after some lines were written to it. */
async function written(
  t: Test,
  write: (log: Log) => void,
  changes: Partial<LoggerSettings> = {},
  debug = false,
): Promise<readonly string[]> {
  const file = join(t.testdir({}), "pybootd.log");
  const log = openLog({ type: "file", level: "info", format: "text", file, ...changes }, debug);
  write(log);
  await log.close();
  const text = readFileSync(file, "utf8");
  t.ok(text === "" || text.endsWith("\n"), "each line is ended");
  return text.split("\n").slice(0, -1);
}

await t.test("a line of text has the local time, the level and the message", async (t) => {
  const [first, second] = await written(t, (log) => {
    log.write(LINE);
    log.say("warning", "careful");
  });
  t.match(first, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} info     52:54:00:00:00:01: leased 192\.168\.1\.100$/);
  t.match(second, / warning  careful$/);
  const [day = "", time = ""] = (first ?? "").split(" ");
  const age = Date.now() - new Date(`${day}T${time}`).getTime();
  t.ok(age >= 0 && age < 60_000, "it is now, in this host's time zone");
});

await t.test("a line has the time of its event", async (t) => {
  const time = Date.UTC(2026, 0, 1, 12, 0, 0, 5);
  const [text = ""] = await written(t, (log) => {
    log.write(LINE, time);
  });
  t.equal(new Date(text.slice(0, 23).replace(" ", "T")).getTime(), time);
  const json = (log: Log): void => {
    log.write(LINE, time);
  };
  const [line = ""] = await written(t, json, { format: "json" });
  t.match(JSON.parse(line), { time: "2026-01-01T12:00:00.005Z" });
});

await t.test("a line of JSON has the parts beside, and leaves out those that are not known", async (t) => {
  const [line = ""] = await written(
    t,
    (log) => {
      log.write(LINE);
    },
    { format: "json" },
  );
  const { time, ...rest } = JSON.parse(line) as Record<string, unknown>;
  t.strictSame(rest, {
    level: "info",
    message: LINE.message,
    event: "dhcp-leased",
    mac: "52:54:00:00:00:01",
    architecture: 7,
  });
  t.equal(new Date(String(time)).toISOString(), time);
});

await t.test("what is less grave than the level is not written, unless everything is asked for", async (t) => {
  const writeAll = (log: Log): void => {
    for (const level of LEVELS) log.say(level, "x");
  };
  const levelsIn = (lines: readonly string[]): readonly string[] => lines.map((line) => line.split(/ +/)[2] ?? "");
  const cases: Readonly<Record<Level, number>> = { critical: 1, error: 2, warning: 3, info: 4, debug: 5 };
  for (const level of LEVELS) {
    t.strictSame(levelsIn(await written(t, writeAll, { level })), LEVELS.slice(0, cases[level]), level);
    t.strictSame(levelsIn(await written(t, writeAll, { level }, true)), LEVELS, `${level} and -d`);
  }
});

await t.test("a file is appended to", async (t) => {
  const file = join(t.testdir({ "pybootd.log": "before\n" }), "pybootd.log");
  const log = openLog({ type: "file", level: "info", format: "text", file }, false);
  log.say("info", "after");
  await log.close();
  t.match(readFileSync(file, "utf8"), /^before\n.* after\n$/);
});

await t.test("closing waits for all that was written", async (t) => {
  const lines = await written(t, (log) => {
    for (let count = 0; count < 5000; count++) log.say("info", `line ${count}`);
  });
  t.equal(lines.length, 5000);
  t.match(lines.at(-1), / line 4999$/);
});

await t.test(
  "a message of several lines, such as a stack, stays as it is in a text and is one line of JSON",
  async (t) => {
    const write = (log: Log): void => {
      log.say("error", "one\n  two");
    };
    t.match(await written(t, write), [/ error    one$/, /^ {2}two$/]);
    const lines = await written(t, write, { format: "json" });
    t.equal(lines.length, 1);
    t.match(JSON.parse(lines[0] ?? ""), { message: "one\n  two" });
  },
);

await t.test("control characters in the parts of a line of JSON are escaped, and stay what they are", async (t) => {
  const nasty = "a\u001b[2J\u007f\u009b31m\u2028\u2029\u202e\r\nb";
  const [line = "", ...others] = await written(
    t,
    (log) => {
      log.write({ level: "info", message: "x", fields: () => ({ event: "file-refused", file: nasty }) });
    },
    { format: "json" },
  );
  t.strictSame(others, []);
  t.notMatch(line, /[\0-\x1f\x7f-\x9f\u2028\u2029\u202e]/);
  t.match(JSON.parse(line), { file: nasty });
});

/** Runs the writer beside this test. */
function writeFrom(settings: Partial<LoggerSettings>, env: NodeJS.ProcessEnv = process.env) {
  const section = JSON.stringify({ level: "info", format: "text", ...settings });
  return spawnSync(process.execPath, [WRITER, section], { encoding: "utf8", env });
}

await t.test("the log goes to the stream that is asked for, or nowhere", (t) => {
  const lines = /^.* critical critical line\n.* error    error line\n.* warning  warning line\n.* info     info line\n/;
  t.match(writeFrom({ type: "stderr" }), { status: 0, stdout: "", stderr: lines });
  t.match(writeFrom({ type: "stdout" }), { status: 0, stdout: lines, stderr: "" });
  t.match(writeFrom({ type: "none" }), { status: 0, stdout: /^$/, stderr: /^$/ });
  t.end();
});

await t.test("systemd's journal gets each line with its priority, and without a time of ours", (t) => {
  const file = join(t.testdir({}), "journal");
  const journal = openSync(file, "a");
  const { dev, ino } = fstatSync(journal);
  const section = JSON.stringify({ type: "stderr", level: "info", format: "text" });
  const write = (stream: string): void => {
    const env = { ...process.env, JOURNAL_STREAM: stream };
    spawnSync(process.execPath, [WRITER, section], { env, stdio: ["ignore", "ignore", journal] });
  };
  write(`${dev}:${ino}`);
  const lines = "<2>critical line\n<3>error line\n<4>warning line\n<6>info line\n<6>two\n<6>lines\n";
  t.equal(readFileSync(file, "utf8"), lines);
  truncateSync(file);
  write(`${dev}:${ino + 1}`);
  t.match(
    readFileSync(file, "utf8"),
    /^\d{4}-\d\d-\d\d .* critical critical line\n/m,
    "another program's journal is not ours",
  );
  closeSync(journal);
  t.end();
});

/** A folder with a `logger` that notes how it was called and what it was given. */
function fakeLogger(t: Test): { readonly env: NodeJS.ProcessEnv; readonly note: (name: string) => string } {
  const folder = t.testdir({});
  const bin = join(folder, "bin");
  mkdirSync(bin);
  const program = `#!/bin/sh\nprintf '%s\\n' "$@" > '${folder}/arguments'\ncat > '${folder}/input'\n: > '${folder}/done'\n`;
  writeFileSync(join(bin, "logger"), program);
  chmodSync(join(bin, "logger"), 0o755);
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env["PATH"] ?? ""}` };
  return { env, note: (name) => readFileSync(join(folder, name), "utf8") };
}

await t.test("syslog gets each line, with its priority of RFC 5424 and without a time of ours", (t) => {
  const { env, note } = fakeLogger(t);
  const { status, stderr } = writeFrom({ type: "syslog" }, env);
  t.equal(status, 0);
  t.equal(stderr, "");
  t.match(note("arguments"), /^--prio-prefix\n--tag\npybootd\n--id=\d+\n--socket\n\/dev\/log\n$/);
  t.strictSame(note("input").split("\n"), [
    "<26>critical line",
    "<27>error line",
    "<28>warning line",
    "<30>info line",
    "<30>two",
    "<30>lines",
    "",
  ]);
  t.end();
});

await t.test("syslog without the command for it says so, and the program goes on", (t) => {
  const { status, stderr } = writeFrom({ type: "syslog" }, { ...process.env, PATH: t.testdir({}) });
  t.equal(status, 0);
  t.match(stderr, /^pybootd: the log cannot be written to syslog: spawn logger ENOENT\n$/);
  t.end();
});
