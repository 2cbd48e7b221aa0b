/**
 * A network of its own for one test: hosts are network namespaces, cables are veth pairs, and no packet leaves the
 * machine. Whatever ends the test (close, an exception, SIGINT, a timeout's SIGTERM), the namespaces and every
 * process in them go; what a SIGKILL left behind, the next Lab.open() removes.
 */

import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Host, mustRun } from "./host.js";
import { labEnvironment } from "./process.js";

export { Host, type CommandResult } from "./host.js";
export { LabProcess } from "./process.js";
export { missingTools, skipReason } from "./tools.js";

/** Namespaces are named lab-pybootd-PID-NUMBER-HOST, folders lab-pybootd-PID-RANDOM, PID being the test's: so two runs never meet. */
export const PREFIX = "lab-pybootd-";

let labs = 0;
const openLabs = new Set<Lab>();

/** Kills every process of a namespace and deletes it; synchronous, so that it also works while the process exits. */
function removeNamespace(namespace: string): void {
  const env = labEnvironment();
  const listed = spawnSync("ip", ["netns", "pids", namespace], { env, encoding: "utf8" });
  for (const pid of listed.stdout.split("\n").filter((line) => line !== "")) {
    try {
      process.kill(Number(pid), "SIGKILL");
    } catch {
      // It ended between the listing and now.
    }
  }
  spawnSync("ip", ["netns", "delete", namespace], { env });
}

/** Whether a namespace or a folder of this name was made by a test process that is no more. */
export function isStale(name: string): boolean {
  const pid = name.startsWith(PREFIX) ? Number.parseInt(name.slice(PREFIX.length), 10) : Number.NaN;
  return !Number.isNaN(pid) && !existsSync(`/proc/${pid}`);
}

/** Removes what test processes that are no more left behind. */
async function sweep(): Promise<void> {
  const listed = await mustRun("ip", ["netns", "list"]);
  const namespaces = listed.split("\n").map((line) => line.split(" ", 1)[0] ?? "");
  for (const namespace of namespaces.filter(isStale)) removeNamespace(namespace);
  for (const folder of readdirSync(tmpdir()).filter(isStale)) {
    rmSync(join(tmpdir(), folder), { recursive: true, force: true });
  }
}

function removeAll(): void {
  for (const lab of openLabs) lab.remove();
}

let guarded = false;

/** Makes signals exit the process, which removes all open labs; called for the first lab. */
function guardExit(): void {
  if (guarded) return;
  guarded = true;
  process.once("exit", removeAll);
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
    ["SIGALRM", 142], // tap's, when a test takes too long
  ] as const) {
    process.once(signal, () => {
      process.exit(code);
    });
  }
}

export class Lab {
  readonly #number = ++labs;
  readonly #hosts: Host[] = [];
  readonly #removals: (() => void)[] = [];

  private constructor(
    /** A folder for the lab's files, removed with it. */
    readonly directory: string,
  ) {}

  /** A new lab without hosts. Throws where namespaces cannot be listed (no iproute2). */
  static async open(): Promise<Lab> {
    await sweep();
    const lab = new Lab(mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`)));
    // Daemons that are started as root read there as somebody else.
    chmodSync(lab.directory, 0o755);
    openLabs.add(lab);
    guardExit();
    return lab;
  }

  /** A new host: a fresh namespace with nothing but its loopback interface, which is up. */
  async host(name: string): Promise<Host> {
    const namespace = `${PREFIX}${process.pid}-${this.#number}-${name}`;
    const host = new Host(name, namespace);
    this.#hosts.push(host);
    await mustRun("ip", ["netns", "add", namespace]);
    await mustRun("ip", ["-n", namespace, "link", "set", "lo", "up"]);
    return host;
  }

  /**
   * A cable between two hosts, both ends up, and with the given address ("10.77.0.1/24") where there is one.
   * Interfaces are named eth0, eth1, … on each host, in the order they were linked.
   */
  async link(
    a: Host,
    addressA: string | undefined,
    b: Host,
    addressB: string | undefined,
  ): Promise<{ interfaceA: string; interfaceB: string }> {
    const interfaceA = a.nextInterface();
    const interfaceB = b.nextInterface();
    const peer = ["type", "veth", "peer", "name", interfaceB, "netns", b.namespace];
    await mustRun("ip", ["-n", a.namespace, "link", "add", interfaceA, ...peer]);
    await raise(a, interfaceA, addressA);
    await raise(b, interfaceB, addressB);
    return { interfaceA, interfaceB };
  }

  /** Has something removed with the lab when all its processes are killed; synchronous, as {@link remove}. */
  onRemoved(remove: () => void): void {
    this.#removals.push(remove);
  }

  /** Ends every process of the lab (politely, then not), and removes its namespaces and its folder. */
  async close(): Promise<void> {
    for (const host of this.#hosts) await host.stopAll();
    this.remove();
  }

  /** Removes the lab at once with SIGKILL; for a process that is exiting. */
  remove(): void {
    for (const host of this.#hosts.splice(0)) removeNamespace(host.namespace);
    for (const remove of this.#removals.splice(0)) remove();
    rmSync(this.directory, { recursive: true, force: true });
    openLabs.delete(this);
  }
}

async function raise(host: Host, name: string, address: string | undefined): Promise<void> {
  if (address !== undefined) await mustRun("ip", ["-n", host.namespace, "address", "add", address, "dev", name]);
  await mustRun("ip", ["-n", host.namespace, "link", "set", name, "up"]);
}
