import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { command, type Outcome } from "../support/command.js";
import { shortFolder } from "../support/control.js";

/** A configuration that serves loopback, which every host has, and nobody runs on. @returns the path of its folder */
function configure(t: Test): string {
  const folder = shortFolder(t);
  mkdirSync(join(folder, "state"));
  writeFileSync(
    join(folder, "pybootd.ini"),
    "[bootpd]\npool_start = 127.0.0.100\npool_count = 20\n[daemon]\nstate_dir = state\n",
  );
  return folder;
}

function importText(folder: string, text: string, ...options: readonly string[]): Promise<Outcome> {
  const file = join(folder, "dhcpd.leases");
  writeFileSync(file, text);
  return command("leases", "import", "-c", join(folder, "pybootd.ini"), ...options, file);
}

/** Address, key and state of each lease that is kept. */
async function keptIn(folder: string): Promise<readonly string[]> {
  const { out } = await command("leases", "list", "-c", join(folder, "pybootd.ini"));
  const [, ...lines] = out.trim().split("\n");
  return lines.map((line) => line.split(/ {2,}/).slice(0, 4).join(" "));
}

const HOSTS = `
server-duid "\\000\\001";
host nas {
  dynamic;
  hardware ethernet 52:54:00:00:00:01;
  fixed-address 127.0.0.105;
  supersede host-name = "nas";
}
host far {
  dynamic;
  hardware ethernet 52:54:00:00:00:02;
  fixed-address 10.99.0.5;
}
host beside {
  dynamic;
  hardware ethernet 52:54:00:00:00:03;
  fixed-address 127.0.0.20;
}
lease 127.0.0.105 {
  ends never;
  cltt 6 2026/11/21 15:41:41;
  hardware ethernet 52:54:00:00:00:09;
}
lease 127.0.0.106 {
  ends never;
  cltt 6 2026/11/21 15:41:41;
  hardware ethernet 52:54:00:00:00:06;
}
`;

await t.test("hosts of OMAPI keep their addresses, and are listed as lines to paste", async (t) => {
  const folder = configure(t);
  const { code, out, err } = await importText(folder, HOSTS);
  t.equal(err, "");
  t.equal(code, 0);
  t.strictSame(out.split("\n"), [
    `${join(folder, "dhcpd.leases")} (ISC dhcpd), 2 leases: 2 taken, 0 skipped`,
    "  10.99.0.5 (52:54:00:00:00:02): it is in no network that is served",
    "  127.0.0.20 (52:54:00:00:00:03): it is in no pool, and reserved for nobody",
    "  127.0.0.105 (52:54:00:00:00:01): 52:54:00:00:00:09 has it here",
    "not taken, since nothing of the kind is kept here: 1 × server-duid, 2 × cltt",
    "3 reservations of its hosts; to keep them whatever becomes of the leases, add to the configuration:",
    "[static_dhcp]",
    "; 52:54:00:00:00:02 = 10.99.0.5",
    "52:54:00:00:00:03 = 127.0.0.20",
    "52:54:00:00:00:01 = 127.0.0.105 nas",
    "",
  ]);
  t.strictSame(await keptIn(folder), [
    "127.0.0.105 52:54:00:00:00:09 bound never",
    "127.0.0.106 52:54:00:00:00:06 bound never",
  ]);

  const lines = out.slice(out.indexOf("[static_dhcp]"));
  const pasted = `[bootpd]\npool_start = 127.0.0.100\n${lines}[daemon]\nstate_dir = state\n`;
  writeFileSync(join(folder, "pybootd.ini"), pasted);
  t.match(await command("-p", "--check", "-c", join(folder, "pybootd.ini")), { code: 0 }, "the lines can be pasted");
});

/** A host of dhcpd, and a lease of it. */
const host = (name: string, mac: string, address: string): string =>
  `host ${name} {\n  dynamic;\n  hardware ethernet ${mac};\n  fixed-address ${address};\n}\n`;
const leaseOf = (mac: string, address: string, ends: string): string =>
  `lease ${address} {\n  starts epoch 1795274630;\n  ends ${ends};\n  binding state active;\n  hardware ethernet ${mac};\n}\n`;

await t.test(
  "a running lease goes before a host of the same file, and a host before a lease that is over",
  async (t) => {
    const folder = configure(t);
    const one = "52:54:00:00:00:01";
    const two = "52:54:00:00:00:02";
    const three = "52:54:00:00:00:03";
    const four = "52:54:00:00:00:04";
    const over = "epoch 1000000000";
    const text = [
      host("moved", one, "127.0.0.105"),
      leaseOf(one, "127.0.0.110", "never"),
      host("same", two, "127.0.0.106"),
      leaseOf(two, "127.0.0.106", "never"),
      host("late", three, "127.0.0.107"),
      leaseOf(four, "127.0.0.107", over),
    ].join("");
    const { out } = await importText(folder, text);
    t.match(out, `  127.0.0.105 (${one}): its machine has 127.0.0.110 here\n`);
    t.match(out, `  127.0.0.107 (${four}): ${three} has it here\n`);
    t.strictSame(await keptIn(folder), [
      `127.0.0.106 ${two} bound never`,
      `127.0.0.107 ${three} bound never`,
      `127.0.0.110 ${one} bound never`,
    ]);
  },
);

await t.test(
  "hosts with one address are one machine with several cards, and all their lines can be pasted",
  async (t) => {
    const folder = configure(t);
    const [cable, radio] = ["52:54:00:00:00:01", "52:54:00:00:00:02"];
    const { out } = await importText(folder, host("cable", cable, "127.0.0.105") + host("radio", radio, "127.0.0.105"));
    t.match(out, `  127.0.0.105 (${radio}): ${cable} has it here\n`);
    t.strictSame(await keptIn(folder), [`127.0.0.105 ${cable} bound never`]);

    const lines = out.slice(out.indexOf("[static_dhcp]"));
    t.match(lines, `${cable} = 127.0.0.105\n${radio} = 127.0.0.105\n`);
    const file = join(folder, "pybootd.ini");
    writeFileSync(file, `[bootpd]\npool_start = 127.0.0.100\n${lines}[daemon]\nstate_dir = state\n`);
    const { code, out: checked } = await command("-p", "--check", "-c", file);
    t.equal(code, 0);
    t.match(checked, /^DHCP: 127\.0\.0\.105 is the address of one machine with several cards: /m);
    t.match(JSON.parse((await command("leases", "list", "--json", "-c", file)).out), [{ starts: null, ends: null }]);
  },
);

await t.test("programs are told the same", async (t) => {
  const { out } = await importText(configure(t), HOSTS, "--json");
  t.match(JSON.parse(out), {
    read: 2,
    taken: 2,
    skipped: [],
    reservations: [
      { key: "52:54:00:00:00:01", address: "127.0.0.105", host_name: "nas", reason: "52:54:00:00:00:09 has it here" },
      { key: "52:54:00:00:00:02", reason: "it is in no network that is served" },
      { address: "127.0.0.20", host_name: null },
    ],
    left_out: { "server-duid": 1, cltt: 2 },
  });
});

await t.test("of a file with a quoted text that does not end nothing is imported", async (t) => {
  const folder = configure(t);
  const { code, out, err } = await importText(folder, `server-duid "a;\n${HOSTS}`);
  t.equal(code, 1);
  t.equal(out, "");
  const file = join(folder, "dhcpd.leases");
  t.equal(
    err,
    `${file}:1: expected a quoted text that ends on its line, got "a;"\npybootd: nothing was imported: ${file} is damaged\n`,
  );
  t.match(await command("leases", "list", "-c", join(folder, "pybootd.ini")), { code: 1, err: /no lease database/ });
});
