/** An acknowledged lease survives crashes and disk errors; a lease that cannot be kept is not acknowledged. */

import { join } from "node:path";
import t from "tap";
import { SeededRandom } from "../support/random.js";
import { ClientLab, POOL_START, SERVER } from "./support/client-lab.js";
import { Daemon } from "./support/daemon.js";
import { mustRun } from "./support/host.js";
import { skipReason, type LabProcess } from "./support/lab.js";
import { startLoad } from "./support/lease-load.js";

const needs = (...tools: string[]): { skip: string | false } => ({
  skip: skipReason({ root: true, tools: ["ip", ...tools] }) ?? false,
});

t.setTimeout(300_000);

const AGENT = "10.77.0.7";

/** Machines that take an address while the daemon is killed so often. */
const MACHINES = 1500;
const KILLS = 5;

/** A pool of 2000 addresses. */
const manyAddresses = (ini: string): string =>
  ini
    .replace(`pool_start = ${POOL_START}`, "pool_start = 10.77.1.0\nnetmask = 255.255.0.0")
    .replace("pool_count = 10", "pool_count = 2000");

/** Mounts a file system of one MiB where the daemon keeps its state, and runs it. */
const smallDisk = (...more: readonly string[]): readonly string[] => {
  const inside = ["mkdir -p state", "mount -t tmpfs -o size=1m none state", ...more, 'exec "$@"'].join(" && ");
  return ["unshare", "--mount", "sh", "-c", inside, "sh"];
};

/** Like it, with room for all machines, and what is on it outlasts the daemon: an image beside the state. */
const LASTING_DISK: readonly string[] = [
  "unshare",
  "--mount",
  "sh",
  "-c",
  '{ [ -e disk ] || { truncate -s 4M disk && mkfs.ext4 -q -m 0 disk; }; } && mkdir -p state && mount -o loop disk state && exec "$@"',
  "sh",
];

/** The lines of a load that begin with a word, each without it: MAC and address. */
function told(load: LabProcess, word: string): readonly (readonly [mac: string, address: string])[] {
  const lines = load.output.split("\n").filter((line) => line.startsWith(`${word} `));
  return lines.map((line) => line.split(" ").slice(1) as [string, string]);
}

/** Waits until so many lines have come. */
function acknowledgements(load: LabProcess, count: number): Promise<unknown> {
  return load.waitFor(new RegExp(`(?:^ACK .*\\n){${count}}`, "m"), 60);
}

await t.test("A36 A37c D10 after kill -9 every lease is there, and no address has two keys", needs(), async (t) => {
  const net = await ClientLab.open({}, manyAddresses);
  t.teardown(() => net.lab.close());
  const load = startLoad(await net.client("agent", `${AGENT}/16`), AGENT, SERVER, MACHINES);
  const seed = Date.now();
  t.comment(`seed ${seed}`);
  const random = new SeededRandom(seed);
  for (let kills = 0; kills < KILLS; kills++) {
    await net.daemon.explaining(acknowledgements(load, told(load, "ACK").length + 1 + random.below(200)));
    await net.restart(() => Promise.resolve(), "SIGKILL");
    t.notMatch(net.daemon.log, /damaged/);
  }
  await net.daemon.explaining(load.waitFor(/^done$/m, 60));
  const leases = told(load, "ACK");
  t.equal(leases.length, MACHINES);
  t.equal(new Set(leases.map(([, address]) => address)).size, MACHINES, "an address each");

  await net.restart(() => Promise.resolve(), "SIGKILL");
  load.signal("SIGUSR2");
  await net.daemon.explaining(load.waitFor(/^checked$/m, 60));
  t.strictSame([...told(load, "refused"), ...told(load, "unknown")], []);
  t.strictSame([...told(load, "kept")].sort(), [...leases].sort(), "each has what was acknowledged");
});

await t.test(
  "A36 with a full disk nothing is acknowledged that is not kept; with room again everybody is served",
  needs("nsenter", "mkfs.ext4", "mount"),
  async (t) => {
    const net = await ClientLab.open({}, manyAddresses, LASTING_DISK);
    t.teardown(() => net.lab.close());
    const filler = join(Daemon.folder(net.lab, net.server), "state/filler");
    const onDisk = (command: string): Promise<string> =>
      mustRun("nsenter", ["--mount", "--target", `${net.daemon.pid}`, "sh", "-c", command]);

    await onDisk(`cat /dev/zero >${filler} 2>&1 | true`);
    // The daemon took room for the first leases at its start; these are more than fit there.
    const load = startLoad(await net.client("agent", `${AGENT}/16`), AGENT, SERVER, MACHINES);
    await net.daemon.explaining(
      net.daemon.waitFor(
        /error +\S+: no answer to a DHCP client: its lease cannot be kept: ENOSPC: no space left on device, write '\S+data\.mdb'$/m,
        60,
      ),
    );
    t.notMatch(load.output, /^done$/m, "who cannot be kept gets no ACK");

    await onDisk(`rm ${filler}`);
    await net.daemon.explaining(load.waitFor(/^done$/m, 60));
    const leases = told(load, "ACK");
    t.equal(new Set(leases.map(([, address]) => address)).size, MACHINES, "an address each");

    await net.restart(() => Promise.resolve(), "SIGKILL");
    load.signal("SIGUSR2");
    await net.daemon.explaining(load.waitFor(/^checked$/m, 60));
    t.strictSame([...told(load, "refused"), ...told(load, "unknown")], []);
    t.strictSame([...told(load, "kept")].sort(), [...leases].sort(), "each has what was acknowledged");
  },
);

await t.test("with a database that cannot be written to the daemon does not start", needs("unshare"), async (t) => {
  const readOnly = smallDisk("mkdir state/leases", "mount -o remount,ro state");
  await t.rejects(ClientLab.open({}, undefined, readOnly), {
    message: /\[bootpd\] lease_db: the database \S+ cannot be used: .*(EROFS|[Rr]ead-only)/,
  });
});
