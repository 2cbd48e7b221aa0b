/** The TFTP clients that systems ship each fetch files, to the octet. */

import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import t, { type Test } from "tap";
import { ClientLab, SERVER } from "./support/client-lab.js";
import { skipReason, type Host } from "./support/lab.js";

/** Beyond 65535 blocks of 512 octets, where block numbers start again; not a whole number of blocks. */
const BIG = 40_000_001;

/** Around the edges of a block of 512 octets, and none at all. */
const SIZES = [0, 1, 511, 512, 513, 1024, 100_000] as const;

const nameOf = (size: number): string => `file-${size}.bin`;

interface Client {
  readonly title: string;
  readonly tool: string;
  readonly args: (remote: string, local: string) => readonly string[];
}

const clients: readonly Client[] = [
  {
    title: "tftp-hpa, no options",
    tool: "tftp",
    args: (remote, local) => ["-m", "binary", SERVER, "-c", "get", remote, local],
  },
  { title: "atftp, no options", tool: "atftp", args: (remote, local) => ["-g", "-r", remote, "-l", local, SERVER] },
  {
    title: "atftp, blksize 1428, windowsize 16",
    tool: "atftp",
    args: (remote, local) => {
      const options = ["--option", "blksize 1428", "--option", "windowsize 16", "--option", "tsize"];
      return [...options, "-g", "-r", remote, "-l", local, SERVER];
    },
  },
  {
    title: "busybox tftp, blksize 512",
    tool: "busybox",
    args: (remote, local) => ["tftp", "-b", "512", "-g", "-r", remote, "-l", local, SERVER],
  },
];

t.setTimeout(300_000);

let fetched = 0;

/** Fetches a file of `size` octets and compares it with what is served; the rate is told as a comment. */
async function fetchAndCompare(t: Test, net: ClientLab, host: Host, client: Client, size: number): Promise<void> {
  const local = join(net.lab.directory, `fetched-${++fetched}`);
  const begun = performance.now();
  await net.daemon.explaining(host.must(client.tool, client.args(nameOf(size), local), { timeoutSeconds: 120 }));
  const seconds = (performance.now() - begun) / 1000;
  const same = (await readFile(local)).equals(await readFile(join(net.folder, nameOf(size))));
  t.ok(same, `${size} octets, each as it was served`);
  if (size === BIG) t.comment(`${client.title}: ${(size / 1e6 / seconds).toFixed(1)} MB/s`);
}

const tools = ["ip", "tftp", "atftp", "busybox"];
await t.test("D16 TFTP clients", { skip: skipReason({ root: true, tools }) ?? false }, async (t) => {
  const sizes = [...SIZES, BIG];
  const net = await ClientLab.open(Object.fromEntries(sizes.map((size) => [nameOf(size), randomBytes(size)])));
  t.teardown(() => net.lab.close());
  const host = await net.client("client", "10.77.0.7/24");

  for (const client of clients) {
    await t.test(client.title, async (t) => {
      for (const size of sizes) await fetchAndCompare(t, net, host, client, size);
    });
  }

  await t.test("eight clients at once", async (t) => {
    const [client] = clients;
    if (client === undefined) return;
    const all = Array.from({ length: 8 }, () => fetchAndCompare(t, net, host, client, 100_000));
    await Promise.all(all);
  });

  await t.test("a file that is not there", async (t) => {
    const local = join(net.lab.directory, "absent");
    const args = ["-m", "binary", "-v", SERVER, "-c", "get", "absent.bin", local];
    const { stdout, stderr } = await host.run("tftp", args);
    t.match(stdout + stderr, /Error code 1/, "RFC 1350: file not found");
    t.ok(await net.daemon.waitFor(/absent\.bin/, 10), "the log tells the name");
  });

  await t.test("a file outside the folder", async (t) => {
    const local = join(net.lab.directory, "outside");
    const args = ["-m", "binary", "-v", SERVER, "-c", "get", "../pybootd.ini", local];
    const { stdout, stderr } = await host.run("tftp", args);
    t.match(stdout + stderr, /Error code [12]/);
  });
  t.equal(await net.daemon.stop(), 0, "the daemon ends with exit code 0");
});
