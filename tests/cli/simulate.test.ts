/** `pybootd simulate`, as people call it. */

import { join } from "node:path";
import t from "tap";
import { readSimulateRequest } from "../../lib/cli/simulate-request.js";
import { command } from "../support/command.js";

await t.test("a machine is what the words say, and an ordinary PC where they say nothing", (t) => {
  const machine = (...words: string[]): unknown => {
    const request = readSimulateRequest(words);
    return request === "help" ? request : request.machine;
  };
  t.match(machine(), { mac: "02:00:00:00:00:01", architecture: 0, firmware: "bios", stage: "rom", via: undefined });
  t.match(machine("--mac", "5254.0061.a170"), {
    mac: "52:54:00:61:a1:70",
    uuid: "00000000-0000-0000-0000-52540061a170",
  });
  t.match(machine("--firmware", "uefi"), { architecture: 7, firmware: "uefi" });
  t.match(machine("--firmware", "http"), { architecture: 16, firmware: "http" });
  t.match(machine("--arch", "arm64"), { architecture: 11, firmware: "uefi" });
  t.match(machine("--arch", "arm64", "--firmware", "http"), { architecture: 19, firmware: "http" });
  t.match(machine("--arch", "x64 UEFI HTTP"), { architecture: 16, firmware: "http" });
  t.match(machine("--arch", "00007"), { architecture: 7, firmware: "uefi" });
  t.match(machine("--arch", "bios", "--stage", "ipxe"), { architecture: 0, stage: "ipxe" });
  t.end();
});

await t.test("prints what the machine would get by a file, on the interfaces of this host", async (t) => {
  const ini = "[bootpd]\npool_start = 127.0.0.100\nallow_simple_dhcp = yes\n[bootfile]\ndefault = boot.0\n";
  const folder = t.testdir({
    "pybootd.ini": `${ini}[tftpd]\nroot = .\n[daemon]\nstate_dir = state\n`,
    "boot.0": "boot",
  });
  const { code, out, err } = await command("simulate", "-c", join(folder, "pybootd.ini"), "--mac", "52-54-00-61-a1-70");
  t.equal(err, "");
  t.equal(code, 0);
  t.match(out, /^52:54:00:61:a1:70, architecture 0 \(x86 BIOS\), by /);
  t.match(out, /\n {2}boots {5}boot\.0, by TFTP from 127\.0\.0\.1: .*\/boot\.0, 4 octets\n/);
});

await t.test("--json: each value with what sets it, and whether the machine would boot", async (t) => {
  const ini = "[bootpd]\npool_start = 127.0.0.100\nallow_simple_dhcp = yes\n[bootfile]\ndefault = boot.0\n";
  const files = { "pybootd.ini": `${ini}[tftpd]\nroot = .\n[daemon]\nstate_dir = state\n`, "boot.0": "boot" };
  const file = join(t.testdir(files), "pybootd.ini");
  const { code, out } = await command("simulate", "-c", file, "--mac", "52-54-00-61-a1-70", "--json");
  t.equal(code, 0);
  t.equal(out.trimEnd().split("\n").length, 1);
  const origin = {
    kind: "setting",
    text: "pybootd.ini:5 [bootfile] default",
    section: "bootfile",
    option: "default",
    places: [{ source: file, line: 5 }],
  };
  const told = JSON.parse(out) as { readonly stages: readonly [{ readonly offer: { readonly answer: object } }] };
  t.match(told, { machine: { mac: "52:54:00:61:a1:70", via: null }, config: file, boots: true, reason: null });
  const [{ offer }] = told.stages;
  t.match(offer, { asks: "DHCPDISCOVER", known: null, answer: { type: "DHCPOFFER", port: 68 } });
  const { values } = offer.answer as {
    readonly values: readonly { readonly code: number | null; readonly name: string }[];
  };
  t.strictSame(
    values.find(({ code: each }) => each === 67),
    { code: 67, name: "boot-file-name", value: "boot.0", origin },
  );
  t.match(told.stages, [{ boot: { kind: "file", file: { target: "boot.0", outcome: "served", size: 4 } } }]);
});

await t.test("--json: why a machine would not boot", async (t) => {
  const ini = "[bootpd]\npool_start = 127.0.0.100\nallow_simple_dhcp = yes\n[bootfile]\ndefault = boot.0\n";
  const folder = t.testdir({ "pybootd.ini": `${ini}[tftpd]\nroot = .\n[daemon]\nstate_dir = state\n` });
  const { code, out } = await command("simulate", "-c", join(folder, "pybootd.ini"), "--json");
  t.equal(code, 0);
  t.match(JSON.parse(out), { boots: false, reason: `there is no ${join(folder, "boot.0")}` });
});

await t.test("wrong words are told what there is", async (t) => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["--mac me", /--mac: expected a MAC address, got "me"/],
    ["--uuid me", /--uuid: expected a UUID, got "me"/],
    ["--arch pdp11", /--arch: expected a number of option 93, or a name such as bios, .*, got "pdp11"/],
    ["--stage late", /--stage: expected rom, ipxe, os, got "late"/],
    ["--firmware coreboot", /--firmware: expected bios, uefi, http, got "coreboot"/],
    ["--via here", /--via: expected the IPv4 address of a relay agent, got "here"/],
    ["--frob", /--frob/],
    ["--interface eth0", /--interface is for --wire/],
    ["--wire --via 10.0.0.1", /--via is for machines that are not on the wire/],
    ["--wire --json", /--json is for what is found out without --wire/],
    ["--wire -c x.ini", /--wire asks the servers that run/],
  ];
  for (const [words, message] of cases) {
    const { code, err } = await command("simulate", ...words.split(" "));
    t.equal(code, 2, words);
    t.match(err, message);
    t.match(err, /Try pybootd simulate --help\.\n$/);
  }
  t.match(await command("simulate", "--help"), { code: 0, out: /usage: pybootd simulate/ });
});
