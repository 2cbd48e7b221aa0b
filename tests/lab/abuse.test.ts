/** Abuse on the wire, beside machines that boot as they should and have to be served within a second meanwhile. */

import { fileURLToPath } from "node:url";
import t, { type Test } from "tap";
import { startDhcpAbuse, type DhcpAbuse } from "./support/abuse-dhcp.js";
import { startHttpAbuse, type HttpAbuse } from "./support/abuse-http.js";
import { AbuseLab, ATTACKER, LEASE_SECONDS, OFFER_SECONDS, SERVER, TENANT, type Endured } from "./support/abuse-lab.js";
import { startTftpAbuse } from "./support/abuse-tftp.js";
import { mustRun } from "./support/host.js";
import { type Race } from "../support/symlink-race.js";
import { skipReason, type LabProcess } from "./support/lab.js";

const SKIP = { skip: skipReason({ root: true, tools: ["ip", "prlimit", "unshare"] }) ?? false };

t.setTimeout(300_000);

const PROMPT_MILLISECONDS = 1000;
/** Allowed growth of the daemon's memory during abuse. */
const MORE_MEBIBYTES = 150;
const MORE_DESCRIPTORS = 50;
/** Maximum number of log lines: several kinds have a burst and a rate per second. */
const MOST_LINES = 14_000;

/** Percentage of machines that have to be served as promptly. */
const MOST = 95;
/** The worst lease, where every one is judged: others use the processors, too. */
const WORST_MILLISECONDS = 2 * PROMPT_MILLISECONDS;

/** An abuse of HTTP. */
type Case = readonly [HttpAbuse, connections: number, left: number, seconds: number];
/** Those that have the daemon write megabytes for each connection. */
const READING: ReadonlySet<HttpAbuse> = new Set(["slow", "quick"]);

/** Checks the results that every abuse must have. */
function judge(t: Test, { dhcp, files, memory, descriptors, lines }: Endured, connections = 0): void {
  const most = (waits: readonly number[]): number => waits[Math.floor(((waits.length - 1) * MOST) / 100)] ?? Infinity;
  t.comment(`DHCP ${dhcp.join(" ")}; files ${files.join(" ")} ms; ${memory.map(Math.round).join(" to ")} MiB`);
  t.comment(`${descriptors.join(" to ")} descriptors, ${lines.length} lines`);
  t.ok(most(dhcp) < PROMPT_MILLISECONDS, `DHCP: ${dhcp.slice(-20).join(" ")} ms`);
  t.ok(most(files) < PROMPT_MILLISECONDS, `files: ${files.slice(-20).join(" ")} ms`);
  t.ok(memory[1] < memory[0] + MORE_MEBIBYTES, `memory: ${memory.join(" to ")} MiB`);
  t.ok(descriptors[1] < descriptors[0] + MORE_DESCRIPTORS + connections, `descriptors: ${descriptors.join(" to ")}`);
  t.ok(lines.length < MOST_LINES, `${lines.length} lines of log`);
  t.strictSame(
    lines.filter((line) => / (?:error|critical) /.test(line)),
    [],
  );
}

const RACE = fileURLToPath(new URL("../support/symlink-race.js", import.meta.url));

/** The number that a program says at its end. The ports that it had are free then. */
async function doneWith(program: LabProcess, seconds: number): Promise<number> {
  const [, number] = await program.waitFor(/done (\d+)/, seconds);
  await program.ended;
  return Number(number);
}

await t.test("abuse", SKIP, async (t) => {
  const lab = await AbuseLab.open();
  t.teardown(() => lab.net.lab.close());
  const dhcp = (abuse: DhcpAbuse): Promise<number> =>
    doneWith(startDhcpAbuse(lab.attacker, ATTACKER, SERVER, abuse), 60);

  await t.test("D3 a hundred thousand machines ask for addresses", async (t) => {
    let offers = 0;
    const endured = await lab.during(async () => {
      offers = await dhcp({ kind: "discover", count: 100_000 });
    });
    judge(t, endured);
    t.ok(offers >= 39, `${offers} offers: all that there are`);
    await new Promise((resolve) => setTimeout(resolve, OFFER_SECONDS * 1000));
    await dhcp({ kind: "fresh" });
    t.pass("who comes next gets an address when the offers are over");
    await lab.daemon.waitFor(/too much happens to log it all: left out .*of dhcp-ignored/, 15);
  });

  await t.test("D3 they take them, too", async (t) => {
    judge(t, await lab.during(() => dhcp({ kind: "request", count: 30_000 })));
    await new Promise((resolve) => setTimeout(resolve, LEASE_SECONDS * 1000));
    await dhcp({ kind: "fresh" });
    t.pass("who comes next gets an address when the leases are over");
  });

  await t.test("D4 a lease is given back and declined in the names of others", async (t) => {
    judge(t, await lab.during(() => dhcp({ kind: "forge", count: 20_000, target: TENANT })));
    const lost = lab.daemon.lines.filter((line) => line.includes(`released ${TENANT}`) || line.includes("found "));
    t.strictSame(lost, []);
  });

  await t.test("D6 D8 requests for files in the names of others", async (t) => {
    const before = await lab.victimReceived();
    const about = { server: SERVER, mac: lab.serverMac, seconds: 4 };
    let sent = 1;
    judge(
      t,
      await lab.during(async () => {
        sent = await doneWith(startTftpAbuse(lab.attacker, "forged", about), 20);
      }),
    );
    const factor = ((await lab.victimReceived()) - before) / sent;
    t.comment(`for each octet ${factor.toFixed(1)}`);
    // A block of 512 octets four times and an error, for a request of 18 octets, each with its headers.
    t.ok(factor < (4 * 558 + 80) / 58, `for each octet ${factor}`);
    judge(t, await lab.during(() => doneWith(startTftpAbuse(lab.attacker, "flood", about), 20)));
  });

  await t.test("D7 two hundred readers acknowledge just before they would be given up", async (t) => {
    const about = { server: SERVER, mac: lab.serverMac, seconds: 4 };
    judge(t, await lab.during(() => doneWith(startTftpAbuse(lab.attacker, "slow", about), 20)));
  });

  const abuses: readonly Case[] = [
    ["idle", 2000, 1024, 3],
    ["slow", 500, 500, 6],
    ["quick", 500, 500, 3],
    ["drip", 500, 500, 3],
    ["huge", 20, 0, 3],
    // A client that does not read does not see the end of the connection.
    ["pipeline", 20, 20, 5],
    // A request may take a minute.
    ["body", 20, 20, 3],
  ];
  for (const [kind, connections, left, seconds] of abuses) {
    await t.test(`D7 D8 HTTP: ${connections} connections, ${kind}`, async (t) => {
      const program = startHttpAbuse(lab.attacker, kind, { server: SERVER, connections, seconds, left });
      let open = 0;
      const endured = await lab.during(async () => {
        open = await doneWith(program, 80);
      });
      judge(t, endured, kind === "pipeline" ? 0 : left);
      const worst = endured.dhcp.at(-1) ?? Infinity;
      if (READING.has(kind)) t.ok(worst < WORST_MILLISECONDS, `the worst lease: ${worst} ms`);
      t.ok(open <= left, `${open} connections are left`);
      await program.stop("SIGKILL");
    });
  }
});

await t.test(
  "links that are turned while they are followed, where the system does not tell what it opened",
  SKIP,
  async (t) => {
    const withoutProc = 'mount -t tmpfs none /proc && exec "$@"';
    const program = [process.execPath, RACE, t.testdir({}), "1500"];
    const said = await mustRun("unshare", ["--mount", "sh", "-c", withoutProc, "sh", ...program], {
      timeoutSeconds: 60,
    });
    const { own, refused, leaked } = JSON.parse(said) as Race;
    t.strictSame(leaked, []);
    t.ok(own === 0 && refused > 0, "nothing can be told of what was opened, so that nothing is served");
  },
);
