import { spawn, spawnSync, type ChildProcess, type SpawnSyncReturns } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { chmodSync, closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import t, { type Test } from "tap";
import { builtInProfiles } from "../../lib/machine/built-in-profiles.js";
import { knownLoaders } from "../../lib/tftp/loaders.js";
import { packageFolder } from "../../lib/common/package.js";
import { command } from "../support/command.js";
import { everybodyMayRead } from "../support/everybody.js";
import { startPortRival } from "../support/port-rival.js";

const PROGRAM = fileURLToPath(new URL("../../bin/pybootd.js", import.meta.url));

function configuration(t: Test, text: string): string {
  return join(t.testdir({ "pybootd.ini": text, images: {} }), "pybootd.ini");
}

/** Loopback is on every host that runs this. */
const POOL = "[bootpd]\npool_start = 127.0.0.100\npool_count = 5\n";

await t.test("what cannot be printed, since the disk is full, is told, and is an error", (t) => {
  const full = openSync("/dev/full", "w");
  t.teardown(() => {
    closeSync(full);
  });
  const run = (stderr: number | "pipe"): SpawnSyncReturns<string> =>
    spawnSync(process.execPath, [PROGRAM, "--help"], { stdio: ["ignore", full, stderr], encoding: "utf8" });
  const message = "pybootd: the output cannot be written: ENOSPC: no space left on device, write\n";
  t.match(run("pipe"), { status: 1, stderr: message });
  t.match(run(full), { status: 1, signal: null }, "nor is there anybody to be told");
  t.end();
});

await t.test("--help tells every option, on standard output", async (t) => {
  for (const option of ["--help", "-h"]) {
    const { code, out, err } = await command(option);
    t.equal(code, 0);
    t.equal(err, "");
    for (const known of ["-c, --config FILE", "-p, --pxe", "-t, --tftp", "-H, --http", "-d, --debug"])
      t.match(out, known);
    for (const known of [
      "--check",
      "--version",
      "-h, --help",
      "exit codes: 0 stopped as asked, 1 error, 2 wrong usage",
    ]) {
      t.match(out, known);
    }
    t.ok(
      out.split("\n").every((line) => line.length <= 120),
      "no line is too long for a terminal",
    );
  }
  t.match(await command("-p", "-t", "--help"), { code: 0, out: /usage/ }, "whatever else is said");
});

await t.test("--version is that of the package", async (t) => {
  const { version } = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8")) as { version: string };
  t.strictSame(await command("--version"), { code: 0, out: `pybootd ${version}\n`, err: "" });
});

await t.test("wrong usage ends with 2, and says what is wrong and where help is", async (t) => {
  const cases: readonly (readonly [args: readonly string[], complaint: RegExp])[] = [
    [["-p", "-t"], /^pybootd: -p runs only DHCP and -t only TFTP: together they leave nothing to run\n/],
    [["-pt"], /together they leave nothing to run/],
    [["--pxe", "--tftp", "--check"], /together they leave nothing to run/],
    [["--frobnicate"], /^pybootd: Unknown option '--frobnicate'/],
    [["-x"], /^pybootd: Unknown option '-x'/],
    [["-c"], /^pybootd: Option '-c, --config <value>' argument missing/],
    [["--check=yes"], /^pybootd: Option '--check' does not take an argument/],
    [["pybootd.ini"], /^pybootd: there is no command "pybootd\.ini" \(a configuration file is given with -c\)/],
    [["simulat"], /^pybootd: there is no command "simulat" \(did you mean simulate\?\)/],
    [["serve"], /^pybootd: there is no command "serve" \(there are leases, hosts, simulate\)/],
  ];
  for (const [args, complaint] of cases) {
    const { code, out, err } = await command(...args);
    t.equal(code, 2, args.join(" "));
    t.equal(out, "");
    t.match(err, complaint);
    t.match(err, /\nTry pybootd --help\.\n$/);
  }
});

await t.test("--check of a good file ends with 0 and tells what it would serve", async (t) => {
  const file = configuration(
    t,
    [
      `${POOL}allow_simple_dhcp = yes`,
      "notify = 127.0.0.1:12345",
      "[bootfile]",
      "default = pxelinux.0",
      "00007 = bootx64.efi",
      "[static_dhcp]",
      "52-54-00-00-00-01 = 127.0.0.20",
      "[tftpd]",
      "root = images",
      "port = 6969",
      "[filters]",
      "pxelinux.cfg/* = ./pxe.cfg",
    ].join("\n"),
  );
  const folder = join(t.testdirName, "images");
  const { code, out, err } = await command("--check", "-c", file);
  t.equal(code, 0);
  t.equal(err, "");
  const lines = out.split("\n");
  t.equal(lines[0], `${file}: valid`);
  const services = ["DHCP: ", "TFTP: ", "HTTP: off"];
  for (const service of services)
    t.ok(
      lines.some((line) => line.startsWith(service)),
      service,
    );
  for (const fact of [
    /interface lo.*, network 127\.0\.0\.0\/8, pool 127\.0\.0\.100 to 127\.0\.0\.104 \(5 addresses\), 1 reservation, as /,
    /serves every client; access: everybody/,
    /boot file default: pxelinux\.0; 7 \(x64 UEFI\): bootx64\.efi/,
    /notifies 127\.0\.0\.1:12345/,
    new RegExp(`port 6969, files from ${folder}, 1 filter`),
  ]) {
    t.match(out, fact);
  }
});

await t.test("--check -v lists the built-in profiles, why there are, and where that was found", async (t) => {
  const { code, out } = await command("--check", "-v", "-c", configuration(t, `${POOL}[tftpd]\nroot = images\n`));
  t.equal(code, 0);
  for (const { name, reason, source } of builtInProfiles) {
    t.match(out, `[profile ${name}], built in: ${reason}\n    found in: ${source}\n`);
  }
  for (const { name, source } of knownLoaders) {
    t.match(out, `by TFTP ${name}, known by its requests`);
    t.match(out, `    found in: ${source}\n`);
  }
});

await t.test("--check goes by the services that are asked for", async (t) => {
  const file = configuration(t, `${POOL}[tftpd]\nroot = images\n[httpd]\nroot = images\n`);
  const cases: readonly (readonly [options: readonly string[], dhcp: boolean, tftp: boolean, http: boolean])[] = [
    [[], true, true, false],
    [["-p"], true, false, false],
    [["-t"], false, true, false],
    [["-H"], true, true, true],
    [["--pxe", "--http"], true, false, true],
    [["-tH"], false, true, true],
  ];
  for (const [options, ...wanted] of cases) {
    const { code, out } = await command("--check", ...options, "--config", file);
    t.equal(code, 0);
    const running = ["DHCP", "TFTP", "HTTP"].map((service) => !out.includes(`${service}: off`));
    t.strictSame(running, wanted, options.join(" "));
  }
});

await t.test("--check tells what is no error but most likely not meant", async (t) => {
  const file = configuration(t, `${POOL}[tftpd]\nroot = nowhere\n`);
  const { code, out } = await command("--check", "-c", file);
  t.equal(code, 0);
  t.match(out, /^warning: \[tftpd\] root: there is no folder .*nowhere; every request will be answered "not found"$/m);
});

await t.test("--check tells what the user that the daemon becomes cannot read, whoever runs it", async (t) => {
  const file = configuration(t, `${POOL}[tftpd]\nroot = images\n[daemon]\nuser = nobody\n`);
  const folder = join(t.testdirName, "images");
  chmodSync(folder, 0o000);
  const hidden = await command("--check", "-c", file);
  chmodSync(folder, 0o755);
  const [told = ""] = /^warning: \[tftpd\] root: .*$/m.exec(hidden.out) ?? [];
  t.equal(hidden.code, 0);
  // Its key, where this runs as nobody, is let in by other bits.
  t.match(told, /^warning: \[tftpd\] root: user "nobody" cannot read \S+\/images: chmod .*[ou]\+rx \S+\/images$/);
  const { out } = await command("--check", "-c", file);
  t.notMatch(out, /chmod \S+ \S+\/images/, "nor does it, when that was done");
});

await t.test("--check of a bad file ends with 1 and tells all that is wrong, on standard error", async (t) => {
  const file = configuration(t, "[bootpd]\npool_start = 203.0.113.1\n[tftpd]\nport = none\n[filter]\n");
  const { code, out, err } = await command("--check", "-c", file);
  t.equal(code, 1);
  t.equal(out, "");
  const lines = err.trimEnd().split("\n");
  t.equal(lines.length, 3);
  t.ok(lines[0]?.startsWith(`${file}:2 [bootpd] pool_start: expected an address in the network of one of this host's`));
  t.equal(lines[1], `${file}:4 [tftpd] port: expected a port from 1 to 65535, got "none"`);
  t.equal(lines[2], `${file}:5 [filter]: expected a known section, got [filter] (did you mean [filters]?)`);
  t.match(await command("--check", "-c", join(t.testdirName, "missing.ini")), {
    code: 1,
    err: /missing\.ini: .* ENOENT/,
  });
});

await t.test("--check reads the file of machines", async (t) => {
  const file = configuration(t, `${POOL}[hosts]\nfile = hosts.yaml\n`);
  const machines = join(dirname(file), "hosts.yaml");
  writeFileSync(machines, "52:54:00:00:00:01: {ipAddress: 203.0.113.9}\n");
  const { code, out } = await command("--check", "-c", file);
  t.equal(code, 0);
  t.match(out, `DHCP: knows the machines of ${machines}\n`);
  t.match(out, `warning: ${machines}:1: 203.0.113.9 is reserved for nobody: it is not in `);
  writeFileSync(machines, "52:54:00:00:00:01:\n  ipAdress: 203.0.113.9\n");
  t.match(await command("--check", "-c", file), {
    code: 1,
    out: "",
    err: `${machines}:2 52:54:00:00:00:01 ipAdress: `,
  });
});

await t.test("problems of the file of machines are told with those of the configuration", async (t) => {
  const file = configuration(t, `${POOL}[filters]\n* = {serial}\n[hosts]\nfile = hosts.yaml\n`);
  const machines = join(dirname(file), "hosts.yaml");
  writeFileSync(machines, "52:54:00:00:00:01:\n  ipAdress: 127.0.0.9\n");
  const ini = `${file}:5 [filters] *: expected no other variables than `;
  const yaml = `${machines}:2 52:54:00:00:00:01 ipAdress: expected `;
  for (const options of [["--check"], []]) {
    const { code, out, err } = await command(...options, "-c", file);
    t.strictSame([code, out], [1, ""]);
    const lines = err.trimEnd().split("\n");
    t.equal(lines.length, 2, err);
    t.match(lines, [ini, yaml], "the configuration first");
  }
  writeFileSync(machines, "# no machines\n");
  const { err } = await command("--check", "-c", file);
  t.match(err, ini);
  t.notMatch(err, machines);
});

await t.test("--check names the cards that have one address, which is no mistake", async (t) => {
  const reserved = "[static_dhcp]\n52-54-00-00-00-02 = 127.0.0.150\n52-54-00-00-00-01 = 127.0.0.150\n";
  const file = configuration(t, `${POOL}${reserved}`);
  const { code, out } = await command("--check", "-c", file);
  t.equal(code, 0);
  t.strictSame(out.match(/^warning: .*127\.0\.0\.150/gm), null);
  t.match(
    out.split("\n").filter((line) => line.includes("127.0.0.150")),
    [
      /^DHCP: 127\.0\.0\.150 is the address of one machine with several cards: 52:54:00:00:00:02 \(.*\.ini:\d+\), 52:54:00:00:00:01 \(.*\.ini:\d+\)$/,
    ],
  );
});

await t.test("a bad file is not served either", async (t) => {
  const file = configuration(t, "[bootpd]\npool_start = 203.0.113.1\n");
  t.match(await command("-c", file), { code: 1, out: "", err: /pool_start: expected an address in the network/ });
});

const isRoot = process.getuid?.() === 0;
await t.test(
  "a user or group that the system does not have is told with its line",
  { skip: isRoot ? false : "needs root, which alone becomes another user" },
  async (t) => {
    const cases = [
      ["user = nosuchuser", "user: expected a user of this system, got nosuchuser"],
      ["group = nosuchgroup\nuser = nobody", "group: expected a group of this system, got nosuchgroup"],
      ["user = 61234", "user: expected a user that has a group, or [daemon] group beside it, got 61234"],
    ] as const;
    for (const [lines, message] of cases) {
      const file = configuration(t, `[tftpd]\naddress = 127.0.0.1\nroot = images\n[daemon]\n${lines}\n`);
      for (const options of [["--check", "-t"], ["-t"]]) {
        const { code, out, err } = await command(...options, "-c", file);
        t.strictSame([code, out, err], [1, "", `${file}:5 [daemon] ${message}\n`], options.join(" "));
      }
    }
  },
);

await t.test("--check without a file is about what would run without one", async (t) => {
  const { code, out, err } = await command("--check", "-t");
  t.equal(err, "");
  t.equal(code, 0);
  t.match(out, /etc\/embedded\.ini: valid\nDHCP: off\nTFTP: .*files from http:\/\/deb\.debian\.org\//);
  t.match(await command("--check"), {
    code: 0,
    err: "",
    out: /tells every machine .* what to boot, and gives no addresses/,
  });
});

/** A port of 127.0.0.1 that is free now. */
async function freePort(): Promise<number> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}

/** Starts the program. */
function start(t: Test, args: readonly string[]): { readonly child: ChildProcess; readonly err: () => string } {
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ["ignore", "ignore", "pipe"] });
  let err = "";
  child.stderr.on("data", (data) => (err += String(data)));
  t.teardown(() => child.kill("SIGKILL"));
  return { child, err: () => err };
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  await t.test(`${signal} ends a daemon with 0, and its log says from where to where it ran`, async (t) => {
    const file = configuration(t, `[tftpd]\naddress = 127.0.0.1\nport = ${await freePort()}\nroot = images\n`);
    const { child, err } = start(t, ["-t", "-c", file]);
    while (!/ ready$/m.test(err())) await once(child.stderr ?? child, "data");
    child.kill(signal);
    t.strictSame(await once(child, "close"), [0, null]);
    t.match(err(), new RegExp(`info +pybootd [0-9.]+, configuration ${file}\n`));
    t.match(err(), new RegExp(`stopping: ${signal}\n.* stopped\n$`));
    // Below a folder that only root may enter nobody else may read the program, and that is told.
    const kept = everybodyMayRead(PROGRAM) ? [] : [/^.* \[daemon\] user: this runs as root, and stays root, since no /];
    const grave = err().match(/^.* (?:warning|error|critical) .*$/gm) ?? [];
    t.strictSame(
      grave.filter((line) => !kept.some((pattern) => pattern.test(line))),
      [],
    );
  });
}

await t.test(
  "a port that another has ends it with 1 and the other's name, on standard error and in the log",
  async (t) => {
    const { port, name, pid } = await startPortRival(t, "udp");
    const text = `[logger]\ntype = file\nfile = log\n[tftpd]\naddress = 127.0.0.1\nport = ${port}\nroot = images\n`;
    const { child, err } = start(t, ["-t", "-c", configuration(t, text)]);
    t.strictSame(await once(child, "close"), [1, null]);
    const message = `TFTP needs UDP port ${port} of 127.0.0.1, but ${name} (pid ${pid}) has it.`;
    t.equal(err(), `${message}\n  Stop it, or set another [tftpd] port.\n`);
    t.ok(readFileSync(join(t.testdirName, "log"), "utf8").includes(`critical ${message}`));
  },
);

/** The lines of a log in JSON. */
function linesOf(text: string): readonly { readonly level: string; readonly message: string }[] {
  const lines = text.trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as { level: string; message: string });
}

await t.test("why it does not start is told in the format of the log", async (t) => {
  const { port, name, pid } = await startPortRival(t, "udp");
  const logger = "[logger]\nformat = json\n";
  const tftpd = `[tftpd]\naddress = 127.0.0.1\nport = ${port}\nroot = images\n`;
  await t.test("a port that another has", async (t) => {
    const { child, err } = start(t, ["-t", "-c", configuration(t, logger + tftpd)]);
    t.strictSame(await once(child, "close"), [1, null]);
    const message = `TFTP needs UDP port ${port} of 127.0.0.1, but ${name} (pid ${pid}) has it.\n  Stop it, or set another [tftpd] port.`;
    t.match(linesOf(err()).at(-1), { level: "critical", message });
  });
  await t.test("a configuration that cannot be used, as far as it says what the format is", async (t) => {
    const bad = configuration(t, `${logger}[bootpd]\npool_start = 203.0.113.1\n`);
    const { child, err } = start(t, ["-c", bad]);
    t.strictSame(await once(child, "close"), [1, null]);
    t.match(linesOf(err()), [{ level: "critical", message: `${bad}:4 [bootpd] pool_start: expected an address` }]);
    const worse = start(t, ["-t", "-c", configuration(t, `${logger}level = loud\n`)]);
    t.strictSame(await once(worse.child, "close"), [1, null]);
    t.match(worse.err(), /^\S+pybootd\.ini:3 \[logger\] level: expected .*\n$/);
  });
  await t.test("to a log in a file, and to the person at the terminal", async (t) => {
    const text = `[logger]\ntype = file\nfile = log\nformat = json\n${tftpd}[bootpd]\npool_start = 203.0.113.1\n`;
    const { child, err } = start(t, ["-c", configuration(t, text)]);
    t.strictSame(await once(child, "close"), [1, null]);
    t.match(err(), /^\S+pybootd\.ini:10 \[bootpd\] pool_start: expected an address .*\n$/);
    t.match(linesOf(readFileSync(join(t.testdirName, "log"), "utf8")), [{ level: "critical", message: "pool_start" }]);
  });
});

await t.test("a log file that cannot be written ends it with 1 and a sentence", async (t) => {
  for (const name of ["images", "pybootd.ini/log"]) {
    const file = configuration(t, `[logger]\ntype = file\nfile = ${name}\n[tftpd]\nport = ${await freePort()}\n`);
    const { child, err } = start(t, ["-t", "-c", file]);
    t.strictSame(await once(child, "close"), [1, null]);
    t.match(err(), /^.*\[logger\] file: .*\n$/);
  }
});
