import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import type { Config } from "../../lib/settings/load.js";
import { parseMacPattern, parseUuidPattern } from "../../lib/net/bit-pattern.js";
import { HOST, interfaceWith, loadFile } from "../support/configuration.js";
import { fixturePath } from "../support/pcap.js";
import { ip, mac } from "../support/values.js";

const interfaces = [...HOST, interfaceWith("eth2", "192.168.26.1/24")];

/** Loads a sample from a folder that has the `images` it speaks of. */
function loadSample(t: Test, name: string): Config {
  const folder = t.testdir({});
  mkdirSync(join(folder, "images"));
  copyFileSync(fixturePath(`pybootd-samples/${name}`), join(folder, name));
  return loadFile(join(folder, name), { interfaces, services: { dhcp: true, tftp: true, http: true } });
}

await t.test("a file with all that PyBootd knew loads unchanged", (t) => {
  const { settings, network, warnings } = loadSample(t, "pybootd.ini");
  const images = join(t.testdirName, "images");
  t.strictSame(warnings, []);
  t.match(network, { interfaceName: "eth2", serverAddress: ip("192.168.26.1") });
  t.strictSame(network?.pool, { start: ip("192.168.26.100"), count: 5 });
  t.match(settings.bootpd, {
    access: "mac",
    address: ip("0.0.0.0"),
    allow_simple_dhcp: true,
    dns: [ip("8.8.8.8")],
    domain: "localdomain",
    lease_time: 86400,
    servername: "debug",
    set_gateway: true,
  });
  t.strictSame(
    settings.bootfile.map(({ key, value }) => [key, value]),
    [
      ["default", "pxelinux.0"],
      [0, "pxelinux.0"],
      [2, "ia32/bootia32.efi"],
      [6, "ia32/bootia32.efi"],
      [7, "amd64/bootnetx64.efi"],
      [8, "amd64/bootnetx64.efi"],
      [9, "amd64/bootnetx64.efi"],
    ],
  );
  t.match(settings.buggy_clients, [{ key: parseMacPattern("1C-69-7A/24"), value: true }]);
  t.match(settings.mac, [
    { key: parseMacPattern("00-1E-4F-C4-95-EE"), value: true },
    { key: parseMacPattern("00-1E-4F-C4-95-EF"), value: false },
    { key: parseMacPattern("C4-2C-03/24"), value: true },
  ]);
  t.match(settings.uuid, [{ key: parseUuidPattern("44454c4c-3200-1051-8052-b9c04f4b4e31"), value: true }]);
  t.match(settings.static_dhcp, [{ key: mac("00-1E-4F-C4-95-F0"), value: { address: ip("192.168.26.20") } }]);
  t.match(settings.http, { pxe: "boot", dhcp: "linux", always_check: false });
  t.equal(settings.http.location?.href, "http://127.0.0.1:13400/");
  t.strictSame(settings.tftpd.root, { kind: "folder", path: images });
  t.match(settings.httpd, { port: 8080, check_ip: true, root: { kind: "folder", path: images } });
  t.match(settings.filters, [
    { key: "egg.info", value: "[{filename}]" },
    { key: "pxelinux.cfg/*", value: "pybootd/etc/pxe.cfg" },
    { key: "startup", value: "[{filename}.info]" },
  ]);
  t.end();
});

await t.test("a file of PyBootd's first releases loads unchanged", (t) => {
  const { settings, network, warnings } = loadSample(t, "older.ini");
  t.strictSame(warnings, []);
  t.strictSame(network?.pool, { start: ip("192.168.26.100"), count: 10 });
  t.equal(settings.logger.level, "error");
  t.match(settings.bootpd, {
    boot_file: "pxelinux.0",
    servername: "debug",
    dns: [ip("8.8.8.8"), ip("8.8.4.4")],
    access: undefined,
  });
  t.match(settings.tftpd, { timeout: 5, blocksize: 512, root: { kind: "folder", path: t.testdirName } });
  t.end();
});

await t.test("the lines of PyBootd's manual for a Debian netinstall load unchanged", (t) => {
  const { settings, network, warnings } = loadSample(t, "debian-netinstall.ini");
  t.strictSame(warnings, []);
  t.equal(network?.interfaceName, "eth2");
  t.match(settings.bootfile, [{ key: "default", value: "pxelinux.0" }]);
  t.match(settings.tftpd.root, { kind: "url", url: { pathname: /\/images\/netboot\/$/ } });
  t.end();
});

await t.test("a file of PyBootd's years with Python 2 loads unchanged", (t) => {
  const { settings, network, warnings } = loadSample(t, "python2.ini");
  t.strictSame(warnings, [
    "[bootp] boot_file: it is there twice, at lines 12 and 17",
    "[bootpd] server_name: it is ignored, since servername at line 15 counts",
    "[bootpd] notify: it has no value, which is as if it were not there",
  ]);
  t.match(network, { serverAddress: ip("192.168.26.1"), pool: { start: ip("192.168.26.100"), count: 20 } });
  t.match(settings.logger, { type: "syslog", level: "debug" });
  t.match(settings.bootpd, {
    address: ip("192.168.26.1"),
    allow_simple_dhcp: true,
    boot_file: "pxelinux.0",
    servername: "boot",
    dns: [ip("8.8.8.8"), ip("8.8.4.4")],
    notify: undefined,
  });
  t.match(settings.uuid, [{ key: parseUuidPattern("44454c4c-3200-1051-8052-b9c04f4b4e31"), value: true }]);
  t.match(settings.tftpd, { timeout: 2.5, root: { kind: "folder", path: t.testdirName } });
  t.end();
});

await t.test("a file with lines of several releases is read as the latest reads it", (t) => {
  const { settings, network, warnings } = loadSample(t, "latest.ini");
  t.strictSame(warnings, [
    "[bootp]: it is ignored, since [bootpd] at line 14 counts",
    "[logger] file: it has no value, which is as if it were not there",
    "[bootpd] server_name: it is ignored, since servername at line 18 counts",
    ...["address", "gateway", "dns"].map(
      (option) => `[bootpd] ${option}: it has no value, which is as if it were not there`,
    ),
  ]);
  t.strictSame(network?.pool, { start: ip("192.168.26.100"), count: 5 });
  t.match(settings.logger, { level: "warning", file: undefined });
  t.match(settings.bootpd, {
    address: ip("0.0.0.0"),
    boot_file: undefined,
    servername: "localhost",
    gateway: undefined,
  });
  t.match(settings.mac, [
    { key: parseMacPattern("00-0A-86-A2-2F-3E"), value: true },
    { key: parseMacPattern("00-0A-86-A2-2F-3F"), value: false },
  ]);
  t.match(settings.uuid, [{ key: parseUuidPattern("12345678-abcd-ef00-1111-abcdefabcdef"), value: true }]);
  t.end();
});
