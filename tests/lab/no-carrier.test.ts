/** A laptop and one machine on a cable: while the machine is off there is no carrier, and it is yet to be switched on. */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import t, { type Test } from "tap";
import { Capture } from "./support/capture.js";
import { Daemon } from "./support/daemon.js";
import { DhcpScript } from "./support/dhcp-script.js";
import type { CommandResult, Host } from "./support/host.js";
import { Lab, skipReason } from "./support/lab.js";
import { PROGRAM } from "./support/program.js";

t.setTimeout(120_000);

const INI = `[bootpd]
interface = eth0
allow_simple_dhcp = yes
pool_start = 10.77.0.100
[tftpd]
root = .
`;

/** Opens a lab of two hosts on a cable; the client's end is off, so that the server's has no carrier. */
async function openCable(t: Test): Promise<{ readonly lab: Lab; readonly server: Host; readonly client: Host }> {
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const [server, client] = [await lab.host("server"), await lab.host("client")];
  await lab.link(server, "10.77.0.1/24", client, undefined);
  await client.must("ip", ["link", "set", "eth0", "down"]);
  t.match(await server.must("ip", ["link", "show", "eth0"]), /NO-CARRIER/);
  return { lab, server, client };
}

await t.test(
  "a cable whose other end is off is served when it comes on",
  { skip: skipReason({ root: true, tools: ["ip", "udhcpc", "tcpdump", "tshark"] }) ?? false },
  async (t) => {
    const { lab, server, client } = await openCable(t);

    const daemon = await Daemon.start(lab, server, INI);
    t.match(daemon.log, /TFTP: eth0, port 69/);
    t.notMatch(daemon.log, /by broadcast/, "its hardware address is known");
    await client.must("ip", ["link", "set", "eth0", "up"]);
    const capture = await Capture.start(lab, client, "eth0", "udp port 67");
    const script = await DhcpScript.write(lab, client);
    await daemon.explaining(
      client.must("udhcpc", ["-i", "eth0", "-f", "-n", "-q", "-t", "5", "-T", "2", "-s", script.path]),
    );
    t.equal((await script.told()).address, "10.77.0.100");
    await capture.stop();
    const replies = await capture.read("dhcp.type == 2", ["eth.dst"]);
    t.notOk(replies.flat().includes("ff:ff:ff:ff:ff:ff"), "in frames of its own");
  },
);

await t.test(
  "the commands take the interfaces that the daemon takes: one without a carrier too",
  { skip: skipReason({ root: true, tools: ["ip"] }) ?? false },
  async (t) => {
    const { lab, server } = await openCable(t);

    const folder = join(lab.directory, "configuration");
    await mkdir(folder);
    const file = join(folder, "pybootd.ini");
    const more = "[bootfile]\ndefault = boot.0\n[hosts]\nfile = hosts.yaml\n[daemon]\nstate_dir = state\n";
    await writeFile(file, INI + more);
    await writeFile(join(folder, "boot.0"), "boot");
    await writeFile(join(folder, "hosts.yaml"), "52:54:00:00:00:01: {ipAddress: 10.77.0.20}\n");
    await writeFile(join(folder, "leases"), "0 52:54:00:77:00:01 10.77.0.105 printer 01:52:54:00:77:00:01\n");
    const pybootd = (...words: string[]): Promise<CommandResult> =>
      server.run(process.execPath, [PROGRAM, ...words, "-c", file]);

    t.match(await pybootd("--check"), { code: 0, stdout: /interface eth0, network 10\.77\.0\.0\/24/ });
    const simulated = await pybootd("simulate");
    t.match(simulated, { code: 0, stderr: "", stdout: /boots +boot\.0, by TFTP from 10\.77\.0\.1: .* 4 octets\n/ });
    t.match(await pybootd("hosts", "list"), { code: 0, stdout: /52:54:00:00:00:01 +10\.77\.0\.20/ });
    const imported = await pybootd("leases", "import", join(folder, "leases"));
    t.match(imported, { code: 0, stdout: /, 1 lease: 1 taken, 0 skipped\n/ });
    t.match(await pybootd("leases", "list"), { code: 0, stdout: /10\.77\.0\.105 +52:54:00:77:00:01/ });
    // The embedded configuration serves this interface too.
    const embedded = await server.run(process.execPath, [PROGRAM, "simulate"]);
    t.match(embedded, { code: 0, stdout: /by TFTP from 10\.77\.0\.1/ });
    const wire = await server.run(process.execPath, [PROGRAM, "simulate", "--wire"]);
    t.match(wire.stdout, /on eth0, where this host is 10\.77\.0\.1\nnobody answers\n/);
  },
);
