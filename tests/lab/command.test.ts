/** The command as people meet it: without a configuration, without a privilege, beside another server, being stopped. */

import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t, { type Test } from "tap";
import { Daemon } from "./support/daemon.js";
import type { CommandResult } from "./support/host.js";
import { Lab, skipReason, type Host, type LabProcess } from "./support/lab.js";
import { NODE, PROGRAM } from "./support/program.js";

const PACKAGE = fileURLToPath(new URL("../../..", import.meta.url));

const needs = (...tools: string[]): { skip: string | false } => ({
  skip: skipReason({ root: true, tools: ["ip", ...tools] }) ?? false,
});

t.setTimeout(300_000);

async function openLab(t: Test, address: string): Promise<{ lab: Lab; server: Host; client: Host }> {
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const [server, client] = [await lab.host("server"), await lab.host("client")];
  await lab.link(server, address, client, undefined);
  return { lab, server, client };
}

const startDefault = (host: Host): LabProcess => host.start(process.execPath, [PROGRAM], { cwd: "/" });

const UDHCPC = ["-i", "eth0", "-n", "-q", "-f", "-t", "2", "-T", "1", "-s", "/bin/true"];

await t.test("without a configuration it gives no addresses, and says what boots", needs("udhcpc"), async (t) => {
  const { server, client } = await openLab(t, "198.51.100.1/24");
  const daemon = startDefault(server);
  await daemon.waitFor(/embedded\.ini, which gives no addresses and is safe beside any DHCP server/, 20);
  await daemon.waitFor(/it serves the networks of 198\.51\.100\.1 \(eth0\)\n/, 20);
  await daemon.waitFor(/switched on now, .* gets x86 BIOS pxelinux\.0; x64 UEFI \S+bootnetx64\.efi;/, 20);
  await daemon.waitFor(/to change that: cp -r /, 20);
  await daemon.waitFor(/ready/, 20);
  t.match(await client.run("udhcpc", UDHCPC), { code: 1, stderr: /no lease/ });
  daemon.signal("SIGHUP");
  await daemon.waitFor(/no configuration to read again: none was given \(-c FILE\)/, 20);
  t.equal(await daemon.stop("SIGINT"), 0);
});

await t.test("beside another DHCP server, on several interfaces", needs("udhcpc", "curl"), async (t) => {
  const { lab, server, client } = await openLab(t, "192.168.77.1/24");
  const rival = await lab.host("rival");
  await lab.link(server, "10.99.0.1/24", rival, "10.99.0.2/24");
  await Daemon.start(lab, rival, "[bootpd]\npool_start = 10.99.0.100\nallow_simple_dhcp = yes\n");
  const daemon = startDefault(server);
  await daemon.waitFor(/it serves the networks of 192\.168\.77\.1 \(eth0\), 10\.99\.0\.1 \(eth1\)\n[^]*ready/, 20);
  t.match(await server.run("udhcpc", [...UDHCPC, "-i", "eth1"]), { stderr: /lease of 10\.99\.0\.1\d\d obtained/ });
  await client.must("ip", ["address", "add", "192.168.77.2/24", "dev", "eth0"]);
  for (const [host, address] of [
    [client, "192.168.77.1"],
    [rival, "10.99.0.1"],
  ] as const) {
    t.match(await host.must("curl", ["-s", `http://${address}/index.txt`]), /pybootd serves this folder/);
  }
});

await t.test("with no address but loopback it says so", needs(), async (t) => {
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const daemon = startDefault(await lab.host("server"));
  await daemon.waitFor(/no IPv4 address but loopback, so no machine is told what to boot[^]*ready/, 20);
  t.equal(await daemon.stop("SIGTERM"), 0);
});

await t.test("a hint names an interface that this host has", needs(), async (t) => {
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const [server, client] = [await lab.host("server"), await lab.host("client")];
  const path = join(lab.directory, "pybootd.ini");
  await writeFile(path, "[bootpd]\npool_start = 192.168.77.100\n[tftpd]\nroot = /tmp\n");
  const check = (): Promise<CommandResult> => server.run(process.execPath, [PROGRAM, "--check", "-c", path]);
  t.match(await check(), { code: 1, stderr: /but loopback; give it one first\)\n$/ });
  await lab.link(server, undefined, client, undefined);
  await server.must("ip", ["link", "set", "eth0", "down"]);
  await server.must("ip", ["link", "set", "eth0", "name", "lan7"]);
  t.match(await check(), { code: 1, stderr: /, e\.g\. ip address add 192\.168\.77\.1\/24 dev lan7\)\n$/ });
});

await t.test(
  "without a configuration too a port that is taken is named, and where it is set",
  needs("socat"),
  async (t) => {
    const { server } = await openLab(t, "192.168.77.1/24");
    const rival = server.start("socat", ["-dd", "TCP-LISTEN:80", "STDOUT"]);
    await rival.waitFor(/listening on/, 10);
    const daemon = startDefault(server);
    await daemon.waitFor(
      /HTTP needs TCP port 80 of 192\.168\.77\.1, but socat \(pid \d+\) has it\.\n {2}Stop it, or set another \[httpd\] port\.\n {2}Options are set in a copy of \S+embedded\.ini, given with -c\./,
      20,
    );
    t.pass();
  },
);

await t.test("a port that is taken is named, with who has it, and what to do", needs(), async (t) => {
  const { lab, server } = await openLab(t, "192.168.77.1/24");
  const ini = "[bootpd]\npool_start = 192.168.77.100\n[tftpd]\nroot = /tmp\n";
  const first = await Daemon.start(lab, server, ini);
  t.match(first.log, /ready/);
  const path = join(Daemon.folder(lab, server), "pybootd.ini");
  const second = await server.run(process.execPath, [PROGRAM, "-c", path]);
  t.equal(second.code, 1);
  t.match(
    second.stderr,
    /DHCP needs UDP port 67 of 0\.0\.0\.0, but pybootd \(pid \d+\) has it\.\n {2}Stop it, or let it give the addresses, with \[bootpd\] mode = auto-proxy and port67 = no/,
  );
  const proxy = join(lab.directory, "proxy.ini");
  await writeFile(proxy, "[bootpd]\nmode = auto-proxy\n[tftpd]\nroot = /tmp\nport = 1069\n");
  const third = await server.run(process.execPath, [PROGRAM, "-c", proxy]);
  t.match(third, { code: 1, stderr: /but pybootd \(pid \d+\) has it\.\n {2}Stop it, or set \[bootpd\] port67 = no: / });
  const tftp = await server.run(process.execPath, [PROGRAM, "-t", "-c", path]);
  t.match(tftp.stderr, /TFTP needs UDP port 69 of \S+, but pybootd \(pid \d+\) has it/);
});

await t.test(
  "without the privilege it names the port that needs it, and how to give it",
  needs("setpriv"),
  async (t) => {
    const { lab, server } = await openLab(t, "192.168.77.1/24");
    // A namespace lets everybody open every port unless it is told not to; and the lab's folder is root's.
    await server.must("sysctl", ["-qw", "net.ipv4.ip_unprivileged_port_start=1024"]);
    await chmod(lab.directory, 0o755);
    const path = join(lab.directory, "pybootd.ini");
    await writeFile(path, "[bootpd]\npool_start = 192.168.77.100\n[tftpd]\nroot = /tmp\n");
    const drop = ["--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"];
    const ended = await server.run("setpriv", [...drop, NODE, PROGRAM, "-c", path], { timeoutSeconds: 20 });
    t.equal(ended.code, 1);
    t.match(ended.stderr, /DHCP needs UDP port 67 of 0\.0\.0\.0, which takes a privilege that this user \(uid 65534\)/);
    t.match(ended.stderr, /sudo pybootd[^]*setcap cap_net_bind_service[^]*AmbientCapabilities=CAP_NET_BIND_SERVICE/);
  },
);

await t.test("being stopped, it ends at once and tells the clients of its transfers", needs("tcpdump"), async (t) => {
  const { lab, server, client } = await openLab(t, "192.168.77.1/24");
  await client.must("ip", ["address", "add", "192.168.77.2/24", "dev", "eth0"]);
  const ini = "[bootpd]\npool_start = 192.168.77.100\n[tftpd]\nroot = .\n";
  const daemon = await Daemon.start(lab, server, ini, { big: "x".repeat(100_000) });
  // A client that goes silent after the first block: the transfer waits for its acknowledgement.
  const listen =
    "const s=require('dgram').createSocket('udp4');s.on('message',(m)=>console.log(m.toString('latin1')));";
  const ask = "s.send(Buffer.from('\\0\\u0001big\\0octet\\0'),69,'192.168.77.1')";
  const reader = client.start(process.execPath, ["-e", listen + ask]);
  await reader.waitFor(/xxxx/, 10);
  t.equal(await daemon.stop(), 0);
  // The log gives the time: beside other tests this process hears late of the end. Alone it takes a second.
  t.ok(loggedAt(daemon, / stopped$/) - loggedAt(daemon, / stopping: /) < 3000, "it took a moment");
  await reader.waitFor(/the server is shutting down/, 10);
});

await t.test("it logs to the local syslog", needs("logger", "socat", "unshare", "mount"), async (t) => {
  const { lab, server } = await openLab(t, "192.168.77.1/24");
  const path = join(lab.directory, "pybootd.ini");
  await writeFile(path, "[logger]\ntype = syslog\n[bootpd]\npool_start = 192.168.77.100\n[tftpd]\nroot = /tmp\n");
  const socket = join(lab.directory, "log");
  const syslog = server.start("socat", ["-u", `UNIX-RECV:${socket}`, "STDOUT"]);
  await server.must("sh", [
    "-c",
    `for i in $(seq 100); do test -S ${socket} && chmod 666 ${socket} && exit; sleep 0.05; done; exit 1`,
  ]);
  // In a mount namespace the socket replaces the one of the system's log.
  const script = `set -e; mkdir ${lab.directory}/dev; mount --rbind /dev ${lab.directory}/dev
    mount -t tmpfs none /dev; for d in null zero urandom random; do touch /dev/$d; mount --bind ${lab.directory}/dev/$d /dev/$d; done
    touch /dev/log; mount --bind ${socket} /dev/log; exec ${process.execPath} ${PROGRAM} -c ${path}`;
  server.start("unshare", ["--mount", "sh", "-c", script]);
  await syslog.waitFor(/<30>.*pybootd\[\d+\]: ready/, 20);
});

await t.test("README: npm start builds it and runs it", needs("npm"), async (t) => {
  const { server } = await openLab(t, "198.51.100.1/24");
  const started = server.start("npm", ["start"], { cwd: PACKAGE });
  await started.waitFor(/ready/, 60);
  t.pass();
});

/** Returns the time of a log line in milliseconds since 1970; NaN where there is none. */
function loggedAt(daemon: Daemon, line: RegExp): number {
  return Date.parse((daemon.lines.find((each) => line.test(each)) ?? "").slice(0, 23).replace(" ", "T"));
}
