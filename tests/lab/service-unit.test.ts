/** etc/pybootd.service: what it allows is all that the daemon takes, and what is said of it is true. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { ClientLab } from "./support/client-lab.js";
import { Daemon } from "./support/daemon.js";
import { mustRun } from "./support/host.js";
import { skipReason } from "./support/lab.js";

const PACKAGE = fileURLToPath(new URL("../../..", import.meta.url));
const UNIT = join(PACKAGE, "etc/pybootd.service");

const needs = (...tools: string[]): { skip: string | false } => ({
  skip: skipReason({ root: true, tools: ["systemd-analyze", ...tools] }) ?? false,
});

t.setTimeout(120_000);

/** The values of a setting of the unit, of all its lines. */
function valuesOf(setting: string): readonly string[] {
  const lines = readFileSync(UNIT, "utf8").matchAll(new RegExp(`^${setting}=(.*)$`, "gm"));
  return [...lines].flatMap((match) => (match[1] ?? "").split(" "));
}

/** The system calls of a set such as @system-service, those of the sets in it too. */
async function callsOf(set: string): Promise<readonly string[]> {
  const listed = await mustRun("systemd-analyze", ["syscall-filter", "--no-pager", set]);
  const names = listed
    .split("\n")
    .slice(1)
    .map((line) => line.trim())
    .filter((name) => name !== "" && !name.startsWith("#"));
  const calls = await Promise.all(
    names.map((name) => (name.startsWith("@") ? callsOf(name) : Promise.resolve([name]))),
  );
  return calls.flat();
}

/** The calls that the unit allows. */
async function allowedCalls(): Promise<readonly string[]> {
  const allowed = new Set<string>();
  let forbids = false;
  for (const value of valuesOf("SystemCallFilter")) {
    if (value.startsWith("~")) forbids = true;
    const name = value.replace("~", "");
    for (const call of name.startsWith("@") ? await callsOf(name) : [name]) {
      if (forbids) allowed.delete(call);
      else allowed.add(call);
    }
  }
  return [...allowed];
}

await t.test("systemd takes the unit as it is", needs(), async (t) => {
  t.equal(await mustRun("systemd-analyze", ["verify", "--man=no", UNIT]), "");
});

await t.test("docs/operations.md has the figure of systemd-analyze security", needs(), async (t) => {
  const said = await mustRun("systemd-analyze", ["security", "--offline=true", "--no-pager", UNIT]);
  const [, figure] = /Overall exposure level for pybootd\.service: (\S+ \w+)/.exec(said) ?? [];
  const manual = readFileSync(join(PACKAGE, "docs/operations.md"), "utf8").replaceAll(/\s+/g, " ");
  t.equal(/exposure level[^0-9]*([0-9.]+ \w+)/.exec(manual)?.[1], figure);
});

const tools = ["ip", "setpriv", "mount", "unshare", "strace", "udhcpc", "curl"];
await t.test("what it allows is enough: users, capabilities, /proc, system calls", needs(...tools), async (t) => {
  const names = valuesOf("CapabilityBoundingSet").map((name) => `+${name.replace("CAP_", "").toLowerCase()}`);
  t.strictSame(names, ["+net_bind_service", "+net_raw"]);
  t.strictSame(valuesOf("AmbientCapabilities"), valuesOf("CapabilityBoundingSet"));
  const two = names.join();
  const user = ["--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs"];
  const capabilities = [`--inh-caps=-all,${two}`, `--ambient-caps=-all,${two}`, `--bounding-set=-all,${two}`];
  const hidden = `hidepid=${valuesOf("ProtectProc").join()},subset=${valuesOf("ProcSubset").join()}`;
  const prepared = ["mkdir -p state", "chown 65534 . state", `mount -t proc -o ${hidden} proc /proc`, 'exec "$@"'];
  const others = `trace=!${(await allowedCalls()).map((name) => `?${name}`).join()}`;
  const trace = ["strace", "--daemonize", "-f", "-qqq", "-e", others, "-e", "signal=none", "-o", "calls"];
  const wrapper = ["unshare", "--mount", "sh", "-c", prepared.join(" && "), "sh", "setpriv", ...user, ...capabilities];
  const net = await ClientLab.open({ "boot.0": "what boots" }, undefined, [...wrapper, ...trace]);
  t.teardown(() => net.lab.close());
  t.match(net.daemon.log, /runs as uid 65534, gid 65534; capabilities: CAP_NET_BIND_SERVICE and CAP_NET_RAW\n/);
  t.notMatch(net.daemon.log, /warning|error|answered by broadcast/);

  const host = await net.client("client", "10.77.0.9/24");
  const args = ["-i", "eth0", "-f", "-n", "-q", "-t", "5", "-T", "2", "-s", "/bin/true"];
  t.match(await net.daemon.explaining(host.run("udhcpc", args)), { code: 0 });
  const from = net.daemon.log.length;
  net.daemon.signal("SIGHUP");
  await net.daemon.waitFor(/reloaded: configuration/, 20, from);
  t.match(await net.daemon.explaining(host.run("udhcpc", args)), { code: 0 });
  t.equal(await net.daemon.stop(), 0);
  const calls = readFileSync(join(Daemon.folder(net.lab, net.server), "calls"), "utf8");
  t.strictSame(
    calls.split("\n").filter((line) => line !== ""),
    [],
  );
});
