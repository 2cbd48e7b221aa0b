/** The time before a packet is sent again: slow firmware needs a long one, some loaders a short one. */

import t from "tap";
import { emptyDirectory, type ClientFacts, type ClientDirectory } from "../../lib/machine/directory.js";
import { MemorySource } from "../support/memory-source.js";
import { SETTINGS, TftpBench, type TftpClient } from "../support/tftp-bench.js";
import { mac } from "../support/values.js";

const FILE = Buffer.alloc(200_000, 7);
const NAMES = ["file", "pxelinux.cfg/default", "boot/grub/x86_64-efi/command.lst", "ldlinux.c32", "pxelinux.0"];
const source = (): MemorySource => new MemorySource(Object.fromEntries(NAMES.map((name) => [name, FILE])));

const MACHINE: ClientFacts = {
  mac: mac("52:54:00:00:00:01"),
  uuid: undefined,
  file: undefined,
  architecture: 0,
};
const IPXE: ClientFacts = { ...MACHINE, isIpxe: true };
const UEFI: ClientFacts = { ...MACHINE, architecture: 7 };
const knowing = (facts: ClientFacts): ClientDirectory => ({ ...emptyDirectory, find: () => facts });

/** The gaps before each of the first copies of a packet, in milliseconds, to a client that has answered at once so far. */
async function gaps(client: TftpClient, acknowledged: number, count = 4): Promise<readonly number[]> {
  for (let block = 0; block <= acknowledged; block++) await client.ack(block);
  const waits: number[] = [];
  for (let wait = 0; wait < 60_000 && waits.length < count; wait += 5) {
    if ((await client.wait(5)).length === 0) continue;
    waits.push(wait + 5);
    wait = -5;
  }
  return waits;
}

interface Asking {
  readonly name?: string;
  readonly options?: Readonly<Record<string, string | number>>;
  readonly directory?: ClientDirectory;
  readonly timeout?: number;
}

/** The gaps where one client has asked for a file, and acknowledged what came. */
async function gapsOf({
  name = "file",
  options = {},
  directory = emptyDirectory,
  timeout,
}: Asking): Promise<readonly number[]> {
  const set =
    timeout === undefined ? {} : { timeoutIsLeast: true, limits: { ...SETTINGS.limits, timeoutSeconds: timeout } };
  const bench = await TftpBench.start(source(), set, directory);
  const client = bench.client();
  await client.request(name, options);
  return gaps(client, Number(options["windowsize"] ?? 1) * 2);
}

const DOUBLED = (first: number): readonly number[] => [first, 2 * first, 4 * first, 8 * first];
const IPXE_OPTIONS = { blksize: 1432, tsize: 0 };
const PXELINUX_OPTIONS = { tsize: 0, blksize: 1408 };
const GRUB_OPTIONS = { blksize: 1024, tsize: 0 };

await t.test("C14 a timeout that the operator set is the least wait, whoever asks", async (t) => {
  for (const asking of [
    {},
    { options: { blksize: 1024, windowsize: 4 } },
    { name: "pxelinux.cfg/default", options: PXELINUX_OPTIONS },
    { options: IPXE_OPTIONS, directory: knowing(IPXE) },
    { directory: knowing({ ...MACHINE, leastWait: 0.02 }) },
  ]) {
    t.strictSame(await gapsOf({ ...asking, timeout: 5 }), DOUBLED(5000), JSON.stringify(asking));
  }
});

await t.test("C14 a timeout that the client negotiated is the least wait, whoever asks", async (t) => {
  t.strictSame(await gapsOf({ options: { timeout: 3 } }), DOUBLED(3000));
  t.strictSame(await gapsOf({ options: { timeout: 3 }, timeout: 5 }), DOUBLED(3000), "the client knows best");
  t.strictSame(
    await gapsOf({ options: { timeout: 3 }, directory: knowing({ ...MACHINE, leastWait: 0.02 }) }),
    DOUBLED(3000),
  );
});

await t.test("C14 of who is not known no copy is sent before 200 ms, with windows neither", async (t) => {
  t.strictSame(await gapsOf({}), DOUBLED(200));
  t.strictSame(await gapsOf({ options: { windowsize: 8 } }), DOUBLED(200));
  t.strictSame(await gapsOf({ options: { tsize: 0, blksize: 1024 } }), DOUBLED(200), "as the Raspberry Pi 4 asks");
});

await t.test("C14 firmware that takes a copy for the next block gets none before the whole timeout", async (t) => {
  const directory = knowing({ ...MACHINE, leastWait: "timeout" });
  for (const asking of [
    {},
    { options: PXELINUX_OPTIONS, name: "pxelinux.cfg/default" },
    { options: { windowsize: 4 } },
  ]) {
    t.strictSame(await gapsOf({ ...asking, directory }), DOUBLED(2000), JSON.stringify(asking));
  }
});

await t.test("C14 a profile says how long; with windows it is at least 100 ms", async (t) => {
  const directory = knowing({ ...MACHINE, leastWait: 0.05 });
  t.strictSame(await gapsOf({ directory }), DOUBLED(50));
  t.strictSame(await gapsOf({ directory, options: { windowsize: 4 } }), DOUBLED(100));
});

await t.test("C14 loaders that drop copies are sent what they lost after 20 ms", async (t) => {
  t.strictSame(await gapsOf({ options: IPXE_OPTIONS, directory: knowing(IPXE) }), DOUBLED(20));
  t.strictSame(await gapsOf({ name: "pxelinux.cfg/default", options: PXELINUX_OPTIONS }), DOUBLED(20));
  t.strictSame(
    await gapsOf({ name: "ldlinux.c32", options: PXELINUX_OPTIONS, directory: knowing(MACHINE) }),
    DOUBLED(20),
  );
  t.strictSame(await gapsOf({ name: "boot/grub/x86_64-efi/command.lst", options: GRUB_OPTIONS }), DOUBLED(20));
  const edk2 = { blksize: 1468, windowsize: 4 };
  t.strictSame(await gapsOf({ options: edk2, directory: knowing(UEFI) }), DOUBLED(100), "a window, by UEFI");
});

await t.test("C14 who asks as a loader does, and may be another client, is not taken for it", async (t) => {
  t.strictSame(await gapsOf({ options: IPXE_OPTIONS }), DOUBLED(200), "not known by DHCP");
  t.strictSame(await gapsOf({ options: IPXE_OPTIONS, directory: knowing(MACHINE) }), DOUBLED(200), "not iPXE by DHCP");
  t.strictSame(await gapsOf({ directory: knowing(IPXE) }), DOUBLED(200), "what iPXE has booted asks");
  t.strictSame(await gapsOf({ options: PXELINUX_OPTIONS }), DOUBLED(200), "no file of PXELINUX's");
  t.strictSame(
    await gapsOf({ name: "pxelinux.0", options: PXELINUX_OPTIONS }),
    DOUBLED(200),
    "the loader is not itself",
  );
  t.strictSame(await gapsOf({ name: "pxelinux.cfg/default" }), DOUBLED(200), "other options");
  t.strictSame(await gapsOf({ options: { blksize: 1468, windowsize: 4 }, directory: knowing(MACHINE) }), DOUBLED(200));
});

await t.test("C14 a loader is known until something else asks from its address", async (t) => {
  let facts = MACHINE;
  const bench = await TftpBench.start(source(), {}, { ...emptyDirectory, find: () => facts });
  let port = 2000;
  const next = async (
    name: string,
    options: Readonly<Record<string, string | number>>,
    address?: string,
  ): Promise<number> => {
    const client = bench.client(port++, address);
    await client.request(name, options);
    const [first = NaN] = await gaps(client, 2, 1);
    return first;
  };
  t.equal(await next("pxelinux.cfg/default", PXELINUX_OPTIONS), 20);
  t.equal(await next("file", PXELINUX_OPTIONS), 20, "its kernel");
  t.equal(await next("file", PXELINUX_OPTIONS, "192.168.7.10"), 200, "another address");
  t.equal(await next("file", { tsize: 0 }), 200, "firmware again");
  t.equal(await next("file", PXELINUX_OPTIONS), 200, "which may ask as PXELINUX does");
  await next("pxelinux.cfg/default", PXELINUX_OPTIONS);
  facts = { ...MACHINE, mac: mac("52:54:00:00:00:02") };
  t.equal(await next("file", PXELINUX_OPTIONS), 200, "another machine has the address");
});

await t.test(
  "C14 C12 the last block before the numbers begin anew is not copied before the whole timeout",
  async (t) => {
    const bench = await TftpBench.start(new MemorySource({ file: Buffer.alloc(8 * 65_600) }), {}, knowing(IPXE));
    const client = bench.client();
    await client.request("file", { blksize: 8 });
    for (let block = 0; block <= 65_533; block++) await client.ack(block);
    t.strictSame(await gaps(client, -1, 1), [200], "block 65534");
    await client.ack(65_534);
    t.strictSame(await gaps(client, -1, 2), [2000, 4000], "block 65535");
    await client.ack(65_535);
    t.match(await client.ack(0), [{ kind: "data", block: 1 }]);
    t.strictSame(await gaps(client, -1, 1), [200], "and after it as before");
  },
);
