/** A file of machines that is edited while it is followed, as an operator and the machines see it. */

import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { ConfigError } from "../../../lib/config/problem.js";
import { EventBus, type Event } from "../../../lib/events/event.js";
import { FileHosts } from "../../../lib/inventory/file/file-hosts.js";
import { lineOf } from "../../../lib/observe/log-lines.js";
import { formatIpv4 } from "../../../lib/net/ipv4.js";
import { systemClock } from "../../../lib/common/clock.js";
import { ManualClock } from "../../support/manual-clock.js";
import { macNumber } from "../../support/values.js";

const MACHINE = macNumber(1);
const record = (address: string): string => `${MACHINE}:\n  ipAddress: ${address}\n`;

class Bench {
  readonly #lines: string[] = [];
  #heard: () => void = () => undefined;

  private constructor(
    readonly hosts: FileHosts,
    bus: EventBus,
  ) {
    bus.subscribe((event: Event) => {
      const { level, message } = lineOf(event);
      this.#lines.push(`${level}: ${message}`);
      this.#heard();
    });
  }

  static async open(t: Test, path: string, clock = systemClock): Promise<Bench> {
    const bus = new EventBus();
    const bench = new Bench(await FileHosts.open(path, bus, clock), bus);
    bench.hosts.start();
    bench.#lines.splice(0);
    t.teardown(() => {
      bench.hosts.close();
    });
    return bench;
  }

  /** The next line of the log. */
  async line(): Promise<string> {
    if (this.#lines.length === 0) await new Promise<void>((resolve) => (this.#heard = resolve));
    return this.#lines.shift() ?? "";
  }

  get address(): string | undefined {
    const address = this.hosts.find({ mac: MACHINE, clientId: undefined })?.address;
    return address === undefined ? undefined : formatIpv4(address);
  }
}

await t.test("edits count while the file is followed, however they are made; bad ones do not", async (t) => {
  const path = join(t.testdir(), "hosts.yaml");
  writeFileSync(path, record("10.0.0.1"));
  const bench = await Bench.open(t, path);
  let changes = 0;
  bench.hosts.onChange(() => {
    changes += 1;
    return [];
  });
  t.equal(bench.address, "10.0.0.1");

  writeFileSync(path, record("10.0.0.2"));
  t.equal(await bench.line(), `info: ${path}: 1 machine: 0 new, 1 changed, 0 gone`);
  t.equal(bench.address, "10.0.0.2", "written into");

  writeFileSync(`${path}.new`, `# moved\n${record("10.0.0.3")}${macNumber(2)}: {}\n`);
  renameSync(`${path}.new`, path);
  t.equal(await bench.line(), `info: ${path}: 2 machines: 1 new, 1 changed, 0 gone`);
  t.equal(bench.address, "10.0.0.3", "another in its place");
  t.match(
    bench.hosts
      .known()
      .map(({ host }) => host)
      .filter(({ address }) => address !== undefined),
    [{ origins: [{ source: path, line: 2 }] }],
  );

  writeFileSync(path, `${record("10.0.0.4")}  hostnme: x\n${macNumber(2)}: {ipAddress: 3}\n`);
  const refusal = await bench.line();
  t.match(refusal, `error: ${path} was changed and cannot be used, so the 2 machines known before stay: `);
  t.match(
    refusal,
    `${path}:3 ${MACHINE} hostnme: expected a known field, got "hostnme" (did you mean hostname?); ${path}:4 `,
  );
  t.equal(bench.address, "10.0.0.3", "the old data stay");

  writeFileSync(path, "\n");
  t.match(await bench.line(), /2 machines known before stay: expected machines, got an empty file \(\{\} stands for/);
  t.equal(bench.address, "10.0.0.3", "it may be cut off");

  rmSync(path);
  t.match(await bench.line(), /stay: ENOENT/);
  t.equal(bench.address, "10.0.0.3");

  writeFileSync(path, "{}");
  t.equal(await bench.line(), `info: ${path}: 0 machines: 0 new, 0 changed, 2 gone`);
  t.equal(bench.address, undefined);
  t.equal(changes, 3);
});

await t.test("links are followed: as Kubernetes mounts a configuration, and into another folder", async (t) => {
  const folder = t.testdir({ "..first": { "hosts.yaml": record("10.0.0.1") }, elsewhere: {} });
  symlinkSync("..first", join(folder, "..data"));
  symlinkSync("..data/hosts.yaml", join(folder, "hosts.yaml"));
  const bench = await Bench.open(t, join(folder, "hosts.yaml"));
  t.equal(bench.address, "10.0.0.1");

  mkdirSync(join(folder, "..second"));
  writeFileSync(join(folder, "..second", "hosts.yaml"), record("10.0.0.2"));
  symlinkSync("..second", join(folder, "..data_tmp"));
  renameSync(join(folder, "..data_tmp"), join(folder, "..data"));
  await bench.line();
  t.equal(bench.address, "10.0.0.2", "the folder is another");

  const elsewhere = join(folder, "elsewhere", "hosts.yaml");
  writeFileSync(elsewhere, record("10.0.0.3"));
  symlinkSync(elsewhere, join(folder, "link"));
  renameSync(join(folder, "link"), join(folder, "hosts.yaml"));
  await bench.line();
  t.equal(bench.address, "10.0.0.3", "the link is another");

  writeFileSync(elsewhere, record("10.0.0.4"));
  await bench.line();
  t.equal(bench.address, "10.0.0.4", "its target is edited");
});

await t.test("what is still being written is not read; without a sign of a change the file is looked at", async (t) => {
  const path = join(t.testdir(), "hosts.yaml");
  writeFileSync(path, record("10.0.0.1"));
  const clock = new ManualClock();
  const bench = await Bench.open(t, path, clock);
  for (let turn = 0; turn < 50; turn++) {
    // Ever more is written, never twice the same.
    writeFileSync(path, record("10.0.0.2") + "#".repeat(turn));
    clock.advance(100);
    await new Promise(setImmediate);
  }
  t.equal(bench.address, "10.0.0.1", "while it grows");
  while (bench.address === "10.0.0.1") {
    await new Promise(setImmediate);
    clock.advance(1000);
  }
  t.match(await bench.line(), /1 changed/);
});

await t.test("a long file is read aside", async (t) => {
  const path = join(t.testdir(), "hosts.yaml");
  const machines = Array.from({ length: 3000 }, (_, index) => `${macNumber(index)}: {hostname: n${index}}\n`);
  writeFileSync(path, machines.join(""));
  const bench = await Bench.open(t, path);
  t.equal(bench.hosts.size, 3000);
  t.match(bench.hosts.find({ mac: macNumber(2999), clientId: undefined }), { hostName: "n2999" });
  writeFileSync(path, `${machines.join("")}wrong: {}\n`);
  t.match(await bench.line(), `${path}:3001: expected a MAC address`);
});

await t.test("a file that cannot be used is told before anything is served", async (t) => {
  const folder = t.testdir({ "hosts.yaml": "52:54:00:00:00:01: {ipAddress: x, hostname: a_b}\n", folder: {} });
  const complaint = async (name: string): Promise<readonly string[]> => {
    const error: unknown = await FileHosts.open(join(folder, name), new EventBus(), systemClock).catch(
      (e: unknown) => e,
    );
    if (!(error instanceof ConfigError)) throw new Error("it was opened");
    return error.message.replaceAll(folder, "").split("\n");
  };
  t.match(await complaint("hosts.yaml"), [/^\/hosts\.yaml:1 .*ipAddress: /, /^\/hosts\.yaml:1 .*hostname: /]);
  t.match(await complaint("missing.yaml"), [/^\/missing\.yaml: expected a file of machines .* got ENOENT/]);
  t.match(await complaint("folder"), [/is not a file$/]);
});
