/** `[cache] disk`: whenever the daemon is killed, what it kept is one whole version of the file, or none. */

import { createHash } from "node:crypto";
import { createReadStream, readdirSync, statSync, watch } from "node:fs";
import { mkdir, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import t, { type Test } from "tap";
import { countedOctets } from "../support/files.js";
import { Daemon } from "./support/daemon.js";
import { Lab, skipReason, type Host, type LabProcess } from "./support/lab.js";
import { Mirror } from "./support/mirror.js";

const FILE = "initrd.gz";
const SIZE = 6_000_000;
const MEBIBYTE = 1024 * 1024;
const SERVER = "10.77.0.1";

const INI = `[bootpd]
pool_start = 10.77.0.100

[tftpd]
root = http://10.78.0.2/

[cache]
disk = ./kept
`;

/** The names in the folder of kept copies, with the octets of each. */
type Listing = readonly (readonly [name: string, size: number])[];

const isPart = ([name]: Listing[number]): boolean => name.endsWith(".part");

/** The moments at which the daemon is killed: the first at which the folder is so while a version of `size` octets comes. */
const moments: readonly (readonly [title: string, reached: (kept: Listing, size: number) => boolean])[] = [
  ["a part file was begun", (kept) => kept.some(isPart)],
  ["1 MiB was written", (kept) => largestPart(kept) >= MEBIBYTE],
  ["3 MiB were written", (kept) => largestPart(kept) >= 3 * MEBIBYTE],
  ["the last octets are missing", (kept, size) => largestPart(kept) >= size - MEBIBYTE / 2],
  ["all was written", (kept, size) => largestPart(kept) === size || hasData(kept, size)],
  ["the data has its name", (kept, size) => hasData(kept, size)],
  ["the index is being written", (kept, size) => largestPart(kept) === size && kept.filter(isPart).length > 1],
  ["the former version goes", (kept, size) => isKept(kept, size)],
];

function largestPart(kept: Listing): number {
  return Math.max(0, ...kept.filter(isPart).map(([, size]) => size));
}

function hasData(kept: Listing, size: number): boolean {
  return kept.some((entry) => entry[0].endsWith(".data") && entry[1] === size);
}

/** Whether a version is there and nothing else: its data and its index. */
function isKept(kept: Listing, size: number): boolean {
  return kept.length === 2 && hasData(kept, size) && kept.some(([name]) => name.endsWith(".json"));
}

/** One version of the file: each has a size and octets of its own. */
function versionOf(number: number): Buffer {
  return countedOctets(SIZE + 4 * number).reverse();
}

const hashOf = (octets: Buffer): string => createHash("sha256").update(octets).digest("hex");

/** mirror 10.78.0.2 (nginx) ── 10.78.0.1 server 10.77.0.1 ── client, and what of them comes and goes. */
class Net {
  #fetched = 0;
  #mirror: Mirror | undefined;
  #daemon: Daemon | undefined;

  private constructor(
    readonly lab: Lab,
    readonly server: Host,
    readonly mirrorHost: Host,
    readonly client: Host,
  ) {}

  static async open(test: Test): Promise<Net> {
    const lab = await Lab.open();
    test.teardown(() => lab.close());
    const [server, mirror, client] = [await lab.host("server"), await lab.host("mirror"), await lab.host("client")];
    await lab.link(server, `${SERVER}/24`, client, "10.77.0.2/24");
    await lab.link(server, "10.78.0.1/24", mirror, "10.78.0.2/24");
    await mkdir(join(lab.directory, "files"));
    return new Net(lab, server, mirror, client);
  }

  get daemon(): Daemon {
    if (this.#daemon === undefined) throw new Error("the test has started no daemon");
    return this.#daemon;
  }

  async publish(number: number): Promise<void> {
    const path = join(this.lab.directory, "files", FILE);
    await writeFile(path, versionOf(number));
    // nginx makes ETag and Last-Modified of the time in seconds.
    await utimes(path, 1_700_000_000 + number, 1_700_000_000 + number);
  }

  async startMirror(): Promise<void> {
    this.#mirror ??= await Mirror.start(this.lab, this.mirrorHost, join(this.lab.directory, "files"));
  }

  async stopMirror(): Promise<void> {
    await this.#mirror?.stop();
    this.#mirror = undefined;
  }

  async startDaemon(): Promise<void> {
    this.#daemon = await Daemon.start(this.lab, this.server, INI);
  }

  /** Ends the daemon with SIGKILL. */
  async kill(): Promise<void> {
    this.daemon.signal("SIGKILL");
    await this.daemon.stop();
  }

  /** A client that fetches the file, until it has it. */
  startClient(local: string): LabProcess {
    const options = ["--option", "blksize 1428", "--option", "windowsize 16"];
    return this.client.start("atftp", [...options, "-g", "-r", FILE, "-l", local, SERVER]);
  }

  /** Fetches the file. @returns its SHA-256, or undefined where the daemon refuses */
  async fetch(): Promise<string | undefined> {
    const local = join(this.lab.directory, `fetched-${++this.#fetched}`);
    const from = this.daemon.log.length;
    const client = this.startClient(local);
    // Once the daemon is done with the client it asks the mirror anew for the next one.
    const [, end] = await this.daemon.explaining(this.daemon.waitFor(/(sent|refused) "initrd\.gz"/, 30, from));
    await client.ended;
    if (end === "refused") return undefined;
    const hash = createHash("sha256");
    await pipeline(createReadStream(local), hash);
    await rm(local);
    return hash.digest("hex");
  }

  kept(): Listing {
    const folder = join(Daemon.folder(this.lab, this.server), "kept");
    return readdirSync(folder).flatMap((name) => {
      const status = statSync(join(folder, name), { throwIfNoEntry: false });
      return status === undefined ? [] : [[name, status.size] as const];
    });
  }

  /** Resolves when the folder of kept copies is so; throws after 30 s. */
  keptIs(reached: (kept: Listing) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        watcher.close();
      };
      const look = (): void => {
        if (!reached(this.kept())) return;
        end();
        resolve();
      };
      const watcher = watch(join(Daemon.folder(this.lab, this.server), "kept"), look);
      const timer = setTimeout(() => {
        end();
        reject(new Error(`30 s passed, and this was kept:\n${JSON.stringify(this.kept())}\n${this.daemon.log}`));
      }, 30_000);
      look();
    });
  }
}

t.setTimeout(180_000);

const tools = ["ip", "nginx", "atftp"];
await t.test("kept copies", { skip: skipReason({ root: true, tools }) ?? false }, async (t) => {
  const net = await Net.open(t);
  await net.startDaemon();

  for (const [index, [title, reached]] of moments.entries()) {
    await t.test(`killed when ${title}`, async (t) => {
      const { length: size } = versionOf(index);
      await net.publish(index);
      await net.startMirror();
      const client = net.startClient(join(net.lab.directory, "cut-short"));
      await net.keptIs((kept) => reached(kept, size));
      await net.kill();
      await client.stop("SIGKILL");
      t.comment(
        `left: ${net
          .kept()
          .map(([name, octets]) => `${name.slice(-21)} (${octets})`)
          .join(", ")}`,
      );

      await net.stopMirror();
      await net.startDaemon();
      const kept = net.kept();
      t.ok(kept.length === 0 || isKept(kept, size) || isKept(kept, versionOf(index - 1).length), "no remains");
      const former = index === 0 ? undefined : hashOf(versionOf(index - 1));
      const whole = [former, hashOf(versionOf(index))];
      t.ok(whole.includes(await net.fetch()), "without the mirror: the former version or the new one, whole");

      await net.startMirror();
      t.equal(await net.fetch(), hashOf(versionOf(index)), "with the mirror: the new version");
      await net.keptIs((kept) => isKept(kept, size));
    });
  }

  await t.test("killed with a copy kept, it serves that without the mirror", async (t) => {
    await net.stopMirror();
    await net.kill();
    await net.startDaemon();
    t.equal(await net.fetch(), hashOf(versionOf(moments.length - 1)));
    t.match(net.daemon.log, /sent "initrd\.gz" from http:\/\/10\.78\.0\.2\/initrd\.gz \(kept copy, since /);
  });

  await t.test("a copy that the mirror has still is not fetched again", async (t) => {
    await net.startMirror();
    t.equal(await net.fetch(), hashOf(versionOf(moments.length - 1)));
    t.match(net.daemon.log, /sent "initrd\.gz" from http:\/\/10\.78\.0\.2\/initrd\.gz \(kept copy\)/);
  });

  await t.test("a copy that the mirror has changed is fetched again, and takes the place of the former", async (t) => {
    await net.publish(moments.length);
    t.equal(await net.fetch(), hashOf(versionOf(moments.length)));
    await net.keptIs((kept) => isKept(kept, versionOf(moments.length).length));
  });
  t.equal(await net.daemon.stop(), 0);
});
