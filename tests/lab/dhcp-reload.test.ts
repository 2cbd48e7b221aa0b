/** The configuration is read again (SIGHUP) while many machines take addresses. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { ClientLab, POOL_START, SERVER } from "./support/client-lab.js";
import { Daemon } from "./support/daemon.js";
import { skipReason, type LabProcess } from "./support/lab.js";
import { startLoad } from "./support/lease-load.js";

const skip = skipReason({ root: true, tools: ["ip"] }) ?? false;

t.setTimeout(180_000);

const AGENT = "10.77.0.7";
const MACHINES = 3000;
/** A reload comes after so many more machines have their addresses. */
const STRIDE = 250;
/** Time limit for an answer, in milliseconds; even on a busy host a later one means that the request was dropped. */
const PATIENCE = 8000;

/** The pool, and what is told beside an address. */
const manyAddresses = (count: number, more = ""): ((ini: string) => string) => {
  const pool = `pool_start = 10.77.1.0\nnetmask = 255.255.0.0\npool_count = ${count}\n${more}`;
  return (ini) => ini.replace(`pool_start = ${POOL_START}`, pool).replace("pool_count = 10\n", "");
};

/** The next configurations, in turn, and the log lines about them. */
const NEXT: readonly { readonly edit: (ini: string) => string; readonly told: RegExp }[] = [
  // The same pool: the tables are gone on with.
  { edit: manyAddresses(4000, "offer_time = 30"), told: /reloaded: / },
  // Another pool, which has the former one in it.
  { edit: manyAddresses(5000), told: /reloaded: / },
  { edit: (ini) => ini.replace("[bootpd]", "[bootpd]\npool_count = many"), told: /not reloaded: everything stays/ },
  { edit: () => "what is this\n", told: /not reloaded: everything stays/ },
];

/** The lines of a load that begin with a word, each without it. */
function told(load: LabProcess, word: string): readonly string[] {
  const lines = load.output.split("\n").filter((line) => line.startsWith(`${word} `));
  return lines.map((line) => line.slice(word.length + 1));
}

await t.test("a reload in mid-storm drops nothing, and keeps every lease", { skip }, async (t) => {
  let ini = "";
  const net = await ClientLab.open({}, (text) => manyAddresses(4000)((ini = text)));
  t.teardown(() => net.lab.close());
  const file = join(Daemon.folder(net.lab, net.server), "pybootd.ini");
  const load = startLoad(await net.client("agent", `${AGENT}/16`), AGENT, SERVER, MACHINES, PATIENCE);
  const acknowledged = (count: number): Promise<unknown> =>
    net.daemon.explaining(load.waitFor(new RegExp(`(?:^ACK .*\\n){${count}}`, "m"), 60));

  for (let reloads = 0; reloads < 2 * NEXT.length; reloads++) {
    await acknowledged(STRIDE * (reloads + 1));
    const next = NEXT[reloads % NEXT.length] ?? NEXT[0];
    await writeFile(file, next?.edit(ini) ?? "");
    const from = net.daemon.log.length;
    net.daemon.signal("SIGHUP");
    await net.daemon.waitFor(next?.told ?? /never/, 30, from);
  }
  t.match(net.daemon.log, /pybootd\.ini:\d+ \[bootpd\] pool_count: expected .*many/, "why not is told");

  await net.daemon.explaining(load.waitFor(/^done$/m, 90));
  const leases = told(load, "ACK");
  t.equal(leases.length, MACHINES);
  t.equal(new Set(leases.map((lease) => lease.split(" ")[1])).size, MACHINES, "an address each");
  t.strictSame(told(load, "unanswered"), ["0"], "nobody had to ask again");

  load.signal("SIGUSR2");
  await net.daemon.explaining(load.waitFor(/^checked$/m, 60));
  t.strictSame([...told(load, "kept")].sort(), [...leases].sort(), "each has what was acknowledged");
});
