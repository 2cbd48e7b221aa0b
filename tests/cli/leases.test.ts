/** `pybootd leases`, as people and programs call it: of a database that nobody uses, and of a daemon that runs. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { serveLeases } from "../../lib/leases/lease-control.js";
import { parseCsv } from "../../lib/leases/import/csv.js";
import type { Allocation } from "../../lib/leases/allocation.js";
import { allocationInMemory } from "../../lib/leases/embedded-allocation.js";
import type { Lease } from "../../lib/leases/lease.js";
import { LmdbStore } from "../../lib/leases/store/lmdb-store.js";
import { systemClock } from "../../lib/common/clock.js";
import { command } from "../support/command.js";
import { GREETING, leaveStaleSocket, openControl, shortFolder } from "../support/control.js";
import { makeLease, makeLeases } from "../support/leases.js";
import { SeededRandom } from "../support/random.js";
import { clientId, ip, mac } from "../support/values.js";

process.env["TZ"] = "UTC";

const HOUR = 3_600_000;
const NOW = Date.now();
const ALICE = mac("52:54:00:00:00:0a");
const BOB = mac("52:54:00:00:00:0b");

const LEASES: readonly Lease[] = [
  makeLease({ address: ip("10.0.0.20"), key: BOB, mac: BOB, starts: NOW - HOUR, ends: NOW + 3.5 * HOUR }),
  makeLease({
    address: ip("10.0.0.9"),
    key: ALICE,
    mac: ALICE,
    starts: NOW - HOUR,
    ends: Infinity,
    hostName: "a\x1b",
  }),
  makeLease({ address: ip("10.0.0.30"), key: clientId("id:ff0001"), mac: BOB, ends: NOW - HOUR }),
  makeLease({ address: ip("10.0.0.40"), key: clientId("id:0152"), mac: mac("00:00:00:00:00:00"), state: "released" }),
];

/** A configuration whose state is in a folder of its own. @returns the path of the file */
function configure(t: Test, more = ""): string {
  const folder = shortFolder(t);
  mkdirSync(join(folder, "state"));
  writeFileSync(join(folder, "pybootd.ini"), `[bootpd]\n${more}\n[daemon]\nstate_dir = state\n`);
  return join(folder, "pybootd.ini");
}

function stateOf(file: string): string {
  return join(file, "..", "state");
}

/** Someone who keeps leases for a configuration, and what is told of it on standard error where the file is named. */
type Keeper = (t: Test, leases: readonly Lease[]) => Promise<string>;

/** Serves leases as a daemon that keeps them in memory. @returns the path of its configuration */
async function serve(t: Test, leases: readonly Lease[]): Promise<string> {
  const file = configure(t, "lease_db = memory");
  const greeting = { ...GREETING, configuration: file };
  serveLeases(await openControl(t, join(stateOf(file), "control.sock"), { greeting }), deskWith(leases));
  return file;
}

/** Returns the leases of a daemon that serves no network. */
function deskWith(leases: readonly Lease[]): Allocation {
  const allocation = allocationInMemory(systemClock, leases);
  allocation.prepare([]).transaction.commit();
  return allocation;
}

const KEEPERS: Readonly<Record<string, Keeper>> = {
  "in a database that nobody uses": async (t, leases) => {
    const file = configure(t);
    const { store } = await LmdbStore.open(join(stateOf(file), "leases"));
    await Promise.all(leases.map((lease) => store.put(lease)));
    await store.close();
    return file;
  },
  "in a database that was left by kill -9": async (t, leases) => {
    const file = configure(t);
    const { store } = await LmdbStore.open(join(stateOf(file), "leases"));
    await Promise.all(leases.map((lease) => store.put(lease)));
    await leaveStaleSocket(join(stateOf(file), "control.sock"));
    t.teardown(() => store.close());
    return file;
  },
  "with a daemon, in memory": (t, leases) => serve(t, leases),
};

for (const [name, keep] of Object.entries(KEEPERS)) {
  await t.test(`leases ${name}`, async (t) => {
    const file = await keep(t, LEASES);

    await t.test("list: a table by address", async (t) => {
      const { code, out, err } = await command("leases", "list", "-c", file);
      t.equal(code, 0);
      t.equal(err, "");
      const lines = out.split("\n").map((line) => line.split(/ {2,}/));
      t.strictSame(
        lines.map(([address, hardware, state]) => [address, hardware, state].join(" ").trim()),
        [
          "ADDRESS MAC STATE",
          `10.0.0.9 ${ALICE} bound`,
          `10.0.0.20 ${BOB} bound`,
          `10.0.0.30 ${BOB} expired`,
          "10.0.0.40 00:00:00:00:00:00 released",
          "",
        ],
      );
      t.match(out, / never +a\\u001b /, "what a machine calls itself does nothing to a terminal");
      t.match(out, /\(in 3 h\)/);
    });

    await t.test("list --state: some of them", async (t) => {
      const addresses = async (states: string): Promise<string> => {
        const { out } = await command("leases", "-c", file, "list", "--json", "--state", states);
        return (JSON.parse(out) as { address: string }[]).map(({ address }) => address).join(" ");
      };
      t.equal(await addresses("bound"), "10.0.0.9 10.0.0.20");
      t.equal(await addresses("expired, released"), "10.0.0.30 10.0.0.40");
      t.equal(await addresses("declined"), "");
    });

    await t.test("list --json: all that is known", async (t) => {
      const { code, out } = await command("leases", "list", "--json", "-c", file);
      t.equal(code, 0);
      t.notMatch(out, /[^\n\x20-\x7e]/);
      const all = JSON.parse(out) as unknown[];
      t.equal(all.length, 4);
      t.strictSame(all[0], {
        address: "10.0.0.9",
        mac: ALICE,
        client_id: null,
        state: "bound",
        starts: new Date(NOW - HOUR).toISOString(),
        ends: null,
        host_name: "a\x1b",
      });
    });

    await t.test("show: one machine, by each of its names", async (t) => {
      for (const word of ["52-54-00-00-00-0B", "525400.00000b", "10.0.0.20", "10.0.0.30", "id:FF0001", "id:ff:00:01"]) {
        const { code, out } = await command("leases", "show", word, "-c", file);
        t.equal(code, 0, word);
        t.match(out, /^address +10\.0\.0\.20\n/);
        t.match(out, /\n\naddress +10\.0\.0\.30\nMAC +52:54:00:00:00:0b\nclient id +ff0001\nstate +expired\nsince +20/);
      }
      const { out } = await command("leases", "show", "id:0152", "-c", file, "--json");
      t.strictSame(
        (JSON.parse(out) as { address: string }[]).map(({ address }) => address),
        ["10.0.0.40"],
        "machines whose hardware address is not known are not the same",
      );
    });

    await t.test("show: who is not there is not found", async (t) => {
      t.strictSame(await command("leases", "show", "10.0.0.8", "-c", file), {
        code: 1,
        out: "",
        err: "pybootd: no lease is known of 10.0.0.8\n",
      });
    });

    await t.test("export: CSV that says the same", async (t) => {
      const { code, out } = await command("leases", "export", "-c", file);
      t.equal(code, 0);
      t.strictSame(
        parseCsv(out).leases,
        LEASES.toSorted((a, b) => a.address - b.address),
      );
    });
  });

  await t.test(`many leases of any kind ${name}`, async (t) => {
    const leases = makeLeases(new SeededRandom(7), 2000);
    const file = await keep(t, leases);
    const { out } = await command("leases", "export", "-c", file);
    // Host names may hold what no database keeps: an empty name, half a character.
    const unnamed = (lease: Lease): Lease => ({ ...lease, hostName: undefined });
    t.strictSame(parseCsv(out).leases.map(unnamed), leases.map(unnamed));
  });
}

await t.test("leases of this very host go over the socket, too", async (t) => {
  const file = await serve(t, [makeLease({ address: ip("127.0.0.5") })]);
  t.match(await command("leases", "show", "127.0.0.5", "-c", file), { code: 0, out: /^address +127\.0\.0\.5\n/ });
});

await t.test("where there is nothing to ask, it says so", async (t) => {
  const file = configure(t);
  const database = join(stateOf(file), "leases");
  const missing = `pybootd: no daemon runs, and there is no lease database ${database} yet (-c FILE names a configuration)\n`;
  t.strictSame(await command("leases", "list", "-c", file), { code: 1, out: "", err: missing });
  t.strictSame(await command("leases", "list", "-c", configure(t, "lease_db = memory")), {
    code: 1,
    out: "",
    err: "pybootd: no daemon runs, and without one there are no leases: lease_db = memory\n",
  });
  mkdirSync(database);
  writeFileSync(join(database, "data.mdb"), "x".repeat(10_000));
  t.match(await command("leases", "list", "-c", file), { code: 1, err: /is damaged; a daemon puts it aside/ });
  t.match(await command("leases", "list", "-c", "/nowhere.ini"), { code: 1, err: /nowhere\.ini/ });
});

await t.test("a daemon with another configuration is mentioned; one that is not ready says so", async (t) => {
  const file = configure(t);
  const control = await openControl(t, join(stateOf(file), "control.sock"));
  const note = "pybootd: note: the daemon that runs here (pid 812) has another configuration, /etc/pybootd.ini\n";
  t.strictSame(await command("leases", "list", "-c", file), {
    code: 1,
    out: "",
    err: `${note}pybootd: leases list cannot be asked here (now)\n`,
  });
  serveLeases(control, deskWith([]));
  t.match(await command("leases", "list", "-c", file), { code: 0, err: note });
  control.register("leases list", () => ["no table"]);
  t.match(await command("leases", "list", "-c", file), { code: 1, err: /leases cannot be read: expected the columns/ });
});

await t.test("wrong usage ends with 2, and says what is wrong and where help is", async (t) => {
  const cases: readonly (readonly [args: readonly string[], complaint: RegExp])[] = [
    [[], /^pybootd: expected one of list, show, release, export, import after leases, got nothing\n/],
    [["constructor"], /got constructor\n/],
    [["list", "10.0.0.1"], /expected nothing after the command, got 10\.0\.0\.1\n/],
    [["list", "--state", "bound,lost"], /--state: expected bound, expired, released, declined, got "lost"\n/],
    [["show"], /expected MAC, IP or id:HEX after the command, got nothing\n/],
    [
      ["show", "host"],
      /expected a MAC address, an IPv4 address, or id: and a client identifier in hexadecimal, got host/,
    ],
    [["show", "10.0.0.1", "--state", "bound"], /--state is for list\n/],
    [["export", "--json"], /export writes CSV/],
    [["release"], /expected IP after the command, got nothing\n/],
    [["release", "52:54:00:00:00:01"], /expected an IPv4 address to release, got 52/],
    [["import"], /expected FROM, a file or - after the command, got nothing\n/],
    [["import", "a", "b"], /got a b\n/],
    [["--frobnicate"], /Unknown option '--frobnicate'/],
  ];
  for (const [args, complaint] of cases) {
    const { code, out, err } = await command("leases", ...args);
    t.equal(code, 2, args.join(" "));
    t.equal(out, "");
    t.match(err, complaint);
    t.match(err, /\nTry pybootd leases --help\.\n$/);
  }
});

await t.test("--help tells every command and option", async (t) => {
  for (const args of [["--help"], ["list", "-h"], ["show", "--help", "--json"]]) {
    const { code, out } = await command("leases", ...args);
    t.equal(code, 0);
    for (const known of [
      "list ",
      "show ",
      "export ",
      "-c, --config FILE",
      "--state STATES",
      "--json",
      "exit codes: ",
    ]) {
      t.match(out, known);
    }
    t.ok(out.split("\n").every((line) => line.length <= 120));
  }
});
