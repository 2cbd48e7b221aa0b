/** TFTP to clients whose way is narrower than the link of the address they ask: files arrive whole, in windows of any size. */

import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import t, { type Test } from "tap";
import { Daemon } from "./support/daemon.js";
import { Lab, skipReason, type Host } from "./support/lab.js";

const SERVER = "10.77.0.1";
const CLIENT_NETWORK = "10.88.0.0/24";

const INI = `[tftpd]
address = ${SERVER}
root = ./files
`;

const WINDOWS = [1, 2, 4, 8, 16, 64] as const;
const SIZE = 300_000;

/** The requested block size fits an MTU of 1500; the granted one fits 1400. */
const ASKED = 1468;
const GRANTED = 1368;

interface Net {
  readonly lab: Lab;
  readonly server: Host;
  readonly client: Host;
  readonly content: Buffer;
  readonly daemon: Daemon;
}

interface Way {
  /** MTUs of the cable between server and router, of that between router and client, and of the server's route. */
  readonly near: number;
  readonly far: number;
  readonly route: number | undefined;
  /** net.ipv4.ip_no_pmtu_disc of the server, set before it starts. */
  readonly noDiscovery?: number;
}

/** server - router - client; the address that is asked is on another interface of the server, whose MTU is 1500. */
async function openNet(t: Test, { near, far, route, noDiscovery = 0 }: Way): Promise<Net> {
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const [server, router] = [await lab.host("server"), await lab.host("router")];
  const [client, other] = [await lab.host("client"), await lab.host("other")];
  await lab.link(server, `${SERVER}/24`, other, "10.77.0.2/24");
  const inner = await lab.link(server, "10.66.0.1/24", router, "10.66.0.254/24");
  const outer = await lab.link(router, "10.88.0.254/24", client, "10.88.0.7/24");
  await server.must("ip", ["link", "set", inner.interfaceA, "mtu", `${near}`]);
  await router.must("ip", ["link", "set", inner.interfaceB, "mtu", `${near}`]);
  await router.must("ip", ["link", "set", outer.interfaceA, "mtu", `${far}`]);
  await router.must("sysctl", ["-q", "-w", "net.ipv4.ip_forward=1"]);
  await router.must("ip", ["route", "add", "10.77.0.0/24", "via", "10.66.0.1"]);
  const metric = route === undefined ? [] : ["mtu", `${route}`];
  await server.must("ip", ["route", "add", CLIENT_NETWORK, "via", "10.66.0.254", ...metric]);
  await client.must("ip", ["route", "add", "default", "via", "10.88.0.254"]);
  await server.must("sysctl", ["-q", "-w", `net.ipv4.ip_no_pmtu_disc=${noDiscovery}`]);
  const content = randomBytes(SIZE);
  const folder = join(Daemon.folder(lab, server), "files");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "file"), content);
  return { lab, server, client, content, daemon: await Daemon.start(lab, server, INI, {}, ["-t"]) };
}

/** Fetches the file, compares it, and returns what was granted. */
async function fetch(t: Test, { lab, client, content, daemon }: Net, window: number): Promise<number> {
  const local = join(lab.directory, "fetched");
  const options = ["--option", `blksize ${ASKED}`, "--option", `windowsize ${window}`];
  const args = ["--trace", ...options, "-g", "-r", "file", "-l", local, SERVER];
  const { stdout, stderr } = await daemon.explaining(client.run("atftp", args, { timeoutSeconds: 60 }));
  const said = stdout + stderr;
  t.ok((await readFile(local)).equals(content), `windowsize ${window}: each octet as it was served`);
  return Number(/OACK <.*?blksize: (\d+)/.exec(said)?.[1]);
}

/** Returns the number of packets that the server has fragmented so far. */
async function fragmented({ server }: Net): Promise<number> {
  const [names = "", values = ""] = (await server.must("grep", ["^Ip:", "/proc/net/snmp"])).split("\n");
  return Number(values.split(" ")[names.split(" ").indexOf("FragOKs")]);
}

function refusals({ daemon }: Net): readonly string[] {
  return daemon.lines.filter((line) => /EMSGSIZE|sending by TFTP/.test(line));
}

const KNOWN: Readonly<Record<string, Way>> = {
  "a route with an MTU of 1400": { near: 1500, far: 1500, route: 1400 },
  "an interface with an MTU of 1400 that is not the one of the address asked": {
    near: 1400,
    far: 1500,
    route: undefined,
  },
};

const skip = skipReason({ root: true, tools: ["ip", "sysctl", "atftp"] }) ?? false;

t.setTimeout(300_000);

for (const [title, way] of Object.entries(KNOWN)) {
  await t.test(title, { skip }, async (t) => {
    const net = await openNet(t, way);
    for (const window of WINDOWS) t.equal(await fetch(t, net, window), GRANTED, "the largest block that fits");
    t.equal(await fragmented(net), 0, "nothing was cut into fragments");
    t.strictSame(refusals(net), []);
    t.equal(await net.daemon.stop(), 0);
  });
}

await t.test("a narrow link behind a router, which says so", { skip }, async (t) => {
  for (const window of WINDOWS) {
    await t.test(`windowsize ${window}`, async (t) => {
      const net = await openNet(t, { near: 1500, far: 1400, route: undefined });
      t.equal(await fetch(t, net, window), ASKED, "nobody knows yet");
      const first = await fragmented(net);
      t.ok(first > 0, "what is under way is cut into fragments");
      t.equal(await fetch(t, net, window), GRANTED, "what was learned counts for the next transfer");
      t.equal(await fragmented(net), first, "and nothing is cut any more");
      t.strictSame(refusals(net), []);
      t.equal(await net.daemon.stop(), 0);
    });
  }
});

/** The value of net.ipv4.ip_no_pmtu_disc with which a host ignores messages of routers about a path's MTU. */
const DEAF = 2;

await t.test("a narrow link behind a router, which is not heard", { skip }, async (t) => {
  const net = await openNet(t, { near: 1500, far: 1400, route: undefined });
  await net.server.must("sysctl", ["-q", "-w", `net.ipv4.ip_no_pmtu_disc=${DEAF}`]);
  for (const window of WINDOWS) t.equal(await fetch(t, net, window), ASKED);
  t.strictSame(refusals(net), []);
  const lines = net.daemon.lines.filter((line) => line.includes('sent "file"'));
  const seconds = lines.map((line) => Number(/ in ([0-9.]+) s/.exec(line)?.[1]));
  t.ok(Math.max(...seconds) < 10, `no window after the first ones is waited for: ${seconds.join(" s, ")} s`);
});

await t.test("on a host that does not look for the MTU of paths, routers cut packets", { skip }, async (t) => {
  const net = await openNet(t, { near: 1500, far: 1400, route: undefined, noDiscovery: 1 });
  for (const window of WINDOWS) t.equal(await fetch(t, net, window), ASKED);
  t.equal(await fragmented(net), 0, "nothing is cut here");
});
