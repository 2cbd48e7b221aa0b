import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { complaintsOf, loadFile, loadText } from "../support/configuration.js";
import { ip } from "../support/values.js";

const POOL = "[bootpd]\npool_start = 192.168.1.100\n";

await t.test("tells everything that is wrong with a file at once, in the order of its lines", (t) => {
  const text = [
    "[logger]",
    "level = loud",
    "[bootpd]",
    "pool_strat = 192.168.1.100",
    "set_gateway",
    "lease_time = 5 weeks",
    "[filters]",
    "* = {serial}",
    "[https]",
    "[tftpd]",
    "port = 69",
    "port = 70",
    "address = 192.168.1.77",
  ].join("\n");
  t.strictSame(complaintsOf(t, text), [
    'FILE:2 [logger] level: expected one of critical, error, warning, info, debug, got "loud"',
    'FILE:4 [bootpd] pool_strat: expected a known option, got "pool_strat" (did you mean pool_start?)',
    'FILE:5 [bootpd]: expected `option = value`, got "set_gateway"',
    'FILE:6 [bootpd] lease_time: expected a time such as 90, 90s, 15m, 12h or 7d, at least 1 s, or infinite, got "5 weeks"',
    "FILE:8 [filters] *: expected no other variables than {filename}, {file}, {mac}, {ip}, {uuid}, {arch}, got {serial}",
    "FILE:9 [https]: expected a known section, got [https] (did you mean [http]?)",
    "FILE:12 [tftpd] port: expected each option once in a section, got the first is at line 11",
    "FILE:13 [tftpd] address: expected 0.0.0.0 or an address of this host, got 192.168.1.77 (it has 127.0.0.1 (lo), 192.168.1.1 (eth0), 10.20.0.1 (eth1))",
  ]);
  t.end();
});

await t.test("a pool is not asked for where a mistake in [bootpd] may be the reason that it lacks", (t) => {
  t.strictSame(complaintsOf(t, "[bootpd]\npool_strat = 192.168.1.100"), [
    'FILE:2 [bootpd] pool_strat: expected a known option, got "pool_strat" (did you mean pool_start?)',
  ]);
  t.match(complaintsOf(t, "[bootpd]\n[logger]\nlevel = loud"), [
    /^FILE:3 \[logger\] level/,
    /^FILE \[bootpd\] pool_start: expected the first address to give, got nothing/,
  ]);
  t.end();
});

await t.test("a file that cannot be read is told of with the system's reason", (t) => {
  const folder = t.testdir({});
  t.throws(() => loadFile(join(folder, "missing.ini")), {
    name: "ConfigError",
    message: /missing\.ini: expected a configuration file that can be read, got ENOENT: no such file/,
  });
  t.throws(() => loadFile(folder), { name: "ConfigError", message: /got EISDIR/ });
  t.end();
});

await t.test("relative paths begin at the folder of the file", (t) => {
  const { file, settings } = loadText(t, `${POOL}[tftpd]\nroot = images\n[httpd]\nroot = ./web`);
  const folder = t.testdirName;
  t.equal(file, join(folder, "pybootd.ini"), "and its own path becomes absolute");
  t.strictSame(settings.tftpd.root, { kind: "folder", path: join(folder, "images") });
  t.strictSame(settings.httpd.root, { kind: "folder", path: join(folder, "web") });
  t.end();
});

await t.test("HTTP runs where the command line or the file asks for it", (t) => {
  const asked = { dhcp: true, tftp: true, http: true };
  t.equal(loadText(t, POOL).services.http, false);
  t.equal(loadText(t, POOL, { services: asked }).services.http, true);
  t.equal(loadText(t, `${POOL}[httpd]\nenable = yes`).services.http, true);
  t.equal(loadText(t, `${POOL}[httpd]\nenable = no`, { services: asked }).services.http, true);
  t.end();
});

await t.test("what is said beside the file counts instead of what it says", (t) => {
  const instead = { bootpd: { pool_start: ip("10.20.0.50") } };
  t.equal(loadText(t, "", { instead }).network?.pool.start, ip("10.20.0.50"));
  t.equal(loadText(t, POOL, { instead }).network?.pool.start, ip("10.20.0.50"));
  t.end();
});

await t.test("a root below a folder that this user may not enter is not called missing, and stops nothing", (t) => {
  const folder = t.testdir({ closed: { images: {} } });
  const file = join(folder, "pybootd.ini");
  writeFileSync(file, `${POOL}[tftpd]\nroot = ./closed/images\n[ipxe]\nscript = ./closed/images/script.ipxe\n`);
  chmodSync(join(folder, "closed"), 0o000);
  const user = process.geteuid?.();
  // Root may enter any folder. Where others may not reach the test's own folder, there is nothing to see as another.
  if (user === 0) process.seteuid?.(65534);
  try {
    if (user !== 0 || canRead(file)) t.strictSame(loadFile(file).warnings, []);
  } finally {
    if (user === 0) process.seteuid?.(0);
    chmodSync(join(folder, "closed"), 0o755);
  }
  t.end();
});

await t.test("warns of what [ipxe] names and is not there", (t) => {
  const folder = t.testdir({ "there.ipxe": "#!ipxe\n", programs: {} });
  const file = join(folder, "pybootd.ini");
  const warned = (lines: string): readonly string[] => {
    writeFileSync(file, `${POOL}[tftpd]\nroot = .\n[ipxe]\n${lines}`);
    return loadFile(file).warnings;
  };
  t.strictSame(warned("script = there.ipxe\nbinary_dir = programs\n"), []);
  t.strictSame(warned("script = chain http://192.168.1.1/\nbinary_dir = there.ipxe\n"), [
    `[ipxe] script: there is no file ${join(folder, "chain http:/192.168.1.1")}; machines without a script of their own get none`,
    `[ipxe] binary_dir: there is no folder ${join(folder, "there.ipxe")}; no program of iPXE can be served`,
  ]);
  t.end();
});

await t.test("warns of a root that is no folder, for the services that run", (t) => {
  const text = `${POOL}[tftpd]\nroot = ./images\n[httpd]\nroot = ./web`;
  const services = { dhcp: true, tftp: true, http: true };
  const missing = (section: string, name: string): string =>
    `[${section}] root: there is no folder ${join(t.testdirName, name)}; every request will be answered "not found"`;
  const file = join(t.testdir({ "pybootd.ini": text }), "pybootd.ini");
  t.strictSame(loadFile(file, { services }).warnings, [missing("tftpd", "images"), missing("httpd", "web")]);
  t.strictSame(loadFile(file).warnings, [missing("tftpd", "images")], "HTTP is off");
  t.strictSame(loadFile(file, { services: { ...services, tftp: false } }).warnings, [missing("httpd", "web")]);
  writeFileSync(join(t.testdirName, "images"), "a file");
  t.strictSame(loadFile(file).warnings, [missing("tftpd", "images")], "a file is no folder");
  writeFileSync(file, `${POOL}[tftpd]\nroot = http://127.0.0.1:1/\n[httpd]\nroot = http://127.0.0.1:1/`);
  t.strictSame(loadFile(file, { services }).warnings, [], "a URL is not looked up");
  t.end();
});

/** Whether the effective user may read a file; access(2) goes by the real one, which is still root. */
function canRead(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch {
    return false;
  }
}
