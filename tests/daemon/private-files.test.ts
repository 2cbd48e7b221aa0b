/** Which files below a root are nobody's boot files, and what is said of them. */

import { chmodSync, linkSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { rootWarnings } from "../../lib/daemon/root-warnings.js";
import type { Config } from "../../lib/settings/load.js";
import { openSystem } from "../../lib/os/system.js";
import { command } from "../support/command.js";
import { interfaceWith, loadFile } from "../support/configuration.js";
import { said, startDaemon } from "../support/daemon.js";
import { getRaw } from "../support/http-raw.js";
import { freePort } from "../support/ports.js";
import { TftpSocket } from "../support/tftp-socket.js";

const SECRET = "hunter2";

interface Serving {
  readonly folder: string;
  readonly lines: readonly string[];
  /** The configuration read again, with more lines. */
  readonly reload: (more: string) => Promise<void>;
  /** What a name is by HTTP and TFTP alike: its octets, `refused` or `not found`. */
  readonly get: (name: string) => Promise<string>;
}

/** A folder that holds a configuration, what it names, and boot files beside them. */
function makeFolder(t: Test, ini: string): string {
  return t.testdir({
    "pybootd.ini": `; ${SECRET}
[logger]
file = ./pybootd.log
[daemon]
state_dir = ./state
pid_file = ./pybootd.pid
[hosts]
file = ./hosts.yaml
[cache]
disk = ./kept
${ini}`,
    "pybootd.ini~": SECRET,
    ".hosts.yaml.swp": SECRET,
    "hosts.yaml.dpkg-old": SECRET,
    "hosts.yaml": `# ${SECRET}\n{}\n`,
    "hosts.yaml2": "a boot file",
    "pybootd.log": SECRET,
    "pybootd.log.1": SECRET,
    "pybootd.pid": SECRET,
    "closed.key": SECRET,
    "ks.cfg": "for all machines",
    "pxelinux.0": "a boot loader",
    machines: { "127.0.0.1.cfg": "for this machine" },
    state: { leases: { "data.mdb": SECRET }, once: { mac: SECRET }, boot: "of the operator" },
    kept: { "a.data": SECRET, "a.json": `{"url":"http://a/","size":7,"data":"a.data"}`, readme: "of the operator" },
  });
}

async function serve(t: Test, roots: readonly [tftp: string, http: string], more = ""): Promise<Serving> {
  const [tftpPort, httpPort] = [await freePort(), await freePort()];
  const ini = `[tftpd]\nport = ${tftpPort}\n${roots[0]}\n[httpd]\nport = ${httpPort}\n${roots[1]}\n${more}`;
  const folder = makeFolder(t, ini);
  for (const name of ["closed.key", "ks.cfg", "machines/127.0.0.1.cfg"]) chmodSync(join(folder, name), 0o640);
  const file = join(folder, "pybootd.ini");
  const load = (): Config => {
    const services = { dhcp: false, tftp: true, http: true };
    return loadFile(file, { services, interfaces: [interfaceWith("lo", "127.0.0.1/8")] });
  };
  const { daemon, lines } = await startDaemon(t, load(), await openSystem());
  const client = await TftpSocket.open(t, tftpPort);
  const byTftp = async (name: string): Promise<string> => {
    try {
      return String(await client.fetch(name, 512, 1));
    } catch (error) {
      return String(error).includes('"code":2') ? "refused" : "not found";
    }
  };
  const byHttp = async (name: string): Promise<string> => {
    const { status, body } = await getRaw(httpPort, `/${name.split("/").map(encodeURIComponent).join("/")}`);
    return status === 200 ? body : status === 403 ? "refused" : "not found";
  };
  return {
    folder,
    lines,
    reload: async (further) => {
      writeFileSync(file, `[daemon]\nstate_dir = ./state\n${ini}\n${further}`);
      await daemon.reload(load());
    },
    get: async (name) => {
      const [tftp, http] = [await byTftp(name), await byHttp(name)];
      return tftp === http ? tftp : `${tftp} by TFTP, ${http} by HTTP`;
    },
  };
}

await t.test("the configuration, what it names and what the daemon keeps are served by no name", async (t) => {
  const { folder, lines, get } = await serve(t, ["", ""]);
  const own = [
    ...["pybootd.ini", "hosts.yaml", "pybootd.log", "pybootd.pid"],
    ...["pybootd.ini~", ".hosts.yaml.swp", "hosts.yaml.dpkg-old", "pybootd.log.1"],
    ...["state/leases/data.mdb", "state/once/mac", "kept/a.data", "kept/a.json"],
    ...["PYBOOTD.INI", "./state/../pybootd.ini", "\\Hosts.yaml"],
  ];
  symlinkSync("hosts.yaml", join(folder, "linked"));
  symlinkSync("state", join(folder, "folder"));
  linkSync(join(folder, "hosts.yaml"), join(folder, "hard"));
  for (const name of [...own, "linked", "folder/once/mac", "hard"]) t.equal(await get(name), "refused", name);
  for (const [name, octets] of [
    ["pxelinux.0", "a boot loader"],
    ["hosts.yaml2", "a boot file"],
    ["state/boot", "of the operator"],
    ["kept/readme", "of the operator"],
  ] as const) {
    t.equal(await get(name), octets);
  }
  t.match(
    lines.filter((line) => line.includes("/hard is")),
    [/hard is not served: it is \[hosts\] file$/, /hard is not served: it is \[hosts\] file$/],
  );
});

await t.test("what an editor puts in the place of a file is that file, whatever else had a link to it", async (t) => {
  const { folder, get } = await serve(t, ["root = ./machines", "root = ./machines"]);
  writeFileSync(join(folder, "new"), `# ${SECRET} and more\n{}\n`);
  renameSync(join(folder, "new"), join(folder, "hosts.yaml"));
  linkSync(join(folder, "hosts.yaml"), join(folder, "machines/hard"));
  t.equal(await get("hard"), "refused");
});

await t.test("a file is served until a configuration names it, and from then on no more", async (t) => {
  const { get, reload, folder } = await serve(t, ["root = .", "root = ."]);
  writeFileSync(join(folder, "others.yaml"), "{}");
  t.equal(await get("others.yaml"), "{}");
  await reload("[hosts]\nfile = ./others.yaml");
  t.equal(await get("others.yaml"), "refused");
  t.equal(await get("pxelinux.0"), "a boot loader");
});

await t.test("a file whose mode keeps others out is served where a filter names it, or its machine", async (t) => {
  const filters = [
    ...["kickstart = ./ks.cfg", "own.cfg = ./machines/{ip}.cfg", "any/* = ./{filename}", "all = ./hosts.yaml"],
    ...["through = [./name]"],
  ];
  const { folder, lines, get } = await serve(t, ["root = .", "root = ."], `[filters]\n${filters.join("\n")}`);
  // The warnings of roots come when the folders are read.
  await said(lines, /\[filters\] all/);
  t.equal(await get("closed.key"), "refused");
  t.equal(await get("ks.cfg"), "refused");
  t.match(lines.at(-1), /ks\.cfg is not served: its mode 0640 keeps others out \(chmod o\+r lets them in\)$/);
  t.equal(await get("kickstart"), "for all machines");
  t.equal(await get("own.cfg"), "for this machine");
  t.equal(await get("all"), "refused", "but the configuration's own files are not");
  writeFileSync(join(folder, "name"), "ks.cfg");
  t.equal(await get("through"), "refused", "what stands in a file is not the operator's word");
  chmodSync(join(folder, "ks.cfg"), 0o644);
  t.equal(await get("ks.cfg"), "for all machines");
  chmodSync(join(folder, "ks.cfg"), 0o600);
  t.equal(await get("ks.cfg"), "refused", "a mode counts from when it is set");
});

await t.test("the log and --check tell what is in a root and is not served", async (t) => {
  const { folder, lines, reload } = await serve(t, ["", "root = ./machines"], "[filters]\nall = ./hosts.yaml");
  await said(lines, /\[filters\] all/);
  const warned = (): readonly string[] =>
    lines.filter((line) => line.startsWith("warning: ")).map((line) => line.replaceAll(folder, "FOLDER").slice(9));
  const [unset, own, closed, machines, filter, ...more] = warned().filter((line) => /\] root|\[filters\]/.test(line));
  t.match(unset, "[tftpd] root is not set: what else is in the configuration's folder FOLDER is served");
  t.match(
    own,
    "[tftpd] root: in FOLDER are files that are nobody's boot files, and are not served: .hosts.yaml.swp ([hosts] file), hosts.yaml ([hosts] file), ",
  );
  t.match(own, / and \d+ more; keep them elsewhere$/);
  t.match(
    closed,
    "[tftpd] root: in FOLDER are files whose mode keeps others out, and which are not served: closed.key, ks.cfg, machines/127.0.0.1.cfg; chmod o+r",
  );
  t.match(machines, "[httpd] root: in FOLDER/machines are files whose mode keeps others out");
  t.match(filter, "[filters] all: FOLDER/hosts.yaml is [hosts] file, which is not served");
  t.strictSame(more, []);

  const { out } = await command("-t", "-H", "-c", join(folder, "pybootd.ini"), "--check");
  const told = out.split("\n").filter((line) => line.startsWith("warning: "));
  for (const line of [unset, closed, machines, filter]) {
    t.ok(told.includes(`warning: ${line ?? ""}`.replaceAll("FOLDER", folder)), line ?? "a line");
  }

  const before = lines.length;
  await reload("[bootpd]\n");
  await said(lines, /root is not set/, before);
});

await t.test("a root of boot files alone is nothing to warn of", async (t) => {
  const folder = makeFolder(t, "[tftpd]\nroot = ./boot\n[filters]\nkickstart = ./ks.cfg");
  mkdirSync(join(folder, "boot"));
  writeFileSync(join(folder, "boot/pybootd.ini"), "of the same name");
  t.strictSame(
    await rootWarnings(loadFile(join(folder, "pybootd.ini"), { services: { dhcp: false, tftp: true, http: false } })),
    [],
  );
});
