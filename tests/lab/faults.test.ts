/** Two hundred machines boot while something breaks. None is lost, none gets what is not its own, and the log says why. */

import t, { type Test } from "tap";
import { join } from "node:path";
import { writeFile } from "node:fs/promises";
import { FaultLab, MACHINES, MIRROR, SERVER, type FaultOptions } from "./support/fault-lab.js";
import { skipReason } from "./support/lab.js";
import { startWeb } from "./support/web-program.js";

const needs = (...tools: string[]): { skip: string | false } => ({
  skip: skipReason({ root: true, tools: ["ip", "nginx", ...tools] }) ?? false,
});

t.setTimeout(600_000);

const SOME = 20;
/** LMDB calls a page that it could write only a part of an input/output error; each reason is said for itself. */
const FULL = /cannot be kept: .*(?:No space left|Input\/output error)/;
/** A mistake of the program is a line of level error with a stack; lmdb writes stacks of its own, without a level. */
const STACK = /^\S+ \S+ error .*\n +at \S+/m;
/** Debian's libfaketime, which the loader finds by itself for each architecture. */
const FAKETIME = "/usr/$LIB/faketime/libfaketime.so.1";
const CLOCK = "clock";
const seconds = (count: number): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, count * 1000));

/** A shell that does something before it runs the daemon. */
const afterDoing = (...commands: readonly string[]): readonly string[] => [
  ...["unshare", "--mount", "sh", "-c"],
  `${commands.join(" && ")} && exec "$@"`,
  "sh",
];

/** A file system of its own for a folder in the daemon's, of so many octets. */
const disk = (folder: string, size: string, ...more: readonly string[]): readonly string[] =>
  afterDoing(`mkdir -p ${folder}`, `mount -t tmpfs -o size=${size} none ${folder}`, ...more);

/** A name server of its own for the daemon. */
const resolvingBy = (server: string): readonly string[] =>
  afterDoing(
    `echo "nameserver ${server}" >resolv.conf`,
    "echo options timeout:1 attempts:1 >>resolv.conf",
    "mount --bind resolv.conf /etc/resolv.conf",
  );

/** The date comes from a file, time that only passes from the system. */
const withClock = (file: string): readonly string[] => [
  ...afterDoing(`echo +0 >${file}`),
  "env",
  `LD_PRELOAD=${FAKETIME}`,
  "FAKETIME_DONT_FAKE_MONOTONIC=1",
  "FAKETIME_NO_CACHE=1",
  `FAKETIME_TIMESTAMP_FILE=${file}`,
];

const LOG_ON_DISK = "[logger]\ntype = file\nfile = log/pybootd.log\n";

/** Something that breaks. */
interface Fault {
  readonly tools?: readonly string[];
  readonly options?: FaultOptions;
  /** How many machines have booted when it strikes; 0 where it is there from the start. */
  readonly after?: number;
  /** Breaks it, and mends it. */
  readonly strike?: (lab: FaultLab) => Promise<unknown>;
  /** What the log says of it, and how often at most. */
  readonly said?: RegExp;
  readonly most?: number;
}

async function endure(t: Test, { options = {}, after = SOME, strike, said, most = 1 }: Fault): Promise<FaultLab> {
  const lab = await FaultLab.open(options);
  t.teardown(() => lab.lab.close());
  await lab.switchOn(after);
  await strike?.(lab);
  const { booted, addresses, troubles } = await lab.outcome();
  t.strictSame(troubles, []);
  t.equal(booted, MACHINES, "every machine booted");
  t.equal(addresses, MACHINES, "with an address of its own");
  if (said !== undefined) {
    const lines = lab.daemon.lines.filter((line) => said.test(line));
    t.ok(
      lines.length >= 1 && lines.length <= most,
      `the log names it, ${lines.length} times: ${lines.slice(0, 3).join("\n")}`,
    );
  }
  t.notMatch(lab.daemon.log, STACK, "no mistake of the program itself");
  return lab;
}

const faults: Readonly<Record<string, Fault>> = {
  "nothing at all": { after: 0 },
  "kill -9 and restart": { strike: (lab) => lab.restartDaemon() },
  "the disk of lease_db is full": {
    tools: ["unshare", "nsenter"],
    options: { wrapper: disk("state", "1m") },
    async strike(lab) {
      await lab.onItsDisk(`cat /dev/zero >${lab.home}/state/filler 2>&1 | true`);
      await lab.daemon.waitFor(FULL, 30);
      await seconds(3);
      await lab.onItsDisk(`rm ${lab.home}/state/filler`);
    },
    said: FULL,
    most: 2,
  },
  "the mirror stalls": {
    after: 0,
    async strike(lab) {
      await lab.signalMirror("STOP");
      await lab.daemon.waitFor(/cannot be fetched: .*timeout/i, 30);
      await seconds(3);
      await lab.signalMirror("CONT");
    },
  },
  "the mirror is dead": {
    after: 0,
    strike: (lab) => lab.withoutMirror(() => lab.daemon.waitFor(/ECONNREFUSED/, 30)),
  },
  "the interface goes down and up": {
    async strike({ server }) {
      await server.must("ip", ["link", "set", "eth0", "down"]);
      await seconds(3);
      await server.must("ip", ["link", "set", "eth0", "up"]);
    },
  },
  "the address goes and comes back": {
    async strike({ server }) {
      await server.must("ip", ["address", "del", `${SERVER}/16`, "dev", "eth0"]);
      await seconds(3);
      await server.must("ip", ["address", "add", `${SERVER}/16`, "dev", "eth0"]);
    },
  },
  "descriptors run out": {
    tools: ["prlimit"],
    options: { wrapper: ["prlimit", "--nofile=128:128"], more: "[httpd]\nenable = yes\nroot = .\n" },
    async strike({ machines }) {
      const many = `for (let i = 0; i < 200; i++) require("net").connect(80, "${SERVER}").on("error", () => {});`;
      machines.start(process.execPath, ["-e", many]);
      await seconds(2);
    },
  },
  "the log's disk is full": {
    tools: ["unshare", "nsenter"],
    options: {
      wrapper: disk("log", "16k", "touch log/pybootd.log", "{ tail --pid=$$ -F log/pybootd.log & }"),
      more: LOG_ON_DISK,
    },
    after: 100,
    async strike(lab) {
      // The terminal is told; the log cannot be.
      await lab.daemon.waitFor(/the log cannot be written: .*ENOSPC/, 30);
      await lab.onItsDisk(`truncate --no-create --size=0 ${lab.home}/log/pybootd.log`);
    },
    said: /the log cannot be written/,
    most: 20,
  },
  "the DNS server is gone": {
    tools: ["dnsmasq", "unshare"],
    options: { root: "http://mirror.lab/", wrapper: resolvingBy(MIRROR) },
    after: 0,
    async strike(lab) {
      await lab.daemon.waitFor(/mirror\.lab\S* cannot be fetched: .*(EAI_AGAIN|ENOTFOUND)/, 60);
      const quiet = ["--keep-in-foreground", "--log-facility=-", "--conf-file=/dev/null", "--user=root", "--no-resolv"];
      const dns = lab.mirror.start("dnsmasq", [...quiet, "--no-hosts", `--address=/mirror.lab/${MIRROR}`]);
      await dns.waitFor(/started/, 10);
    },
  },
  "the clock is stepped by a day, both ways": {
    tools: ["faketime", "unshare"],
    options: { wrapper: withClock(CLOCK) },
    async strike({ home }) {
      for (const offset of ["+1d", "-1d", "+0"]) {
        await writeFile(join(home, CLOCK), offset);
        await seconds(1.5);
      }
    },
  },
  "the mirror breaks off, promises too little, and sends too much": {
    options: { root: `http://${MIRROR}:8080/`, size: 60_000, more: "[filters]\ninitrd.gz = flaky.bin\n" },
    after: 0,
    strike: async ({ mirror, daemon }) => {
      await startWeb(mirror, 8080);
      await daemon.waitFor(/flaky\.bin/, 30);
    },
  },
  "SIGHUP in mid-storm": {
    async strike({ daemon }) {
      for (let count = 0; count < 5; count++) {
        const from = daemon.log.length;
        daemon.signal("SIGHUP");
        await daemon.waitFor(/reloaded: configuration/, 10, from);
      }
    },
  },
  "5 % of the packets are lost, others come twice or late": {
    tools: ["ethtool"],
    options: { lossy: true, size: 60_000 },
  },
};

for (const [title, fault] of Object.entries(faults)) {
  await t.test(title, needs(...(fault.tools ?? [])), async (t) => {
    await endure(t, fault);
  });
}
