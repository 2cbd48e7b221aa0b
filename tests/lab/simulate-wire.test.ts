/** `pybootd simulate --wire` on a link with two DHCP servers: ours and dnsmasq. */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { ClientLab, POOL_START, SERVER } from "./support/client-lab.js";
import type { CommandResult } from "./support/host.js";
import { skipReason } from "./support/lab.js";

const PROGRAM = fileURLToPath(new URL("../../bin/pybootd.js", import.meta.url));

/** The other server: its address, and the first that it gives. */
const OTHER = "10.77.0.2";
const OTHER_START = "10.77.0.150";

t.setTimeout(120_000);

await t.test(
  "what every server of the link offers is shown, and whether it has the boot file; no address is taken",
  { skip: skipReason({ root: true, tools: ["ip", "dnsmasq"] }) ?? false },
  async (t) => {
    const net = await ClientLab.open({ "boot.0": "x".repeat(2000), "boot.efi": "y".repeat(700) }, (ini) =>
      ini.replace("default = boot.0", "default = boot.0\n00007 = boot.efi").replace("check_ip = yes", "check_ip = no"),
    );
    t.teardown(() => net.lab.close());
    const other = await net.client("dnsmasq", `${OTHER}/24`);
    const folder = join(net.lab.directory, "other");
    await mkdir(folder);
    await writeFile(join(folder, "other.0"), "z".repeat(300));
    const dnsmasq = other.start("dnsmasq", [
      ...["--keep-in-foreground", "--log-facility=-", "--conf-file=/dev/null", "--port=0", "--user=root", "--no-ping"],
      ...[`--dhcp-range=${OTHER_START},10.77.0.160,1h`, "--dhcp-boot=other.0", "--leasefile-ro"],
      ...["--enable-tftp", `--tftp-root=${folder}`, "--bind-interfaces", "--interface=eth0"],
    ]);
    await dnsmasq.waitFor(/DHCP, sockets bound exclusively/, 10);
    const laptop = await net.client("laptop", "10.77.0.9/24");
    const ask = (...words: string[]): Promise<CommandResult> =>
      net.daemon.explaining(laptop.run(process.execPath, [PROGRAM, "simulate", "--wire", ...words]));

    const bios = await ask("--mac", "52:54:00:61:a1:70");
    t.equal(bios.stderr, "");
    t.equal(bios.code, 0);
    t.match(
      bios.stdout,
      /^52:54:00:61:a1:70, architecture 0 \(x86 BIOS\), on eth0, where this host is 10\.77\.0\.9\n2 answers\n/,
    );
    const parts = bios.stdout.split("\n\n");
    const ours = parts.find((part) => part.startsWith(`${SERVER}: DHCPOFFER of ${POOL_START}`)) ?? "";
    t.match(ours, /\n +67 +boot-file-name +boot\.0\n/);
    t.match(
      ours,
      /\n {2}boots {5}boot\.0, by TFTP from 10\.77\.0\.1: it is there, of 2000 octets; the first block has 1468\n?/,
    );
    const theirs = parts.find((part) => part.startsWith(`${OTHER}: DHCPOFFER of 10.77.0.1`)) ?? "";
    t.match(theirs, /\n +67 +boot-file-name +other\.0/);
    t.match(theirs, /other\.0, by TFTP from 10\.77\.0\.2: it is there, of 300 octets; the first block has 300/);

    t.match(
      (await ask("--firmware", "uefi")).stdout,
      /boot\.efi, by TFTP from 10\.77\.0\.1: it is there, of 700 octets/,
    );
    t.match(
      (await ask("--firmware", "http", "--interface", "eth0")).stdout,
      /boots +http:\/\/10\.77\.0\.1\/boot\.efi: HEAD gives 200, 700 octets, application\/efi\n/,
    );
    // The other server is one.
    t.notMatch(net.daemon.log, /warning (?!.*another DHCP server)/, "for who was asked nothing went wrong");
    const leases = await net.server.run(process.execPath, [
      PROGRAM,
      ...["leases", "list", "--json", "-c", join(net.folder, "..", "pybootd.ini")],
    ]);
    t.notMatch(leases.stdout, "bound");
    t.match(await ask("--interface", "eth7"), { code: 2, stderr: /--interface: eth7 has no IPv4 address here/ });
  },
);

await t.test(
  "beside another DHCP server: what the proxy says is fetched from port 4011",
  { skip: skipReason({ root: true, tools: ["ip", "dnsmasq"] }) ?? false },
  async (t) => {
    const net = await ClientLab.open({ "boot.0": "x", "boot.efi": "y".repeat(700) }, (ini) =>
      ini
        .replace(/pool_start = .*\npool_count = .*\n/, "mode = auto-proxy\ninterface = eth0\n")
        .replace("default = boot.0", "default = boot.0\n00007 = boot.efi"),
    );
    t.teardown(() => net.lab.close());
    const laptop = await net.client("laptop", "10.77.0.9/24");
    const { stdout } = await net.daemon.explaining(
      laptop.run(process.execPath, [PROGRAM, "simulate", "--wire", "--firmware", "uefi"]),
    );
    t.match(stdout, /\n1 answer\n\n10\.77\.0\.1: DHCPOFFER of no address, only what to boot\n/);
    t.match(stdout, /\n {2}then {6}firmware asks its port 4011: DHCPACK\n/);
    t.match(stdout, /\n {2}boots {5}boot\.efi, by TFTP from 10\.77\.0\.1: it is there, of 700 octets/);
    await net.daemon.waitFor(/answered PXE firmware, architecture 7/, 5);
    t.notMatch(net.daemon.log, /warning/);
  },
);
