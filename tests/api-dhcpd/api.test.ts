/** The JSON API, asked over loopback of a daemon that serves DHCP there too. */

import { createSocket } from "node:dgram";
import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import t, { type Test } from "tap";
import { openSystem } from "../../lib/os/system.js";
import { complaintsOf, interfaceWith, loadFile } from "../support/configuration.js";
import { startDaemon, type Logged } from "../support/daemon.js";
import { makeRequest, quad, readReply } from "../support/dhcp-packet.js";
import { sendRaw } from "../support/http-raw.js";
import { freePort } from "../support/ports.js";

const system = await openSystem();
const RELAY = "127.0.0.2";

interface Site extends Logged {
  readonly api: number;
  readonly dhcp: number;
  readonly file: string;
}

const HOSTS = `52:54:00:00:00:02:
  hostname: two
  defaultGateway: 192.168.5.1
  subnetMask: 255.255.0.0
  nameServers: [192.168.5.8, 192.168.5.9]
  domainSearch: [a.example, b.a.example]
  ntpServers: [192.168.5.7]
  leaseTime: 600
52:54:00:00:00:04:
  ipAddress: 192.168.5.22
  hostname: four
  defaultGateway: 192.168.5.1
  subnetMask: 255.255.255.0
  broadcastAddress: 192.168.5.255
  nameServers: [192.168.5.8]
  domainName: four.example
`;

async function start(t: Test, api = "enable = yes"): Promise<Site> {
  const ports = { api: await freePort(), dhcp: await freePort() };
  const ini = `[bootpd]
port = ${ports.dhcp}
pool_start = 127.0.0.100
pool_count = 2
allow_simple_dhcp = yes
gateway = 127.0.0.1
dns = 127.0.0.53; 127.0.0.54
domain = example.org
ntp = 127.0.0.55
lease_time = 24h
lease_db = memory
[static_dhcp]
52-54-00-00-00-01 = 127.0.0.21 one
id:ff00a1b2 = 127.0.0.23 three
id:0077656235 = 127.0.0.25 five
[hosts]
file = hosts.yaml
[daemon]
state_dir = ./state
[api]
port = ${ports.api}
${api}
`;
  const file = join(t.testdir({ "pybootd.ini": ini, "hosts.yaml": HOSTS }), "pybootd.ini");
  const config = loadFile(file, {
    services: { dhcp: true, tftp: false, http: false },
    interfaces: [interfaceWith("lo", "127.0.0.1/8")],
  });
  return { ...(await startDaemon(t, config, system)), ...ports, file };
}

/** Sends a query, and returns what comes back. */
async function ask(
  { api }: Site,
  body: string | Buffer,
  { method = "POST", path = "/" } = {},
): Promise<{ status: number; type: string | undefined; body: string }> {
  const asked = request({ port: api, host: "127.0.0.1", method, path, agent: false });
  asked.end(body);
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  const text = Buffer.concat(parts).toString();
  if (response.headers["content-length"] !== String(Buffer.byteLength(text))) throw new Error("a wrong length");
  return { status: response.statusCode ?? 0, type: response.headers["content-type"], body: text };
}

await t.test("a known machine is told what DHCP tells it", async (t) => {
  const site = await start(t);
  t.strictSame(await ask(site, '{"mac":"52:54:00:00:00:01","client":"x"}'), {
    status: 200,
    type: "application/json",
    body:
      '{"mac":"52:54:00:00:00:01","client":"x","hostname":"one","ip":"127.0.0.21","gateway":"127.0.0.1",' +
      '"netmask":"255.0.0.0","broadcast":"127.255.255.255","prefix":"8","dns":"127.0.0.53,127.0.0.54",' +
      '"domain":"example.org","ntp":"127.0.0.55","leasetime":86400000000000,"description":"",' +
      '"method":"ByHardwareAddress","slave":false}\n',
  });
});

await t.test("what a source says of a machine comes before its network's", async (t) => {
  const site = await start(t);
  const { body } = await ask(site, '{"mac":"52:54:00:00:00:02"}');
  t.equal(
    body,
    '{"mac":"52:54:00:00:00:02","client":"","hostname":"two","ip":"","gateway":"192.168.5.1",' +
      '"netmask":"255.255.0.0","broadcast":"127.255.255.255","prefix":"16","dns":"192.168.5.8,192.168.5.9",' +
      '"domain":"a.example,b.a.example","ntp":"192.168.5.7","leasetime":600000000000,"description":"",' +
      '"method":"ByHardwareAddress","slave":false}\n',
  );
});

await t.test("of a machine in a network that is not served only the source speaks", async (t) => {
  const site = await start(t);
  const { body } = await ask(site, '{"mac":"52:54:00:00:00:04"}');
  t.equal(
    body,
    '{"mac":"52:54:00:00:00:04","client":"","hostname":"four","ip":"192.168.5.22","gateway":"192.168.5.1",' +
      '"netmask":"255.255.255.0","broadcast":"192.168.5.255","prefix":"24","dns":"192.168.5.8",' +
      '"domain":"four.example","ntp":"","leasetime":0,"description":"",' +
      '"method":"ByHardwareAddress","slave":false}\n',
  );
});

await t.test("a client identifier counts before a hardware address", async (t) => {
  const site = await start(t);
  const { body } = await ask(site, '{"mac":"52:54:00:00:00:01","client":"id:ff00a1b2"}');
  t.match(JSON.parse(body), { client: "id:ff00a1b2", hostname: "three", ip: "127.0.0.23", method: "ByClientID" });
  const named = await ask(site, '{"mac":"52:54:00:00:00:01","client":"web5"}');
  t.match(JSON.parse(named.body), { client: "web5", ip: "127.0.0.25", method: "ByClientID" }, "one that holds a name");
});

await t.test("a machine that nothing is known of is told the address of its lease", async (t) => {
  const site = await start(t);
  const query = '{"mac":"52:54:00:aa:bb:01","client":"pc"}';
  t.match(JSON.parse((await ask(site, query)).body), {
    ip: "",
    method: "Dynamic",
    description: "",
    gateway: "127.0.0.1",
  });

  const relay = createSocket("udp4");
  t.teardown(() => relay.close());
  await new Promise<void>((resolve) => relay.bind(0, RELAY, resolve));
  relay.send(
    makeRequest({
      giaddr: RELAY,
      hops: 1,
      options: [
        [53, "03"],
        [54, quad("127.0.0.1")],
        [50, quad("127.0.0.100")],
      ],
    }),
    site.dhcp,
    "127.0.0.1",
  );
  const [ack] = (await once(relay, "message")) as [Buffer];
  t.equal(readReply(ack).yiaddr, "127.0.0.100");

  t.match(JSON.parse((await ask(site, query)).body), {
    ip: "127.0.0.100",
    method: "ByHardwareAddress",
    description: "dynamic:pc",
  });
});

await t.test("what is no query is refused as api-dhcpd does", async (t) => {
  const site = await start(t);
  for (const body of ["", "{", "[]", '{"mac":5}', "\xff"]) {
    t.strictSame(await ask(site, body), { status: 400, type: undefined, body: "" }, JSON.stringify(body));
  }
  t.strictSame(await ask(site, "", { method: "GET" }), { status: 405, type: undefined, body: "" });
  t.strictSame(await ask(site, "{}", { path: "/ping" }), {
    status: 404,
    type: "text/plain; charset=utf-8",
    body: "404 page not found\n",
  });
  t.equal((await ask(site, "{}", { path: "/?a=b" })).status, 200);
  t.equal((await ask(site, "null")).status, 200, "Go reads null as an empty query");
});

await t.test("abuse ends with its connection, and others are answered", async (t) => {
  const site = await start(t);
  const long = await sendRaw(
    site.api,
    `POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n${"x".repeat(100_000)}`,
  );
  t.equal(long.status, 413);
  t.match(await sendRaw(site.api, "rubbish\r\n\r\n"), { status: 400 });
  const away = connect(site.api, "127.0.0.1");
  await once(away, "connect");
  away.write("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{");
  away.destroy();
  t.equal((await ask(site, "{}")).status, 200);
  t.notMatch(site.lines.join("\n"), /answering a query|nobody caught/);
});

await t.test("queries that are sent ahead are answered in their order", async (t) => {
  const site = await start(t);
  const macs = Array.from({ length: 1000 }, (_, index) => `52:54:00:00:00:${index % 10}${index % 10}`);
  const socket = connect(site.api, "127.0.0.1");
  t.teardown(() => socket.destroy());
  const body = (mac: string): string => JSON.stringify({ mac });
  const head = (mac: string): string => `POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ${body(mac).length}\r\n\r\n`;
  socket.write(macs.map((mac) => head(mac) + body(mac)).join(""));
  let text = "";
  while (text.split('"slave":false').length <= macs.length) {
    const [part] = (await once(socket, "data")) as [Buffer];
    text += part.toString();
  }
  t.strictSame(
    [...text.matchAll(/"mac":"([^"]+)"/g)].map(([, mac]) => mac),
    macs,
  );
});

await t.test("the port closes where a reload turns it off, and opens where one turns it on", async (t) => {
  const site = await start(t, "enable = no");
  await t.rejects(ask(site, "{}"), { code: "ECONNREFUSED" });
  const { settings } = site.daemon.config;
  await site.daemon.reload({
    ...site.daemon.config,
    settings: { ...settings, api: { ...settings.api, enable: true } },
  });
  t.equal((await ask(site, "{}")).status, 200);
  await site.daemon.reload({ ...site.daemon.config, settings });
  await t.rejects(ask(site, "{}"), { code: "ECONNREFUSED" });
});

await t.test("an address that this host does not have is refused", (t) => {
  const text = "[bootpd]\npool_start = 192.168.1.100\n[api]\nenable = yes\naddress = 192.168.9.9\n";
  t.match(complaintsOf(t, text), [/^FILE:5 \[api\] address: expected 0\.0\.0\.0 or an address of this host/]);
  t.end();
});
