/** Least privilege: once the ports are open the daemon is nobody, and everything goes on. */

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { chmod, link, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import t, { type Test } from "tap";
import { ClientLab, POOL_START } from "./support/client-lab.js";
import { Daemon } from "./support/daemon.js";
import { Lab, skipReason, type Host } from "./support/lab.js";
import { NODE, PACKAGE, PROGRAM } from "./support/program.js";

const needs = (...tools: string[]): { skip: string | false } => ({
  skip: skipReason({ root: true, tools: ["ip", "sysctl", "udhcpc", "curl", "tftp", ...tools] }) ?? false,
});

t.setTimeout(300_000);

const NOBODY = 65534;
/** CAP_NET_BIND_SERVICE and CAP_NET_RAW, as /proc has them. */
const NETWORK = (1n << 10n) | (1n << 13n);

/** A namespace lets everybody open every port unless it is told not to. */
const inside = (script: string): readonly string[] => [
  "unshare",
  "--mount",
  "sh",
  "-c",
  `sysctl -qw net.ipv4.ip_unprivileged_port_start=1024 && ${script} && exec "$@"`,
  "sh",
];
const STRICT = inside("true");
const WITHOUT_KOFFI = inside(`mount -t tmpfs none ${PACKAGE}/node_modules/koffi`);

/** Returns the fields of /proc/PID/task/TID/status for each thread of a process. */
function threads(pid: number | undefined): readonly ((name: string) => string)[] {
  const folder = `/proc/${pid ?? 0}/task`;
  const texts = readdirSync(folder).map((thread) => readFileSync(join(folder, thread, "status"), "utf8"));
  return texts.map((text) => (name) => new RegExp(`^${name}:[ \\t]*(.*)$`, "m").exec(text)?.[1]?.trim() ?? "");
}

/** No thread may be root or have more than some capabilities; the first is the one that opens sockets. */
function checkThreads(t: Test, daemon: Daemon, capabilities: bigint): void {
  const all = threads(daemon.pid);
  t.ok(all.length > 4, `${all.length} threads`);
  const ids = Array.from({ length: 4 }, () => NOBODY).join("\t");
  t.strictSame([...new Set(all.map((of) => of("Uid")))], [ids], "no thread is root, nor can become it");
  t.strictSame([...new Set(all.map((of) => of("Gid")))], [ids]);
  t.strictSame([...new Set(all.map((of) => of("Groups")))], [`${NOBODY}`], "nor has any of root's groups");
  for (const set of ["CapPrm", "CapEff", "CapInh", "CapAmb"]) {
    const held = all.map((of) => BigInt(`0x${of(set)}`));
    const main = set === "CapPrm" || set === "CapEff" ? capabilities : 0n;
    t.equal(held[0], main, `${set} of the main thread`);
    t.ok(
      held.every((each) => (each & ~main) === 0n),
      `${set} of the others`,
    );
  }
}

/** A machine takes an address, a file by TFTP and one by HTTP. */
async function boot(t: Test, net: ClientLab, host: Host): Promise<void> {
  const configure = 'test -z "$ip" || { ip address flush dev eth0; ip address add $ip/24 dev eth0; }';
  const script = join(net.lab.directory, "configure");
  await writeFile(script, `#!/bin/sh\n${configure}\n`);
  await chmod(script, 0o755);
  const args = ["-i", "eth0", "-f", "-n", "-q", "-t", "5", "-T", "2", "-s", script];
  const udhcpc = await net.daemon.explaining(host.run("udhcpc", args));
  t.match(udhcpc.stderr, new RegExp(`lease of ${POOL_START.replaceAll(".", "\\.")} obtained`));
  const port = /\[tftpd\][^[]*\nport = (\d+)/.exec(readFileSync(iniOf(net), "utf8"))?.[1] ?? "69";
  const fetched = join(net.lab.directory, "fetched");
  const get = ["-m", "binary", "10.77.0.1", port, "-c", "get", "boot.0", fetched];
  await net.daemon.explaining(host.must("tftp", get));
  t.equal(readFileSync(fetched, "utf8"), "what boots", "by TFTP");
  t.equal(await net.daemon.explaining(host.must("curl", ["-sf", "http://10.77.0.1/boot.0"])), "what boots", "by HTTP");
}

const iniOf = (net: ClientLab): string => join(Daemon.folder(net.lab, net.server), "pybootd.ini");
const stateOf = (net: ClientLab): string => join(Daemon.folder(net.lab, net.server), "state");

/** Edits the configuration and has it read again; returns what the log says then. */
async function reload(net: ClientLab, edit: (ini: string) => string, outcome: RegExp): Promise<string> {
  const from = net.daemon.log.length;
  await writeFile(iniOf(net), edit(readFileSync(iniOf(net), "utf8")));
  net.daemon.signal("SIGHUP");
  await net.daemon.waitFor(outcome, 20, from);
  return net.daemon.log.slice(from);
}

const withPidFile = (ini: string): string => `${ini}\n[daemon]\npid_file = ./pid/pybootd.pid\n`;
const RELOADED = /reloaded: configuration/;
const NOT_RELOADED = /the configuration was not reloaded/;

await t.test("started as root, it is nobody with two capabilities", needs(), async (t) => {
  const net = await ClientLab.open({ "boot.0": "what boots" }, withPidFile, STRICT);
  t.teardown(() => net.lab.close());
  t.match(
    net.daemon.log,
    /root is given up: this is user nobody \(uid 65534, gid \d+\); capabilities kept .*: CAP_NET_BIND_SERVICE and CAP_NET_RAW\n/,
  );
  t.match(net.daemon.log, /open from before: .*UDP 10\.77\.0\.1:67, .*TCP 10\.77\.0\.1:80, 1 packet socket\n/);
  t.notMatch(net.daemon.log, /warning/);
  checkThreads(t, net.daemon, NETWORK);
  const pidFile = join(dirname(iniOf(net)), "pid/pybootd.pid");
  t.equal(readFileSync(pidFile, "utf8"), `${net.daemon.pid}\n`);
  t.equal(statSync(pidFile).uid, 0, "what root goes by is root's");

  const host = await net.client("client");
  await boot(t, net, host);
  checkThreads(t, net.daemon, NETWORK);
  t.notMatch(net.daemon.log, /answered by broadcast/);
  for (const name of ["", "leases", "leases/data.mdb", "control.sock"]) {
    t.equal(statSync(join(stateOf(net), name)).uid, NOBODY, `${name === "" ? "the folder" : name} is the user's`);
  }

  await t.test("SIGHUP, with the same ports and with others", async (t) => {
    await reload(net, (ini) => ini.replace("lease_time = 1h", "lease_time = 2h"), RELOADED);
    await boot(t, net, host);
    const said = await reload(
      net,
      (ini) => ini.replace("[tftpd]", "[tftpd]\nport = 169").replace("[bootpd]", "[bootpd]\nprobe_time = 0.1"),
      RELOADED,
    );
    t.notMatch(said, /warning|error|CAP_NET_RAW/);
    await boot(t, net, host);
  });

  await t.test("kill -9 and another start", async (t) => {
    await net.restart(undefined, "SIGKILL");
    checkThreads(t, net.daemon, NETWORK);
    t.notMatch(net.daemon.log, /damaged|cannot/);
    await boot(t, net, host);
    t.match(await net.daemon.stop(), 0);
    t.ok(existsSync(join(stateOf(net), "leases/closed")), "and it ended as it should");
  });
});

await t.test("without koffi nothing is kept, and what is open stays open", needs("mount"), async (t) => {
  const net = await ClientLab.open({ "boot.0": "what boots" }, undefined, WITHOUT_KOFFI);
  t.teardown(() => net.lab.close());
  t.match(net.daemon.log, /root is given up: .*: none\n/);
  checkThreads(t, net.daemon, 0n);
  const host = await net.client("client");
  await boot(t, net, host);
  await reload(net, (ini) => ini.replace("lease_time = 1h", "lease_time = 2h"), RELOADED);
  await boot(t, net, host);
  const refused = await reload(net, (ini) => ini.replace("[tftpd]", "[tftpd]\nport = 169"), NOT_RELOADED);
  t.match(
    refused,
    /TFTP needs UDP port 169 of 10\.77\.0\.1, which takes a privilege: root was given up at the start, and this is user nobody\. Start it anew to open it\.\n/,
  );
  await reload(net, (ini) => ini.replace("\nport = 169", ""), RELOADED);
  await boot(t, net, host);
});

await t.test("as nobody with two capabilities, as systemd starts it", needs("setpriv"), async (t) => {
  const two = "+net_bind_service,+net_raw";
  const ids = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"];
  const capabilities = [`--inh-caps=-all,${two}`, `--ambient-caps=-all,${two}`, `--bounding-set=-all,${two}`];
  const wrapper = [...inside("mkdir -p state && chown 65534 state"), "setpriv", ...ids, ...capabilities];
  const net = await ClientLab.open({ "boot.0": "what boots" }, undefined, wrapper);
  t.teardown(() => net.lab.close());
  t.match(net.daemon.log, /runs as uid 65534, gid 65534; capabilities: CAP_NET_BIND_SERVICE and CAP_NET_RAW\n/);
  t.notMatch(net.daemon.log, /warning|answered by broadcast/);
  const host = await net.client("client");
  await boot(t, net, host);
  const more = (ini: string): string =>
    ini.replace("[tftpd]", "[tftpd]\nport = 169").replace("[bootpd]", "[bootpd]\nprobe_time = 0.1");
  t.notMatch(await reload(net, more, RELOADED), /warning|error/);
  await boot(t, net, host);
  t.equal(await net.daemon.stop(), 0);
});

await t.test("traps that the user left in its folders are not root's way out of them", needs(), async (t) => {
  const net = await ClientLab.open({ "boot.0": "what boots" }, undefined, STRICT);
  t.teardown(() => net.lab.close());
  const own = join(net.lab.directory, "of-root");
  const restarted = net.restart(async () => {
    await mkdir(own, { mode: 0o700 });
    for (const name of ["secret", "linked", "script"]) await writeFile(join(own, name), "root's", { mode: 0o600 });
    const leases = join(stateOf(net), "leases");
    for (const name of ["data.mdb", "data.mdb-lock", "closed"]) await rm(join(leases, name), { force: true });
    await symlink(join(own, "script"), join(leases, "data.mdb"));
    await symlink(join(own, "secret"), join(leases, "data.mdb-lock"));
    await link(join(own, "linked"), join(leases, "closed"));
    await symlink(own, join(stateOf(net), "once"));
  });
  await t.rejects(restarted, {
    message: /\[bootpd\] lease_db: the database \S+ cannot be used: .*[Pp]ermission denied/,
  });
  for (const name of ["", "secret", "linked", "script"]) {
    const stat = statSync(join(own, name));
    t.equal(stat.uid, 0, `${name === "" ? "the folder" : name} is root's`);
    if (stat.isFile()) t.equal(readFileSync(join(own, name), "utf8"), "root's");
  }
});

const SHARED_LOG = "shared/pybootd.log";
await t.test("a log in a folder of everybody such as /tmp, at the next start too", needs(), async (t) => {
  const edit = (ini: string): string => `${ini}\n[logger]\ntype = file\nfile = ${SHARED_LOG}\n`;
  const show = inside(`mkdir -p -m 1777 shared && { tail --quiet --pid=$$ -n 0 -F ${SHARED_LOG} & }`);
  const net = await ClientLab.open({ "boot.0": "what boots" }, edit, show);
  t.teardown(() => net.lab.close());
  const log = join(Daemon.folder(net.lab, net.server), SHARED_LOG);
  t.equal(statSync(log).uid, NOBODY);
  await net.restart();
  const lines = readFileSync(log, "utf8").split("\n");
  t.equal(lines.filter((line) => line.includes("root is given up")).length, 2);
});

await t.test("what the user may not read is told at the start", needs(), async (t) => {
  const hidden = inside("mkdir -m 700 hidden && chmod 600 pybootd.ini");
  const ini = (text: string): string => text.replaceAll("root = ./files", "root = ./hidden");
  const net = await ClientLab.open({}, ini, hidden);
  t.teardown(() => net.lab.close());
  t.match(net.daemon.log, /warning +\[tftpd\] root: user "nobody" cannot read (\S+\/hidden): chmod o\+rx \1\n/);
  t.match(net.daemon.log, /warning +the configuration: user "nobody" cannot read (\S+\/pybootd\.ini): chmod o\+r \1\n/);
  t.match(await reload(net, (text) => text, NOT_RELOADED), /EACCES/);
});

await t.test("a program that the user may not read does not become that user", needs("mount"), async (t) => {
  const home = inside(`mkdir -m 700 home && mkdir home/node && mount --bind ${dirname(NODE)} home/node`);
  const node = ["sh", "-c", 'shift; exec home/node/node "$@"', "sh"];
  const named = (ini: string): string => `${ini}[daemon]\nuser = nobody\n`;
  await t.rejects(ClientLab.open({}, named, [...home, ...node]), {
    message: /\[daemon\] user: user nobody may not read this program: \S+\/home\/node\/node\. One of:\n/,
  });
  const unnamed = await ClientLab.open({}, undefined, [...home, ...node]);
  t.teardown(() => unnamed.lab.close());
  t.match(
    unnamed.daemon.log,
    /warning +\[daemon\] user: this runs as root, and stays root, since no usual user may read this program/,
    "two commands are to be enough in root's own folder, too",
  );
});

await t.test(
  "root that may become nobody else stays root where nobody was named, and says so",
  needs("setpriv"),
  async (t) => {
    const less = ["setpriv", "--bounding-set=-setuid,-setgid", "--inh-caps=-setuid,-setgid"];
    const net = await ClientLab.open({}, undefined, less);
    t.teardown(() => net.lab.close());
    t.match(
      net.daemon.log,
      /warning +\[daemon\] user: this runs as root, and stays root, since it may not become another/,
    );
    const named = (ini: string): string => `${ini}[daemon]\nuser = nobody\n`;
    await t.rejects(ClientLab.open({}, named, less), { message: /\[daemon\] user: root cannot be given up here: / });
  },
);

await t.test("[daemon] user and group", needs(), async (t) => {
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const server = await lab.host("server");
  const start = (section: string): Promise<Daemon> =>
    Daemon.start(lab, server, `[tftpd]\nroot = .\n[daemon]\n${section}`, {}, ["-t"]);
  const root = await start("user = root\n");
  t.match(root.log, /warning +\[daemon\] user: this runs as root, and stays root/);
  t.match(threads(root.pid)[0]?.("Uid"), /^0\t/);
  await root.stop();
  const games = await start("user = games\ngroup = 12345\n");
  t.match(games.log, /this is user games \(uid 5, gid 12345\)/);
  t.equal(threads(games.pid)[0]?.("Groups"), "12345");
  await games.stop();
  for (const [section, message] of [
    ["user = nosuchuser\n", /wrong\.ini:4 \[daemon\] user: expected a user of this system, got nosuchuser/],
    ["group = nosuchgroup\n", /wrong\.ini:4 \[daemon\] group: expected a group of this system, got nosuchgroup/],
  ] as const) {
    await writeFile(join(lab.directory, "wrong.ini"), `[tftpd]\nroot = .\n[daemon]\n${section}`);
    const wrong = await server.run(process.execPath, [PROGRAM, "-t", "-c", join(lab.directory, "wrong.ini")]);
    t.match(wrong, { code: 1, stderr: message });
  }
});
