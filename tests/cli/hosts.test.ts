/** `pybootd hosts`, as people and programs call it. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { OneShotFolder } from "../../lib/boot/one-shots.js";
import { command } from "../support/command.js";
import { mac } from "../support/values.js";

process.env["TZ"] = "UTC";

const INI = `[bootpd]
access = mac
[static_dhcp]
52-54-00-00-00-01 = 10.0.0.20 build
id:ff00a1 = 10.0.0.3
[mac]
52-54-00-00-00-01 = enable
52-54-00-00-00-09 = disable
52-54-00/24 = enable
[hosts]
file = hosts.yaml
scripts = scripts
[daemon]
state_dir = state
`;

const MACHINES = `52:54:00:00:00:02:
  ipAddress: 10.0.0.7
  hostname: second
  leaseTime: 600
  netboot: {once: true, ipxeScriptUrl: "http://boot.example/second.ipxe"}
52:54:00:00:00:01: {hostname: other, netboot: {bootFile: special.0}}
52:54:00:00:00:03: {netboot: {allowPxe: false}}
52:54:00:00:00:04: {netboot: {once: true}}
`;

/** @returns the path of the configuration */
function configure(t: Test): string {
  const folder = t.testdir({
    "pybootd.ini": INI,
    "hosts.yaml": MACHINES,
    scripts: { "52-54-00-00-00-04": "#!ipxe\nexit\n" },
  });
  return join(folder, "pybootd.ini");
}

function onceOf(file: string): OneShotFolder {
  return new OneShotFolder(join(file, "..", "state", "once"));
}

await t.test("list: all machines by address, with what they boot and where that is said", async (t) => {
  const file = configure(t);
  onceOf(file).finish(mac("52:54:00:00:00:02"), "script");
  for (const words of [["hosts", "list"], ["hosts"]]) {
    const { code, out, err } = await command(...words, "-c", file);
    t.equal(code, 0);
    t.equal(err, "");
    const folder = file.replace("/pybootd.ini", "");
    const lines = out
      .replaceAll(`${folder}/`, "")
      .replace(/booted \d{4}-\d\d-\d\d \d\d:\d\d \((?:now|\d+ s ago)\)/, "booted TIME");
    t.strictSame(
      lines.split("\n").map((line) => line.split(/ {2,}/)),
      [
        ["MACHINE", "ADDRESS", "HOST NAME", "BOOTS", "ONCE", "KNOWN FROM"],
        ["id:ff00a1", "10.0.0.3", "-", "as others", "-", "pybootd.ini:5"],
        ["52:54:00:00:00:02", "10.0.0.7", "second", "http://boot.example/second.ipxe", "booted TIME", "hosts.yaml:1"],
        ["52:54:00:00:00:01", "10.0.0.20", "build", "special.0", "-", "pybootd.ini:4, pybootd.ini [mac], hosts.yaml:6"],
        ["52:54:00:00:00:03", "-", "-", "nothing: allowPxe is false", "-", "hosts.yaml:7"],
        ["52:54:00:00:00:04", "-", "-", "the script of its name", "not yet", "hosts.yaml:8"],
        ["52:54:00:00:00:09", "-", "-", "nothing: it is disabled", "-", "pybootd.ini [mac]"],
        [""],
      ],
    );
  }
});

await t.test("list --json, show --json: for programs", async (t) => {
  const file = configure(t);
  onceOf(file).finish(mac("52:54:00:00:00:02"), "lease");
  const { out } = await command("hosts", "list", "--json", "-c", file);
  const all = JSON.parse(out) as unknown[];
  t.equal(all.length, 6);
  const second = {
    macs: ["52:54:00:00:00:02"],
    client_id: null,
    address: "10.0.0.7",
    host_name: "second",
    disabled: false,
    boot: {
      allowed: true,
      file: null,
      script: null,
      script_url: "http://boot.example/second.ipxe",
      once: true,
      booted: true,
      booted_at: /^20\d\d-.*Z$/,
    },
    known_from: [`${file.replace("pybootd.ini", "hosts.yaml")}:1`],
  };
  t.match(all[1], second);
  t.match(JSON.parse((await command("hosts", "show", "10.0.0.7", "--json", "-c", file)).out), [second]);
});

await t.test("show: one machine by each of its names", async (t) => {
  const file = configure(t);
  for (const word of ["52-54-00-00-00-02", "10.0.0.7"]) {
    const { code, out } = await command("hosts", "show", word, "-c", file);
    t.equal(code, 0);
    t.match(out, /^machine +52:54:00:00:00:02\naddress +10\.0\.0\.7\nhost name +second\n/);
    t.match(out, /\nlease time +600\n/);
  }
  t.match((await command("hosts", "show", "id:FF:00:a1", "-c", file)).out, /^machine +id:ff00a1\n/);
  t.match(await command("hosts", "show", "10.0.0.99", "-c", file), {
    code: 1,
    err: /no machine is known by 10\.0\.0\.99/,
  });
});

await t.test("reset: a machine that has booted boots once more, and one that has not is told of", async (t) => {
  const file = configure(t);
  const once = onceOf(file);
  const machine = mac("52:54:00:00:00:02");
  once.finish(machine, "script");
  t.match(await command("hosts", "reset", "52-54-00-00-00-02", "-c", file), {
    code: 0,
    out: "52:54:00:00:00:02 boots from here once more\n",
  });
  t.notOk(once.isDone(machine));
  t.match(await command("hosts", "reset", "52-54-00-00-00-02", "-c", file), {
    code: 1,
    err: /there is nothing to reset/,
  });
  once.finish(machine, "script");
  const { out } = await command("hosts", "reset", machine, "--json", "-c", file);
  t.strictSame(JSON.parse(out), { reset: machine });
});

await t.test("a file that is wrong is told of by its lines", async (t) => {
  const file = configure(t);
  writeFileSync(join(file, "..", "hosts.yaml"), "52:54:00:00:00:02: {ipAddres: 10.0.0.7}\n");
  t.match(await command("hosts", "list", "-c", file), { code: 1, err: /hosts\.yaml:1 .*did you mean ipAddress/ });
});

await t.test("what cannot be removed is told of", async (t) => {
  const file = configure(t);
  mkdirSync(join(file, "..", "state", "once", "52-54-00-00-00-02"), { recursive: true });
  t.match(await command("hosts", "reset", "52-54-00-00-00-02", "-c", file), { code: 1, err: /cannot be reset: / });
});

await t.test("wrong words are told what there is", async (t) => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["frob", /expected one of list, show, reset after hosts, got frob/],
    ["list more", /expected nothing after list, got more/],
    ["show", /expected one machine after show, got nothing/],
    ["show me", /expected a MAC address, an IPv4 address, or id:/],
    ["reset 10.0.0.7", /expected a MAC address, got 10\.0\.0\.7/],
    ["list --state bound", /--state/],
  ];
  for (const [words, message] of cases) {
    const { code, err } = await command("hosts", ...words.split(" "));
    t.equal(code, 2);
    t.match(err, message);
    t.match(err, /Try pybootd hosts --help\.\n$/);
  }
  t.match(await command("hosts", "--help"), { code: 0, out: /usage: pybootd hosts list/ });
});
