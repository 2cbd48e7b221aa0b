/** A machine that boots once, seen by real clients and by `pybootd hosts`, while the daemon runs. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { ClientLab, POOL_START } from "./support/client-lab.js";
import { Daemon } from "./support/daemon.js";
import type { CommandResult } from "./support/host.js";
import { skipReason } from "./support/lab.js";

const PROGRAM = fileURLToPath(new URL("../../bin/pybootd.js", import.meta.url));

/** udhcpc: once, and it says what it was told to boot. */
const UDHCPC = ["-i", "eth0", "-f", "-n", "-q", "-t", "5", "-T", "2", "-O", "bootfile"];
const FIRMWARE = ["-V", "PXEClient:Arch:00000:UNDI:002001", "-x", "0x5d:0000"];

t.setTimeout(120_000);

await t.test(
  "a machine boots once, until its system takes a lease, and once more when it is reset",
  { skip: skipReason({ root: true, tools: ["ip", "udhcpc"] }) ?? false },
  async (t) => {
    const state = "[daemon]\nstate_dir = ./state\n[hosts]\nfile = ./files/hosts.yaml\n";
    const net = await ClientLab.open({ "hosts.yaml": "{}\n" }, (ini) => `${ini}\n${state}`);
    t.teardown(() => net.lab.close());
    const client = await net.client("machine");
    const mac = (await client.must("cat", ["/sys/class/net/eth0/address"])).trim();
    const edited = net.daemon.log.length;
    await writeFile(
      join(net.folder, "hosts.yaml"),
      `"${mac}": {ipAddress: ${POOL_START}, hostname: once, netboot: {once: true}}\n`,
    );
    await net.daemon.waitFor(/hosts\.yaml: 1 machine: 1 new/, 10, edited);

    const script = join(net.lab.directory, "says-file");
    await writeFile(script, '#!/bin/sh\n[ "$1" = bound ] && echo "file=<$boot_file$bootfile>"\nexit 0\n', {
      mode: 0o755,
    });
    const boot = (...more: string[]): Promise<string> =>
      net.daemon.explaining(client.must("udhcpc", [...UDHCPC, ...more, "-s", script]));
    const hosts = (...words: string[]): Promise<CommandResult> =>
      net.server.run(process.execPath, [
        PROGRAM,
        "hosts",
        ...words,
        "-c",
        join(Daemon.folder(net.lab, net.server), "pybootd.ini"),
      ]);

    t.match(await boot(...FIRMWARE), /file=<boot\.0/);
    t.match(
      (await hosts("list")).stdout,
      new RegExp(`\n${mac} +${POOL_START} +once +as others +not yet +.*hosts\\.yaml:1`),
    );
    await boot("-V", "d-i");
    t.match(await boot(...FIRMWARE), /file=<boot\.0/, "the installer's lease does not count");
    await boot();
    await net.daemon.waitFor(new RegExp(`${mac}: booted, as it should once \\(its system took a lease\\)`), 5);
    t.match(await boot(...FIRMWARE), /file=<>/);
    t.match((await hosts("show", mac)).stdout, /\nonce +booted 20.*\(.*\)\n/);

    t.match(await hosts("reset", mac), { code: 0, stdout: `${mac} boots from here once more\n` });
    t.match(await boot(...FIRMWARE), /file=<boot\.0/);
  },
);
