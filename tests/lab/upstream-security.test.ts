/** A root behind HTTPS, behind a proxy, or behind a mirror that does not answer: what clients and the operator are told. */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t, { type Test } from "tap";
import { mustRun } from "./support/host.js";
import { Lab, skipReason, type Host, type LabProcess } from "./support/lab.js";
import { startWeb, webFile } from "./support/web-program.js";

const PROGRAM = fileURLToPath(new URL("../../bin/pybootd.js", import.meta.url));
const SERVER = "10.77.0.1";
const MIRROR = "10.78.0.2";
const PROXY = "10.78.0.3";
/** `[tftpd] timeout` */
const PATIENCE_SECONDS = 2;
/** Allowed delay of a client's error, in seconds: the HTTP client's timers have a resolution of one second. */
const LATER_SECONDS = 1.5;

/** Variables of the test's environment that the daemon must not have. */
const NO_ENVIRONMENT = Object.fromEntries(
  ["NODE_EXTRA_CA_CERTS", "http_proxy", "https_proxy", "no_proxy"].flatMap((name) => [
    [name, ""],
    [name.toUpperCase(), ""],
  ]),
);

interface Answer {
  readonly said: string;
  readonly seconds: number;
  /** The file, empty where there is none. */
  readonly octets: Buffer;
}

/** client 10.77.0.2 ── 10.77.0.1 server 10.78.0.1 ── mirror 10.78.0.2 and 10.78.0.3, where the proxy is too. */
class Net {
  #started = 0;

  private constructor(
    readonly lab: Lab,
    readonly server: Host,
    readonly mirror: Host,
    readonly client: Host,
  ) {}

  static async open(test: Test): Promise<Net> {
    const lab = await Lab.open();
    test.teardown(() => lab.close());
    const [server, mirror, client] = [await lab.host("server"), await lab.host("mirror"), await lab.host("client")];
    await lab.link(server, `${SERVER}/24`, client, "10.77.0.2/24");
    await lab.link(server, "10.78.0.1/24", mirror, `${MIRROR}/24`);
    await mirror.must("ip", ["address", "add", `${PROXY}/24`, "dev", "eth0"]);
    return new Net(lab, server, mirror, client);
  }

  path(name: string): string {
    return join(this.lab.directory, name);
  }

  /** Starts a daemon that fetches from `root`, until the test ends. */
  async startDaemon(t: Test, root: string, env: Readonly<Record<string, string>> = {}): Promise<LabProcess> {
    const cwd = this.path(`daemon-${++this.#started}`);
    await mkdir(cwd);
    await writeFile(join(cwd, "pybootd.ini"), `[tftpd]\nroot = ${root}\ntimeout = ${PATIENCE_SECONDS}\n`);
    const options = { cwd, env: { ...NO_ENVIRONMENT, ...env } };
    const daemon = this.server.start(process.execPath, [PROGRAM, "-t", "-c", "pybootd.ini"], options);
    t.teardown(() => daemon.stop());
    await daemon.waitFor(/\bready\b/, 20);
    return daemon;
  }

  async fetch(name = "file.bin"): Promise<Answer> {
    const local = this.path("fetched");
    await writeFile(local, "");
    const begun = performance.now();
    const { stdout, stderr } = await this.client.run("tftp", ["-m", "binary", "-v", SERVER, "-c", "get", name, local]);
    const seconds = (performance.now() - begun) / 1000;
    return { said: stdout + stderr, seconds, octets: await readFile(local) };
  }

  /** A certificate of a name ("IP:10.78.0.2") that the lab's authority signed; the files with it and its key. */
  async certificate(name: string): Promise<readonly [certificate: string, key: string]> {
    const [ca, caKey] = [this.path("ca.pem"), this.path("ca.key")];
    const [certificate, key] = [this.path(`${name}.pem`), this.path(`${name}.key`)];
    const made = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
    const files = ["-out", certificate, "-keyout", key];
    await mustRun("openssl", [
      ...made,
      ...files,
      "-subj",
      "/CN=mirror",
      "-CA",
      ca,
      "-CAkey",
      caKey,
      "-addext",
      `subjectAltName=${name}`,
    ]);
    return [certificate, key];
  }

  async makeAuthority(): Promise<string> {
    const [ca, key] = [this.path("ca.pem"), this.path("ca.key")];
    const made = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
    await mustRun("openssl", [...made, "-out", ca, "-keyout", key, "-subj", "/CN=The lab's authority"]);
    return ca;
  }
}

const UNAVAILABLE = /Error code 0: the file cannot be had at the moment/;
const LOST = /Error code 0: the file can no longer be read/;
const needs = (...tools: string[]): { skip: string | false } => ({
  skip: skipReason({ root: true, tools: ["ip", "tftp", ...tools] }) ?? false,
});

t.setTimeout(120_000);

await t.test("HTTPS", needs("openssl"), async (t) => {
  const net = await Net.open(t);
  const authority = await net.makeAuthority();
  const root = `https://${MIRROR}/`;
  const mirror = await startWeb(net.mirror, 443, ...(await net.certificate(`IP:${MIRROR}`)));
  await startWeb(net.mirror, 444, ...(await net.certificate("DNS:mirror.example")));

  await t.test("a certificate that nobody trusted signed", async (t) => {
    const daemon = await net.startDaemon(t, root);
    const { said, octets } = await net.fetch();
    t.match(said, UNAVAILABLE);
    t.equal(octets.length, 0);
    await daemon.waitFor(/refused "file\.bin" by TFTP: https:\S+ cannot be fetched: .*certificate/, 10);
    t.notMatch(mirror.output, "file.bin", "it was not even asked for");
  });

  await t.test("the same where NODE_EXTRA_CA_CERTS names who signed it", async (t) => {
    const daemon = await net.startDaemon(t, root, { NODE_EXTRA_CA_CERTS: authority });
    t.ok((await net.fetch()).octets.equals(webFile()));
    await daemon.waitFor(/sent "file\.bin" from https:\/\/10\.78\.0\.2\/file\.bin/, 10);
  });

  await t.test("another host's certificate", async (t) => {
    const daemon = await net.startDaemon(t, `https://${MIRROR}:444/`, { NODE_EXTRA_CA_CERTS: authority });
    t.match(await net.fetch(), { said: UNAVAILABLE, octets: { length: 0 } });
    await daemon.waitFor(/refused "file\.bin" by TFTP: .*does not match certificate's altnames/, 10);
  });

  await t.test("through a proxy it is checked all the same", async (t) => {
    const proxy = await startWeb(net.mirror, 3128);
    const env = { https_proxy: `http://${PROXY}:3128` };
    const daemon = await net.startDaemon(t, root, env);
    t.match(await net.fetch(), { said: UNAVAILABLE, octets: { length: 0 } });
    await daemon.waitFor(/refused "file\.bin" by TFTP: .*certificate/, 10);
    await daemon.stop();
    await net.startDaemon(t, root, { ...env, NODE_EXTRA_CA_CERTS: authority });
    t.ok((await net.fetch()).octets.equals(webFile()));
    t.match(proxy.output, /^CONNECT 10\.78\.0\.2:443$/m);
  });
});

await t.test("http_proxy and no_proxy", needs(), async (t) => {
  const net = await Net.open(t);
  const mirror = await startWeb(net.mirror, 80);
  const proxy = await startWeb(net.mirror, 3128);
  const http_proxy = `http://${PROXY}:3128`;

  await t.test("requests go by the proxy", async (t) => {
    await net.startDaemon(t, `http://${MIRROR}/`, { http_proxy });
    t.ok((await net.fetch()).octets.equals(webFile()));
    t.match(proxy.output, /^GET http:\/\/10\.78\.0\.2\/file\.bin$/m);
    t.match(mirror.output, /^GET \/file\.bin$/m);
    t.ok((await net.fetch("moved.bin")).octets.equals(webFile()), "redirections are followed there too");
  });

  await t.test("but not those that no_proxy excepts", async (t) => {
    const [before, asked] = [proxy.output, mirror.output.length];
    await net.startDaemon(t, `http://${MIRROR}/`, { http_proxy, no_proxy: `localhost,${MIRROR}` });
    t.ok((await net.fetch()).octets.equals(webFile()));
    t.equal(proxy.output, before);
    t.match(mirror.output.slice(asked), /^GET \/file\.bin$/m);
  });

  await t.test("a proxy that is not there", async (t) => {
    const daemon = await net.startDaemon(t, `http://${MIRROR}/`, { http_proxy: `http://${PROXY}:3129` });
    t.match(await net.fetch(), { said: UNAVAILABLE, octets: { length: 0 } });
    await daemon.waitFor(/refused "file\.bin" by TFTP: .*ECONNREFUSED 10\.78\.0\.3:3129/, 10);
  });
});

await t.test("a mirror, or a proxy, that does not answer", needs("nft"), async (t) => {
  const net = await Net.open(t);
  await startWeb(net.mirror, 80);
  // Packets to port 81 are dropped: no connection, and no refusal.
  const wall = "table inet wall { chain gate { type filter hook input priority 0; tcp dport 81 drop; }; }";
  await net.mirror.must("nft", ["-f", "-"], { input: wall });
  await startWeb(net.mirror, 3128);
  const http = `http://${MIRROR}/`;
  const noProxy = { http_proxy: `http://${PROXY}:81` };
  const proxy = { http_proxy: `http://${PROXY}:3128`, https_proxy: `http://${PROXY}:3128` };
  const cases = [
    ["accepts no connection", "file.bin", `http://${MIRROR}:81/`, {}, /refused .*Connect Timeout/],
    ["says nothing", "silent.bin", http, {}, /refused .*Headers Timeout/],
    ["stalls midway", "stalls.bin", http, {}, /"stalls\.bin" .* ended after 1024\.0 KiB: .*Body Timeout/],
    ["accepts no connection, as a proxy", "file.bin", http, noProxy, /refused .*Connect Timeout/],
    ["says nothing, behind a proxy", "silent.bin", http, proxy, /refused .*Headers Timeout/],
    ["makes no tunnel, as a proxy", "file.bin", `https://${MIRROR}:445/`, proxy, /refused .*Headers Timeout/],
  ] as const;
  for (const [title, name, root, env, logged] of cases) {
    await t.test(title, async (t) => {
      const daemon = await net.startDaemon(t, root, env);
      const { said, seconds } = await net.fetch(name);
      t.match(said, name === "stalls.bin" ? LOST : UNAVAILABLE);
      t.ok(seconds < PATIENCE_SECONDS + LATER_SECONDS, `after ${seconds.toFixed(1)} s`);
      await daemon.waitFor(logged, 10);
    });
  }
});
