/** etc/pybootd.service under a systemd that runs: what systemctl and the journal say, and machines that are served. */

import { readFileSync, statSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { DhcpScript } from "./support/dhcp-script.js";
import { INSTALLED, installProgram } from "./support/installed-program.js";
import { Lab, skipReason, type Host, type LabProcess } from "./support/lab.js";
import { Switch } from "./support/switch.js";
import { SystemdHost, SYSTEMD_TOOLS } from "./support/systemd.js";

const tools = [...SYSTEMD_TOOLS, "udhcpc", "curl", "tftp"];
const skip = skipReason({ root: true, tools, controlGroups: true }) ?? false;

t.setTimeout(300_000);

const SERVER = "10.77.0.1";
const LEASED = "10.77.0.100";

const INI = `[bootpd]
allow_simple_dhcp = enable
pool_start = ${LEASED}

[bootfile]
default = boot.0

[tftpd]
root = /srv/boot

[httpd]
enable = yes
root = /srv/boot
`;
const INI_FILE = "/etc/pybootd/pybootd.ini";
const DROP_IN = "/etc/systemd/system/pybootd.service.d/watchdog.conf";

/** CAP_NET_BIND_SERVICE and CAP_NET_RAW, as /proc has them. */
const TWO = ((1n << 10n) | (1n << 13n)).toString(16).padStart(16, "0");

/** Time limit for actions of systemd, in seconds; a start takes a second of processor time. */
const PATIENCE = 30;

/** A server whose service is ours, and a machine beside it. */
class ServiceLab {
  private constructor(
    readonly lab: Lab,
    readonly server: SystemdHost,
    readonly machine: Host,
    /** The journal of the service, from its first line on. */
    readonly journal: LabProcess,
  ) {}

  static async open(): Promise<ServiceLab> {
    const lab = await Lab.open();
    try {
      const [host, machine] = [await lab.host("server"), await lab.host("machine")];
      const network = await Switch.open(lab);
      await network.connect(host, `${SERVER}/24`);
      await network.connect(machine);
      const server = await SystemdHost.boot(lab, host);
      await installProgram(server);
      for (const folder of ["/srv/boot", "/etc/pybootd"]) await mkdir(server.path(folder));
      await writeFile(server.path("/srv/boot/boot.0"), "what boots");
      const unit = ["--unit=pybootd", "--output=cat", "--lines=all", "--follow"];
      return new ServiceLab(lab, server, machine, server.start("journalctl", unit));
    } catch (error) {
      await lab.close();
      throw error;
    }
  }

  /** Runs `systemctl`. @returns its output @throws with the journal where it fails */
  async systemctl(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.server.run("systemctl", [...args, "pybootd"]);
    if (code === 0) return stdout;
    throw new Error(`systemctl ${args.join(" ")}: exit code ${code}\n${stderr}${stdout}\n${this.journal.output}`);
  }

  /** A property of the service. */
  async show(property: string): Promise<string> {
    return (await this.systemctl("show", "-P", property)).trim();
  }

  /** Does something, and returns what the journal says from then until `wanted`, with it. */
  async until(wanted: RegExp, action: () => Promise<unknown>): Promise<string> {
    const from = this.journal.output.length;
    await action();
    const match = await this.journal.waitFor(wanted, PATIENCE, from);
    return this.journal.output.slice(from, from + match.index + match[0].length);
  }

  /** The daemon's leases, as its operator lists them. */
  leases(): Promise<string> {
    return this.server.must("pybootd", ["leases", "list", "-c", INI_FILE]);
  }

  /** The machine fetches the boot file in both ways. */
  async fetches(): Promise<readonly string[]> {
    const fetched = join(this.lab.directory, "fetched");
    await this.machine.must("tftp", ["-m", "binary", SERVER, "-c", "get", "boot.0", fetched]);
    return [readFileSync(fetched, "utf8"), await this.machine.must("curl", ["-sf", `http://${SERVER}/boot.0`])];
  }
}

const READY = /\bready\n/;
const WRONG = /answered by broadcast|one by one|the service manager is not told/;

await t.test("systemd runs etc/pybootd.service", { skip }, async (t) => {
  const net = await ServiceLab.open();
  t.teardown(() => net.lab.close());
  const { server, journal } = net;

  await t.test(
    "a configuration that is wrong: the start fails, the journal has the line, and it is tried again",
    async (t) => {
      await writeFile(server.path(INI_FILE), `${INI}colour = red\n`);
      const said = await net.until(/Failed to start/, async () => {
        t.match(await server.run("systemctl", ["start", "pybootd"]), { code: 1 });
      });
      const reason = `${INI_FILE}:14 [httpd] colour: expected a known option`;
      t.match(said, reason);
      t.match(await server.must("journalctl", ["--quiet", "--identifier=pybootd", "--priority=err"]), reason);
      await net.until(READY, () => writeFile(server.path(INI_FILE), INI));
      await net.systemctl("stop");
    },
  );

  await t.test("a start returns when it serves, as a user of its own with two capabilities", async (t) => {
    const said = await net.until(READY, () => net.systemctl("enable", "--now"));
    t.equal((await server.must("node", ["--version"])).trim(), process.version);
    t.match(said, /capabilities: CAP_NET_BIND_SERVICE and CAP_NET_RAW\n/);
    t.notMatch(said, WRONG);
    const properties = ["Type", "ActiveState", "SubState", "UnitFileState", "NotifyAccess", "StatusText"];
    t.strictSame(await Promise.all(properties.map((property) => net.show(property))), [
      ...["notify", "active", "running", "enabled", "all"],
      `serving DHCP, TFTP, HTTP, as ${INI_FILE} says`,
    ]);
    const pid = await net.show("MainPID");
    const status = await server.must("cat", [`/proc/${pid}/status`]);
    const of = (name: string): string => new RegExp(`^${name}:\\s*(.*)$`, "m").exec(status)?.[1] ?? "";
    const uid = await net.show("UID");
    t.ok(Number(uid) >= 61184 && Number(uid) <= 65519, `user ${uid} is one of those that systemd makes up`);
    t.equal(of("Uid"), Array.from({ length: 4 }, () => uid).join("\t"));
    for (const set of ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"]) t.equal(of(set), TWO, set);
    t.equal(of("NoNewPrivs"), "1");
    t.equal(of("Seccomp"), "2");
    const packetSockets = await server.must("cat", ["/proc/net/packet"]);
    t.match(packetSockets, new RegExp(` ${uid} +\\d+\\n`), "it has a packet socket");
    const entries = (priority: string): Promise<string> =>
      server.must("journalctl", ["--quiet", "--identifier=pybootd", `--priority=${priority}`, `_PID=${pid}`]);
    t.match(await entries("info"), /pybootd\[\d+\]: ready\n/, "the journal has it by its name");
    t.equal(await entries("warning"), "", "and by its priorities");

    for (const file of ["/etc/pybootd/x", "/usr/local/x", "/srv/boot/x", "/var/lib/x", "/home/x"]) {
      const written = await server.run("nsenter", ["--mount", `--target=${pid}`, "touch", file]);
      t.match(written.stderr, "Read-only file system", `${file} cannot be written`);
    }
    const state = statSync(server.path("/var/lib/private/pybootd/leases"));
    t.equal(state.uid, Number(uid), "its leases are its own");
    t.equal(state.mode & 0o777, 0o700);
  });

  const script = await DhcpScript.write(net.lab, net.machine);
  const client = net.machine.start("udhcpc", ["-i", "eth0", "-f", "-t", "5", "-T", "2", "-s", script.path]);
  const renew = async (): Promise<string> => {
    const from = client.output.length;
    client.signal("SIGUSR1"); // udhcpc: renew now
    const [, address = ""] = await client.waitFor(/lease of (\S+) obtained.*\n/, PATIENCE, from);
    return address;
  };

  await t.test("a machine takes an address and fetches its files", async (t) => {
    t.equal((await script.told()).address, LEASED);
    t.strictSame(await net.fetches(), ["what boots", "what boots"]);
    t.match(await net.leases(), LEASED);
    t.notMatch(journal.output.slice(journal.output.lastIndexOf("Started pybootd")), WRONG);
  });

  await t.test("systemctl reload", async (t) => {
    await writeFile(server.path(INI_FILE), INI.replace("[bootfile]", "lease_time = 2h\n\n[bootfile]"));
    const said = await net.until(/reloaded: configuration .*\n/, () => net.systemctl("reload"));
    t.notMatch(said, WRONG);
    t.equal(await net.show("ActiveState"), "active");
    t.equal(await renew(), LEASED);
    t.match(client.output, /lease time 7200\n/);
  });

  await t.test("kill -9: it comes back, and knows its leases", async (t) => {
    await net.until(READY, () => net.systemctl("kill", "--kill-whom=main", "--signal=KILL"));
    t.equal(await net.show("NRestarts"), "1");
    t.match(await net.leases(), LEASED);
    t.equal(await renew(), LEASED);
  });

  await t.test("one that is stuck is started anew by the watchdog", async (t) => {
    await mkdir(join(server.path(DROP_IN), ".."));
    await writeFile(server.path(DROP_IN), "[Service]\nWatchdogSec=3\n");
    await server.must("systemctl", ["daemon-reload"]);
    await net.until(READY, () => net.systemctl("restart"));
    const said = await net.until(READY, () => net.systemctl("kill", "--kill-whom=main", "--signal=STOP"));
    t.match(said, /Watchdog timeout \(limit 3s\)!\n/);
    await rm(server.path(DROP_IN));
    await server.must("systemctl", ["daemon-reload"]);
    t.match(await net.leases(), LEASED);
    t.equal(await renew(), LEASED);
    t.strictSame(await net.fetches(), ["what boots", "what boots"]);
  });

  await t.test("systemctl stop", async (t) => {
    const before = performance.now();
    await net.systemctl("stop");
    const seconds = (performance.now() - before) / 1000;
    t.ok(seconds < 3, `${seconds.toFixed(2)} s`);
    const properties = ["ActiveState", "Result", "ExecMainStatus"];
    const states = await Promise.all(properties.map((property) => net.show(property)));
    t.strictSame(states, ["inactive", "success", "0"]);
  });

  await t.test("without koffi systemd-notify tells systemd", async (t) => {
    await rm(server.path(join(INSTALLED, "node_modules/koffi")), { recursive: true });
    await writeFile(server.path(DROP_IN), "[Service]\nWatchdogSec=5\n");
    await server.must("systemctl", ["daemon-reload"]);
    const said = await net.until(READY, () => net.systemctl("start"));
    t.match(said, /one by one/);
    t.equal(await net.show("StatusText"), `serving DHCP, TFTP, HTTP, as ${INI_FILE} says`);
    const first = await net.show("WatchdogTimestampMonotonic");
    while ((await net.show("WatchdogTimestampMonotonic")) === first);
    t.equal(await net.show("NRestarts"), "0", "it hears that the event loop goes round");
    t.equal(await renew(), LEASED);
    await net.systemctl("stop");
    t.equal(await net.show("Result"), "success");
    t.notMatch(journal.output, /the service manager is not told/);
  });
});
