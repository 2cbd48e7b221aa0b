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
