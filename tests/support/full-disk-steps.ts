/**
 * On a small file system of its own, tries all that is kept on disk with 0 KiB free, with 4 KiB, and so on, and says in a
 * line of JSON what became of each. A process of its own: what a full disk kills is this one.
 *
 * Its arguments: a folder that is the root of the file system, and the most KiB to leave free.
 */

import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DiskCache } from "../../lib/files/disk-cache.js";
import { OneShotFolder } from "../../lib/boot/one-shots.js";
import { LmdbStore } from "../../lib/leases/store/lmdb-store.js";
import { FileTransport } from "../../lib/observe/log-file.js";
import { asError } from "../../lib/common/error.js";
import { toIpv4 } from "../../lib/net/ipv4.js";
import { writePidFile } from "../../lib/os/pid-file.js";
import { DiskFiller } from "./disk-filler.js";
import { mac, macNumber } from "./values.js";

/** A step, as a line of stdout has it: what was said of each thing, nothing where all went well. */
export interface Step {
  /** In KiB. */
  readonly free: number;
  readonly said: Readonly<Record<string, readonly string[]>>;
}

const STEP = 4;
const KILLED_EVERY = 32;
const MACHINE = mac("52:54:00:00:00:01");
const MANY = 500;

const [, , root = "", most = "512"] = process.argv;
const filler = new DiskFiller(join(root, "filler"));
const state = join(root, "state");
const leases = join(state, "leases");
/** A database without a spare octet. */
const former = join(root, "former.mdb");

/** Keeps one lease after the other. @returns what was said, and how many are kept */
async function keep(store: LmdbStore, count: number): Promise<{ said: string[]; kept: number }> {
  const said = new Set<string>();
  let kept = 0;
  for (let index = 0; index < count; index++) {
    const lease = { key: macNumber(index), mac: MACHINE, state: "bound", starts: 0, ends: 1 } as const;
    await store.put({ ...lease, address: toIpv4(0x0a000001 + index) }).then(
      () => (kept += 1),
      (error: unknown) => said.add(asError(error).message),
    );
  }
  return { said: [...said], kept };
}

/** Opens the database of leases on a full disk, keeps three, and looks what is there when there is room again. */
async function tryLeases(free: number, before: number): Promise<readonly string[]> {
  const said: string[] = [];
  let kept = 0;
  filler.leave(free);
  try {
    const { store, damaged } = await LmdbStore.open(leases);
    if (damaged !== undefined) said.push(`damaged: ${damaged}`);
    const outcome = await keep(store, 3);
    said.push(...outcome.said);
    kept = outcome.kept;
    await store.close();
  } catch (error) {
    said.push(asError(error).message);
  }
  filler.empty();
  const { store, damaged } = await LmdbStore.open(leases);
  if (damaged !== undefined) said.push(`damaged at the next start: ${damaged}`);
  const count = [...store.load()].length;
  if (count !== Math.max(before, kept)) said.push(`${count} leases instead of ${Math.max(before, kept)}`);
  await store.close();
  return said;
}

async function makeFormer(): Promise<void> {
  const { store } = await LmdbStore.open(leases);
  await keep(store, MANY);
  await store.close();
  const octets = readFileSync(join(leases, "data.mdb"));
  const used = Math.ceil((octets.findLastIndex((octet) => octet !== 0) + 1) / 4096) * 4096;
  copyFileSync(join(leases, "data.mdb"), former);
  truncateSync(former, used);
}

function saying(act: () => unknown): readonly string[] {
  try {
    act();
    return [];
  } catch (error) {
    return [asError(error).message];
  }
}

async function tryCache(free: number): Promise<readonly string[]> {
  const said: string[] = [];
  // One for each step: what a cache has under way is not to meet the next one's.
  const folder = join(root, `cache-${free}`);
  try {
    const disk = await DiskCache.open(folder, 1e9, (error) => said.push(error.message));
    const url = new URL("http://mirror.lab/initrd.gz");
    const keeper = disk.keep({ url, size: 30_000, validators: { etag: '"1"', modified: undefined } });
    for (const index of [0, 1, 2]) keeper?.take(index, Buffer.alloc(10_000, 1));
    while (said.length === 0 && (await disk.find(url)) === undefined) await new Promise(setImmediate);
    const parts = readdirSync(folder).filter((name) => name.endsWith(".part"));
    if (said.length > 0 && parts.length > 0) said.push(`${parts.join()} is left`);
  } catch (error) {
    said.push(asError(error).message);
  }
  return said;
}

async function tryLog(): Promise<readonly string[]> {
  const said: string[] = [];
  const log = new FileTransport(join(state, "pybootd.log"), (error) => said.push(error.message));
  for (let line = 0; line < 20; line++) log.log({ [Symbol.for("message")]: "x".repeat(500) }, () => undefined);
  await new Promise<void>((resolve) => log.end(resolve));
  return said;
}

async function step(free: number): Promise<Step> {
  const said: Record<string, readonly string[]> = {};
  said["a new lease database"] = await tryLeases(free, 0);
  rmSync(state, { recursive: true });
  mkdirSync(leases, { recursive: true });
  copyFileSync(former, join(leases, "data.mdb"));
  // Sometimes as kill -9 leaves it: another process looks through it then, which takes a while.
  if (free % KILLED_EVERY !== 0) writeFileSync(join(leases, "closed"), "");
  said["a lease database of before"] = await tryLeases(free, MANY);
  rmSync(leases, { recursive: true });
  const others: Readonly<Record<string, () => readonly string[] | Promise<readonly string[]>>> = {
    "the pid file": () => saying(() => writePidFile(join(state, "run", "pybootd.pid"))),
    "a one-shot boot": () => saying(() => new OneShotFolder(join(state, "once")).finish(MACHINE, "lease")),
    "the disk cache": () => tryCache(free),
    "the log": tryLog,
  };
  for (const [name, attempt] of Object.entries(others)) {
    filler.leave(free);
    said[name] = [...(await attempt())];
    filler.empty();
    rmSync(state, { recursive: true });
    mkdirSync(state);
  }
  rmSync(state, { recursive: true });
  rmSync(join(root, `cache-${free - STEP}`), { recursive: true, force: true });
  return { free, said };
}

await makeFormer();
rmSync(state, { recursive: true });
for (let free = 0; free <= Number(most); free += STEP) process.stdout.write(`${JSON.stringify(await step(free))}\n`);
