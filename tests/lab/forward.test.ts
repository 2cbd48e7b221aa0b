import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { Lab, skipReason, type CommandResult, type Host } from "./support/lab.js";

const SCRIPT = join(import.meta.dirname, "../../../forward.sh");
const FAR = "203.0.113.2";
const ROUTER_WAN = "203.0.113.1";
const MACHINE = "10.77.0.2";

const needs = (...tools: string[]): string | false =>
  skipReason({ root: true, tools: ["ip", "curl", "mount", ...tools] }) ?? false;

/** Tells each caller the address it came from. */
const MIRROR = `require("node:http").createServer((request, response) => response.end(request.socket.remoteAddress))
  .listen(80, () => console.log("ready"))`;

/**
 * `ip netns exec` gives every command mounts of its own. So the script can get a /run of the lab's, and a tool can be
 * hidden behind a file that is not executable, and nobody else sees that.
 */
const INSIDE = `set -e
hide() { for tool; do mount --bind /dev/null "$(command -v "$tool")"; done; }
cd "$1/cwd"
mount --bind "$1/run" /run
eval "$2"
PATH=$1/bin:$PATH
shift 2
exec ../opt/forward.sh "$@"`;

/** machine (10.77.0.2) — eth0 router eth1 — internet (203.0.113.2), which knows no way to 10.77.0.0/24. */
class Net {
  private constructor(
    readonly lab: Lab,
    readonly machine: Host,
    readonly router: Host,
    readonly internet: Host,
  ) {}

  static async open(test: Test): Promise<Net> {
    const lab = await Lab.open();
    test.teardown(() => lab.close());
    for (const folder of ["cwd", "run", "bin", "opt"]) fs.mkdirSync(join(lab.directory, folder));
    fs.copyFileSync(SCRIPT, join(lab.directory, "opt/forward.sh"));
    const machine = await lab.host("machine");
    const router = await lab.host("router");
    const internet = await lab.host("internet");
    await lab.link(machine, `${MACHINE}/24`, router, "10.77.0.1/24");
    await lab.link(router, `${ROUTER_WAN}/24`, internet, `${FAR}/24`);
    await machine.must("ip", ["route", "add", "default", "via", "10.77.0.1"]);
    await router.must("ip", ["route", "add", "default", "via", FAR]);
    const net = new Net(lab, machine, router, internet);
    await net.setForwarding(0);
    await internet.start(process.execPath, ["-e", MIRROR]).waitFor(/ready/, 20);
    return net;
  }

  write(path: string, text: string): void {
    fs.writeFileSync(join(this.lab.directory, path), text);
  }

  configure(text = "[bootpd]\npool_start = 10.77.0.100\n"): void {
    this.write("cwd/pybootd.ini", text);
  }

  /** Runs the script on the router, after the shell commands of `first`. */
  forward(args: readonly string[], first = ""): Promise<CommandResult> {
    return this.router.run("sh", ["-c", INSIDE, "sh", this.lab.directory, first, ...args]);
  }

  async forwarding(): Promise<string> {
    return (await this.router.must("cat", ["/proc/sys/net/ipv4/ip_forward"])).trim();
  }

  async setForwarding(value: 0 | 1): Promise<void> {
    await this.router.must("sh", ["-c", `echo ${value} >/proc/sys/net/ipv4/ip_forward`]);
  }

  /** The address as which the machine appears on the far host, or undefined where it does not reach it in a second. */
  async seenAs(): Promise<string | undefined> {
    const { code, stdout } = await this.machine.run("curl", ["-sS", "--max-time", "1", `http://${FAR}/`]);
    return code === 0 ? stdout.replace("::ffff:", "") : undefined;
  }

  /** The files of the script's remembered states, below /run. */
  states(): readonly string[] {
    return fs
      .readdirSync(join(this.lab.directory, "run"), { recursive: true, encoding: "utf8" })
      .filter((name) => name.startsWith("pybootd-forward/"));
  }
}

/** Returns the rules of both tools on the router, without counters. */
async function rules(net: Net): Promise<string> {
  const iptables = ["filter", "nat"].map((table) => net.router.must("iptables", ["-t", table, "-S"]));
  return [await net.router.must("nft", ["-s", "list", "ruleset"]), ...(await Promise.all(iptables))].join("\n");
}

void t.test("is POSIX shell, without what a linter finds", (t) => {
  t.equal(spawnSync("sh", ["-n", SCRIPT]).status, 0);
  const skip = skipReason({ tools: ["shellcheck"] });
  if (skip !== undefined) t.comment(`shellcheck: ${skip}`);
  else t.equal(spawnSync("shellcheck", [SCRIPT], { encoding: "utf8" }).stdout, "");
  t.end();
});

void t.test("a wrong command line is exit code 2 and tells what was expected", (t) => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /on or off.*nothing/],
    [["up"], /on or off.*up/],
    [["on", "-i", "eth0"], /after the options.*on -i eth0/],
    [["-i"], /-i: expected a value/],
    [["-x", "on"], /-x: expected one of/],
  ];
  for (const [args, expected] of cases) {
    const said = spawnSync("sh", [SCRIPT, ...args], { encoding: "utf8" });
    t.match(said, { status: 2, stdout: /^$/, stderr: expected }, args.join(" "));
  }
  t.match(spawnSync("sh", [SCRIPT, "-h"], { encoding: "utf8" }), { status: 0, stdout: /^Usage: forward\.sh/ });
  t.end();
});

void t.test("without root it says so", (t) => {
  const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  // The script comes from standard input, because the user nobody may not be able to read its folder.
  const input = fs.readFileSync(SCRIPT, "utf8");
  const said = spawnSync("sh", ["-s", "--", "on"], { ...nobody, input, cwd: "/", encoding: "utf8" });
  t.match(said, { status: 1, stderr: /root.*sudo/ });
  t.end();
});

void t.test("nftables: while it is on the machine reaches the internet", { skip: needs("nft") }, async (t) => {
  const net = await Net.open(t);
  net.configure();
  const theirs = "table inet theirs { chain forward { type filter hook forward priority 0; tcp dport 25 drop; }; }";
  await net.router.must("nft", ["-f", "-"], { input: theirs });
  const before = await net.router.must("nft", ["list", "ruleset"]);
  t.equal(await net.seenAs(), undefined, "not before");

  const on = await net.forward(["on"]);
  t.match(on, { code: 0, stderr: /^$/, stdout: /^on: 10\.77\.0\.0\/24 on eth0 \(LAN\).*eth1 \(WAN\).*nftables/ });
  t.equal(await net.seenAs(), ROUTER_WAN);
  t.equal(await net.forwarding(), "1");
  const once = await net.router.must("nft", ["list", "ruleset"]);
  t.match(once, before, "their table is as it was");

  t.match(await net.forward(["on"]), { code: 0, stderr: /^$/ });
  t.equal(await net.router.must("nft", ["list", "ruleset"]), once, "twice is as once");
  t.equal(await net.seenAs(), ROUTER_WAN);

  const off = await net.forward(["off"]);
  t.match(off, { code: 0, stderr: /^$/, stdout: /^off: 10\.77\.0\.0\/24.*\n.*forwarding is 0/ });
  t.equal(await net.forwarding(), "0", "the value of before the first `on`");
  t.equal(await net.router.must("nft", ["list", "ruleset"]), before);
  t.equal(await net.seenAs(), undefined, "not after");
  t.strictSame(net.states(), []);
  t.match(await net.forward(["off"]), { code: 0, stderr: /^$/, stdout: /nothing to remove/ });
});

void t.test("forwarding that was on before stays on after off, without NAT", { skip: needs("nft") }, async (t) => {
  const net = await Net.open(t);
  net.configure();
  await net.setForwarding(1);
  await net.internet.must("ip", ["route", "add", "10.77.0.0/24", "via", ROUTER_WAN]);
  t.equal(await net.seenAs(), MACHINE);
  t.match(await net.forward(["on"]), { code: 0, stderr: /^$/ });
  t.equal(await net.seenAs(), ROUTER_WAN);
  t.match(await net.forward(["off"]), { code: 0, stderr: /^$/ });
  t.equal(await net.forwarding(), "1");
  t.equal(await net.seenAs(), MACHINE);
});

void t.test("what was remembered before a restart of the host is void", { skip: needs("nft") }, async (t) => {
  const net = await Net.open(t);
  net.configure();
  t.match(await net.forward(["on"]), { code: 0 });
  const [name = ""] = net.states();
  const state = fs.readFileSync(join(net.lab.directory, "run", name), "utf8");
  net.write(`run/${name}`, state.replace(/^boot=.*/, "boot=earlier"));
  t.match(await net.forward(["off"]), { code: 0, stdout: /nftables's rules are removed/ });
  t.equal(await net.forwarding(), "1", "not touched: the value from before it is not known");
  t.equal(await net.router.must("nft", ["list", "ruleset"]), "");
});

for (const { name, first, policy, chain } of [
  { name: "without nft", first: "hide nft", policy: "ACCEPT", chain: "INPUT" },
  { name: "beside nft, where its FORWARD chain drops", first: "", policy: "DROP", chain: "FORWARD" },
]) {
  void t.test(`iptables, ${name}: the same`, { skip: needs("nft", "iptables") }, async (t) => {
    const net = await Net.open(t);
    net.configure();
    await net.router.must("iptables", ["-P", "FORWARD", policy]);
    await net.router.must("iptables", ["-A", chain, "-p", "tcp", "--dport", "80", "-j", "DROP"]);
    await net.router.must("iptables", ["-t", "nat", "-A", "POSTROUTING", "-s", "192.0.2.0/24", "-j", "RETURN"]);
    const before = await rules(net);
    t.equal(await net.seenAs(), undefined, "not before");

    t.match(await net.forward(["on"], first), { code: 0, stderr: /^$/, stdout: /eth0.*eth1.*iptables/ });
    t.equal(await net.seenAs(), ROUTER_WAN, "rules that drop come after");
    const once = await rules(net);
    t.match(await net.forward(["on"], first), { code: 0, stderr: /^$/ });
    t.equal(await rules(net), once, "twice is as once");

    t.match(await net.forward(["off"], first), { code: 0, stderr: /^$/, stdout: /iptables's rules/ });
    t.equal(await net.forwarding(), "0");
    t.equal(await rules(net), before);
    t.equal(await net.seenAs(), undefined, "not after");
    t.match(await net.forward(["off"], first), { code: 0, stderr: /^$/, stdout: /nothing to remove/ });
  });
}

void t.test("on again replaces what another tool or interface had", { skip: needs("nft", "iptables") }, async (t) => {
  const net = await Net.open(t);
  t.match(await net.forward(["-j", "eth1", "-i", "eth0", "on"]), { code: 0, stdout: /nftables/ });
  await net.router.must("iptables", ["-P", "FORWARD", "DROP"]);
  t.match(await net.forward(["-j", "eth0", "-i", "eth1", "on"]), { code: 0, stdout: /iptables/ });
  t.equal(await net.seenAs(), ROUTER_WAN);
  t.notMatch(await net.router.must("nft", ["list", "tables"]), "pybootd_forward");
  await net.router.must("iptables", ["-P", "FORWARD", "ACCEPT"]);
  t.match(await net.forward(["-j", "eth0", "-i", "eth1", "on"]), { code: 0, stdout: /nftables/ });
  t.notMatch(await net.router.must("iptables", ["-S"]), "PYBOOTD");
  t.match(await net.forward(["off"]), { code: 0 });
  t.equal(await net.forwarding(), "0");
});

void t.test("a chain that it cannot overrule is named", { skip: needs("nft") }, async (t) => {
  const net = await Net.open(t);
  net.configure();
  const input = "table inet wall { chain gate { type filter hook forward priority 0; policy drop; }; }";
  await net.router.must("nft", ["-f", "-"], { input });
  t.match(await net.forward(["on"]), { code: 0, stderr: /^.*warning: the chain gate.*inet wall.*eth0 -> eth1.*\n$/ });
});

void t.test("pool_start is read as pybootd reads it", { skip: needs("nft") }, async (t) => {
  const net = await Net.open(t);
  const lines = [
    "\uFEFF; [bootpd]",
    "[tftpd]",
    "pool_start = 203.0.113.100",
    "[bootp]",
    "# pool_start = 203.0.113.101",
    "servername: pool",
    "  pool_start = 203.0.113.102",
    "Pool_Start : 10.77.0.100  ",
  ];
  net.configure(lines.join("\r\n"));
  t.match(await net.forward(["on"]), { code: 0, stdout: /10\.77\.0\.0\/24 on eth0/ }, "./pybootd.ini");

  await net.router.must("ip", ["address", "add", "10.78.1.1/23", "dev", "eth0"]);
  net.write("other.ini", "[bootpd]\npool_start=10.78.0.9\n");
  const other = await net.forward(["-c", join(net.lab.directory, "other.ini"), "on"]);
  t.match(other, { code: 0, stdout: /10\.78\.0\.0\/23 on eth0/ }, "-c goes before it");

  fs.mkdirSync(join(net.lab.directory, "opt/etc"));
  net.write("opt/etc/pybootd.ini", "[bootpd]\npool_start = 10.78.1.77\n");
  t.match(await net.forward(["on"]), { stdout: /10\.77\.0\.0\/24 on eth0/ }, "./pybootd.ini goes before etc");
  fs.rmSync(join(net.lab.directory, "cwd/pybootd.ini"));
  t.match(await net.forward(["on"]), { stdout: /10\.78\.0\.0\/23 on eth0/ }, "etc/pybootd.ini beside the script");
});

void t.test("errors name what was expected", { skip: needs("nft", "iptables") }, async (t) => {
  const net = await Net.open(t);
  const fails = async (args: readonly string[], expected: RegExp, first = ""): Promise<void> => {
    t.match(await net.forward([...args, "on"], first), { code: 1, stdout: /^$/, stderr: expected }, String(expected));
  };
  await fails([], /pybootd\.ini.*none.*-c.*-j.*eth0 10\.77\.0\.0\/24, eth1 203/);
  await fails(["-c", "missing.ini"], /-c missing\.ini: expected/);
  net.configure("[bootpd]\npool_count = 4\n");
  await fails([], /pybootd\.ini: expected pool_start.*-j/);
  net.configure("[bootpd]\npool_start = 10.77.0.256\n");
  await fails([], /pool_start: expected an IPv4 address.*10\.77\.0\.256/);
  net.configure("[bootpd]\npool_start = 192.0.2.1\n");
  await fails([], /holds pool_start, 192\.0\.2\.1.*eth0 10\.77\.0\.0\/24, eth1 203/);
  await fails(["-j", "eth0", "-c", "pybootd.ini"], /expected pool_start, 192\.0\.2\.1, in a network of eth0/);
  net.configure("[bootpd]\npool_start = 203.0.113.9\n");
  await fails([], /two interfaces.*eth1.*-i or -j/);
  net.configure();
  await fails(["-i", "ppp0"], /-i ppp0: expected an interface of this host; there are: eth0, eth1\n/);
  await fails(["-j", "eth"], /-j eth: expected an interface/);
  await fails([], /neither: install the package nftables/, "hide nft iptables");
  await fails([], /forwarding could not be switched on/, "mount -o bind,ro /proc/sys /proc/sys");
  const remembered = join(net.lab.directory, "run/pybootd-forward");
  fs.symlinkSync(net.lab.directory, remembered);
  await fails([], /run\/pybootd-forward: expected a folder that belongs to root.*remove it/);
  fs.rmSync(remembered);
  fs.mkdirSync(remembered);
  fs.chmodSync(remembered, 0o770);
  await fails([], /nobody else can write to, got drwxrwx---/);
  fs.rmdirSync(remembered);
  await net.router.must("ip", ["route", "delete", "default"]);
  await fails([], /default route.*-i.*eth0, eth1/);
  t.notMatch(await rules(net), /pybootd/i);
  t.equal(await net.forwarding(), "0");
  t.strictSame(net.states(), []);
});

/** Stand-ins for macOS's commands, which keep what they are told beside themselves. */
const MACOS: Readonly<Record<string, string>> = {
  uname: "echo Darwin",
  route: 'printf "   route to: default\\n  interface: en0\\n"',
  ifconfig: `[ "$*" = -l ] && { echo lo0 en0 en7; exit; }
    printf 'lo0: flags=8049<UP> mtu 16384\\n\\tinet 127.0.0.1 netmask 0xff000000\\n'
    printf 'en0: flags=8863<UP> mtu 1500\\n\\tinet 203.0.113.1 netmask 0xffffff00 broadcast 203.0.113.255\\n'
    printf 'en7: flags=8863<UP> mtu 1500\\n\\tinet6 fe80::1%%en7 prefixlen 64\\n\\tinet 10.77.1.1 netmask 0xfffffe00\\n'`,
  sysctl: `case $* in
    "-n net.inet.ip.forwarding") cat "$0.forwarding" ;;
    "-n kern.bootsessionuuid") echo BOOT ;;
    "-w net.inet.ip.forwarding="[01]) echo "\${2#*=}" >"$0.forwarding" ;;
    *) exit 1 ;; esac`,
  pfctl: `echo "$*" >>"$0.log"
    case $* in
    "-s nat") echo 'nat-anchor "com.apple/*" all' ;;
    "-a com.apple/pybootd -f -") cat >"$0.rules" ;;
    "-a com.apple/pybootd -s nat") grep nat "$0.rules" ;;
    "-q -a com.apple/pybootd -F nat" | "-q -a com.apple/pybootd -F rules") : >"$0.rules" ;;
    "-s info") cat "$0.status" ;;
    "-s References") cat "$0.token" ;;
    -E) echo "Status: Enabled for 0 days" >"$0.status"; echo 4711 >"$0.token"; echo "Token : 4711" >&2 ;;
    "-X 4711") echo "Status: Disabled" >"$0.status"; : >"$0.token" ;;
    *) exit 1 ;; esac`,
};

void t.test("macOS's branch, against stand-ins for its commands", { skip: needs() }, async (t) => {
  const net = await Net.open(t);
  net.configure();
  for (const [name, text] of Object.entries(MACOS)) {
    net.write(`bin/${name}`, `#!/bin/sh\n${text}\n`);
    fs.chmodSync(join(net.lab.directory, "bin", name), 0o755);
  }
  net.write("bin/sysctl.forwarding", "0\n");
  net.write("bin/pfctl.status", "Status: Disabled\n");
  const read = (name: string): string => fs.readFileSync(join(net.lab.directory, "bin", name), "utf8");
  for (const time of ["once", "twice"]) {
    t.match(await net.forward(["on"]), { code: 0, stderr: /^$/, stdout: /10\.77\.0\.0\/23 on en7.*en0.*pf/ }, time);
    t.match(read("pfctl.rules"), /^nat pass on en0 inet from 10\.77\.0\.0\/23 to any -> \(en0\)\npass in quick on en7/);
    t.equal(read("sysctl.forwarding"), "1\n");
  }
  t.equal(read("pfctl.log").match(/^-E$/gm)?.length, 1, "one reference, however often it is on");
  for (const time of ["once", "twice"]) {
    t.match(await net.forward(["off"]), { code: 0, stderr: /^$/ }, time);
    t.equal(read("pfctl.rules"), "");
    t.match(read("pfctl.status"), "Disabled");
    t.equal(read("sysctl.forwarding"), "0\n");
  }
});
