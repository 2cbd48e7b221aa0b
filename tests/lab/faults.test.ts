/** Two hundred machines boot while something breaks. None is lost, none gets what is not its own, and the log says why. */

import t, { type Test } from "tap";
import { join } from "node:path";
import { readFile, writeFile } from "node:fs/promises";
import { BROADCAST, FaultLab, MACHINES, MIRROR, OTHER_SERVER, SERVER, type FaultOptions } from "./support/fault-lab.js";
import { skipReason } from "./support/lab.js";
import { startWeb } from "./support/web-program.js";

const needs = (...tools: string[]): { skip: string | false } => ({
  skip: skipReason({ root: true, tools: ["ip", "nginx", ...tools] }) ?? false,
});

t.setTimeout(600_000);

const SOME = 20;
const FULL = /cannot be kept: ENOSPC: no space left on device, write '\S+data\.mdb'$/m;
const READ_ONLY = /cannot be kept: EROFS: read-only file system, write '\S+data\.mdb'$/m;
const NAMED =
  /warning +\S+:6 \[bootpd\] address: expected .* an address of this host, got 10\.77\.0\.1 \(it has .*\)$/m;
/** The start of each line. Stacks of errors and messages of libraries have further lines without it. */
const LINE = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} (?:critical|error|warning|info|debug) /;
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

/** A file system of its own for the daemon's state, which outlasts the daemon. */
const EXT4 = afterDoing(
  "mkdir -p state",
  "{ [ -e disk ] || { truncate -s 8M disk && mkfs.ext4 -q disk; }; }",
  "mount -o loop,errors=remount-ro disk state",
);

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
  /** Breaks it before a machine is switched on. */
  readonly before?: (lab: FaultLab) => Promise<unknown>;
  /** The number of machines that have booted before the fault; 0 where it is there from the start. */
  readonly after?: number;
  /** Breaks it, and mends it. */
  readonly strike?: (lab: FaultLab) => Promise<unknown>;
  /** The line of the log about the fault, and how often it may appear. */
  readonly said?: RegExp;
  readonly most?: number;
  /** A line that the log must not have. */
  readonly unsaid?: RegExp;
  /** An address of the server's that machines have to have booted from at last. */
  readonly servedBy?: string;
  /** Further output on the terminal. */
  readonly beside?: RegExp;
}

async function endure(t: Test, fault: Fault): Promise<void> {
  const { options = {}, before, after = SOME, strike, said, most = 1, unsaid, servedBy, beside } = fault;
  const lab = await FaultLab.open(options);
  t.teardown(() => lab.lab.close());
  await before?.(lab);
  await lab.switchOn(after);
  await strike?.(lab);
  const { booted, addresses, servers, troubles } = await lab.outcome();
  t.strictSame(troubles, []);
  t.equal(booted, MACHINES, "every machine booted");
  t.equal(addresses, MACHINES, "with an address of its own");
  if (servedBy !== undefined) t.ok((servers[servedBy] ?? 0) > 0, `by ${servedBy} too: ${JSON.stringify(servers)}`);
  if (said !== undefined) {
    const lines = lab.log.filter((line) => said.test(line));
    t.ok(
      lines.length >= 1 && lines.length <= most,
      `the log names it, ${lines.length} times: ${lines.slice(0, 3).join("\n")}`,
    );
  }
  if (unsaid !== undefined) t.notMatch(lab.log.join("\n"), unsaid);
  const strange = lab.log.filter((line) => !LINE.test(line) && beside?.test(line) !== true);
  t.strictSame(strange, [], "nothing but the log is heard, and no mistake of the program itself");
}

const faults: Readonly<Record<string, Fault>> = {
  "nothing at all": { after: 0 },
  "kill -9 and restart": { strike: (lab) => lab.restartDaemon() },
  "the disk of lease_db is full": {
    tools: ["unshare", "nsenter"],
    options: { wrapper: disk("state", "1m") },
    // Later there is room that the database has already.
    before: (lab) => lab.onItsDisk(`cat /dev/zero >${lab.home}/state/filler 2>&1 | true`),
    after: 0,
    async strike(lab) {
      await lab.daemon.waitFor(FULL, 30);
      await seconds(3);
      await lab.onItsDisk(`rm ${lab.home}/state/filler`);
    },
    said: FULL,
  },
  "the disk of lease_db becomes read-only": {
    tools: ["unshare", "nsenter", "mkfs.ext4", "findmnt"],
    options: { wrapper: EXT4 },
    async strike(lab) {
      // This is the state after an error of the disk: the file system has to be mounted anew, and the daemon started anew.
      const device = `$(basename $(findmnt -no SOURCE --mountpoint ${lab.home}/state))`;
      // Between two transactions: of one that is under way lmdb itself has something to say.
      await lab.suspended(lab.machines, async () => {
        await seconds(1);
        await lab.onItsDisk(`echo 1 >/sys/fs/ext4/${device}/trigger_fs_error`);
      });
      await lab.daemon.waitFor(READ_ONLY, 30);
      await seconds(3);
      await lab.restartDaemon();
    },
    said: READ_ONLY,
  },
  "the mirror stalls": {
    after: 0,
    strike: (lab) =>
      lab.suspended(lab.mirror, async () => {
        await lab.daemon.waitFor(/cannot be fetched: .*timeout/i, 30);
        await seconds(3);
      }),
  },
  "the mirror is dead": {
    after: 0,
    strike: (lab) => lab.withoutMirror(() => lab.daemon.waitFor(/ECONNREFUSED/, 30)),
  },
  "D9 the interface goes down and up": {
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
  "the address becomes another one": {
    tools: ["curl"],
    options: {
      relayTo: BROADCAST,
      more: `[httpd]\nenable = yes\ncheck_ip = no\nroot = http://${MIRROR}/\n`,
    },
    async strike({ server, machines, daemon }) {
      await server.must("ip", ["address", "del", `${SERVER}/16`, "dev", "eth0"]);
      await server.must("ip", ["address", "add", `${OTHER_SERVER}/16`, "dev", "eth0"]);
      await daemon.waitFor(/reloaded: configuration/, 10);
      await machines.must("curl", ["--fail", "--silent", "--output", "/dev/null", `http://${OTHER_SERVER}/initrd.gz`]);
    },
    said: /warning +this host's addresses changed: 10\.77\.0\.1 \(eth0\) is gone, 10\.77\.0\.2 \(eth0\) is new$/m,
    servedBy: OTHER_SERVER,
  },
  "the address that [bootpd] names becomes another one, and it is told so": {
    options: { relayTo: BROADCAST, bootpd: `address = ${SERVER}` },
    async strike({ server, daemon, home }) {
      await server.must("ip", ["address", "del", `${SERVER}/16`, "dev", "eth0"]);
      await server.must("ip", ["address", "add", `${OTHER_SERVER}/16`, "dev", "eth0"]);
      await daemon.waitFor(NAMED, 30);
      const file = join(home, "pybootd.ini");
      await writeFile(file, (await readFile(file, "utf8")).replace(`address = ${SERVER}`, `address = ${OTHER_SERVER}`));
      daemon.signal("SIGHUP");
    },
    said: NAMED,
    servedBy: OTHER_SERVER,
  },
  "descriptors run out": {
    tools: ["prlimit"],
    options: { wrapper: ["prlimit", "--nofile=128:128"], more: "[httpd]\nenable = yes\nroot = .\n" },
    // This is set before the first file is fetched, since requests to mirrors take descriptors too.
    async before({ machines }) {
      const many = `let left = 200; for (let i = 0; i < 200; i++) require("net").connect(80, "${SERVER}")
        .on("error", () => {}).on("connect", () => { if (--left === 0) console.log("connected"); });`;
      await machines.start(process.execPath, ["-e", many]).waitFor(/^connected$/m, 30);
    },
    after: 0,
    unsaid: /cannot be fetched/,
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
    // Lines of which the disk had a part, and the terminal, are heard too; stacks are not.
    beside: /^(?! +at )/,
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
  "D16a 5 % of the packets are lost, others come twice or late": {
    tools: ["ethtool"],
    options: { lossy: true, size: 60_000 },
  },
};

for (const [title, fault] of Object.entries(faults)) {
  await t.test(title, needs(...(fault.tools ?? [])), async (t) => {
    await endure(t, fault);
  });
}
