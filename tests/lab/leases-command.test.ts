/** `pybootd leases` beside the real daemon, which real clients got their addresses from, and when it is gone. */

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { ClientLab, POOL_START } from "./support/client-lab.js";
import { Daemon } from "./support/daemon.js";
import type { CommandResult } from "./support/host.js";
import { skipReason } from "./support/lab.js";

const PROGRAM = fileURLToPath(new URL("../../bin/pybootd.js", import.meta.url));

/** udhcpc: once, and a name that would clear a careless terminal. */
const UDHCPC = ["-i", "eth0", "-f", "-n", "-q", "-t", "5", "-T", "2", "-s", "/bin/true", "-x", "hostname:pc\x1b[2J"];

/** Leases in dnsmasq's format: one in the pool, one in none. */
const DNSMASQ = `0 52:54:00:77:00:01 10.77.0.105 printer 01:52:54:00:77:00:01
0 52:54:00:77:00:02 10.77.0.205 * *
`;

t.setTimeout(120_000);

await t.test(
  "leases of real clients are listed, freed, and brought along, with the daemon and without it",
  { skip: skipReason({ root: true, tools: ["ip", "udhcpc"] }) ?? false },
  async (t) => {
    const net = await ClientLab.open({}, (ini) => `${ini}\n[daemon]\nstate_dir = ./state\n`);
    t.teardown(() => net.lab.close());
    const folder = Daemon.folder(net.lab, net.server);
    const file = join(folder, "pybootd.ini");
    const leases = (...words: string[]): Promise<CommandResult> =>
      net.server.run(process.execPath, [PROGRAM, "leases", ...words, "-c", file]);
    const client = await net.client("udhcpc");
    await net.daemon.explaining(client.must("udhcpc", UDHCPC));
    const own = await client.must("cat", ["/sys/class/net/eth0/address"]);

    const list = await leases("list");
    t.equal(list.code, 0, list.stderr);
    t.match(list.stdout, new RegExp(`\n${POOL_START} +${own.trim()} +bound +.*\\(in 59 min\\) +pc\\\\u001b\\[2J `));
    t.match((await leases("show", own.trim(), "--json")).stdout, `"address":"${POOL_START}"`);

    await writeFile(join(folder, "dnsmasq.leases"), DNSMASQ);
    const imported = await leases("import", join(folder, "dnsmasq.leases"));
    t.match(imported.stdout, /\(dnsmasq\), 2 leases: 1 taken, 1 skipped\n {2}10\.77\.0\.205 .*: it is in no pool/);
    t.match(await leases("release", POOL_START), {
      code: 0,
      stdout: `released ${POOL_START}, which ${own.trim()} had`,
    });
    await net.daemon.waitFor(new RegExp(`${own.trim()}: released ${POOL_START}, as an operator asked`), 5);
    t.match(await leases("release", POOL_START), { code: 1, stderr: /nobody has 10\.77\.0\.100: it is released/ });

    const elsewhere = join(folder, "elsewhere.ini");
    await writeFile(elsewhere, (await readFile(file, "utf8")).replace("[bootpd]", "[bootpd]\nport = 1067"));
    const second = await net.server.run(process.execPath, [PROGRAM, "-p", "-c", elsewhere]);
    t.equal(second.code, 1);
    t.match(second.stderr, /state\/leases is in use: pybootd \S+ \(pid \d+\) runs on it/);
    const exported = await leases("export");
    t.match(exported.stdout, /^10\.77\.0\.105,52:54:00:77:00:01,.*,bound,.*,never,printer$/m);

    net.daemon.signal("SIGKILL");
    await net.daemon.stop();
    t.equal((await leases("export")).stdout, exported.stdout, "the same without the daemon, after kill -9");
    t.match(await leases("release", "10.77.0.105"), { code: 0 });
    t.match((await leases("list", "--state", "released")).stdout, /10\.77\.0\.100 [^]*10\.77\.0\.105 /);

    const again = await Daemon.start(
      net.lab,
      net.server,
      `[bootpd]\npool_start = ${POOL_START}\nallow_simple_dhcp = yes\n[daemon]\nstate_dir = ./state\n[tftpd]\nroot = .\n`,
    );
    await again.explaining(client.must("udhcpc", UDHCPC));
    t.match(
      (await leases("show", own.trim())).stdout,
      new RegExp(`^address +${POOL_START}\n`),
      "what was freed is its own",
    );
  },
);
