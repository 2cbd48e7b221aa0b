/** A daemon follows this host's addresses, and says what it does not follow. */

import { writeFileSync } from "node:fs";
import t, { type Test } from "tap";
import { onCommit } from "../../lib/common/transaction.js";
import { loadConfig, type Config } from "../../lib/settings/load.js";
import type { InterfaceAddress } from "../../lib/os/interfaces.js";
import { formatIpv4, UNSPECIFIED } from "../../lib/net/ipv4.js";
import { Reloads } from "../../lib/daemon/reload.js";
import { StartError } from "../../lib/os/start-error.js";
import { HOST, interfaceWith, loadText, USUAL_SERVICES } from "../support/configuration.js";

const OTHERS = HOST.filter(({ name }) => name !== "eth0");
const ETH0 = interfaceWith("eth0", "192.168.1.1/24");
const MOVED = interfaceWith("eth0", "192.168.1.2/24");
const ANEW = interfaceWith("eth0", "192.168.1.1/24", 9);
const ETH2 = interfaceWith("eth2", "10.9.0.1/24", 5);
const ELSEWHERE = interfaceWith("eth0", "172.16.0.1/24");
const NEIGHBOUR = interfaceWith("docker0", "172.17.0.1/16");
const INI = "[bootpd]\ninterface = eth0\npool_start = 192.168.1.100\n[tftpd]\nroot = /\n";

/** A host whose addresses a test changes, and a daemon that only notes what it is to go by. */
function openHost(t: Test, ini = INI, given = true) {
  let addresses: readonly InterfaceAddress[] = [...OTHERS, ETH0];
  let config = loadText(t, ini);
  let refusal: Error | undefined;
  const lines: string[] = [];
  const reloads = new Reloads({
    load: (interfaces, former) => loadConfig({ file: former.file, services: USUAL_SERVICES, interfaces, former }),
    given,
    interfaces: addresses,
    system: { interfaces: () => addresses },
    daemon: {
      get config() {
        return config;
      },
      reload: (next: Config) => {
        if (refusal !== undefined) return Promise.reject(refusal);
        config = next;
        lines.push(
          `goes by ${next.subnets.map(({ link }) => formatIpv4(link?.serverAddress ?? UNSPECIFIED)).join(", ")}`,
        );
        return Promise.resolve();
      },
      keepAt: (addresses) => {
        lines.push(`keeps to ${addresses.map(({ address }) => formatIpv4(address)).join(", ")}`);
        return Promise.resolve();
      },
      report: (where, error) => lines.push(`${where}: ${error.message}`),
    },
    log: {
      write: () => undefined,
      takes: () => true,
      say: (level, message) => lines.push(`${level}: ${message.replaceAll(config.file, "FILE")}`),
      prepare: () => onCommit(() => undefined),
      close: () => Promise.resolve(),
    },
  });
  return {
    reloads,
    file: config.file,
    refuse: (error: Error | undefined) => (refusal = error),
    /** The host has these instead of all but loopback and eth1. @returns what was said and done */
    has: async (...eth0: readonly InterfaceAddress[]): Promise<readonly string[]> => {
      const former = addresses;
      addresses = [...OTHERS, ...eth0];
      const [gone, fresh] = [
        former.filter((entry) => !addresses.includes(entry)),
        addresses.filter((entry) => !former.includes(entry)),
      ];
      await reloads.follow({ now: addresses, gone, fresh });
      return lines.splice(0);
    },
  };
}

await t.test("another address of the served network is gone by", async (t) => {
  const host = openHost(t);
  t.strictSame(await host.has(MOVED), [
    "warning: this host's addresses changed: 192.168.1.1 (eth0) is gone, 192.168.1.2 (eth0) is new",
    "goes by 192.168.1.2",
  ]);
});

await t.test("an interface that was made anew is gone by, whether its absence was seen or not", async (t) => {
  const host = openHost(t);
  t.strictSame(await host.has(ANEW), [
    "warning: this host's addresses changed: 192.168.1.1 (eth0) is on a new interface of that name",
    "goes by 192.168.1.1",
  ]);
  await host.has();
  t.strictSame(await host.has(ETH0), [
    "warning: this host's addresses changed: 192.168.1.1 (eth0) is new",
    "goes by 192.168.1.1",
  ]);
});

await t.test("of several interfaces one may go, and come back", async (t) => {
  const subnet = "[subnet second]\nnetwork = 10.9.0.0/24\npool_start = 10.9.0.100\npool_count = 9\n";
  const host = openHost(t, INI.replace("eth0", "eth0; eth2") + subnet);
  t.match(await host.has(ETH0, ETH2), [/10\.9\.0\.1 \(eth2\) is new$/, "goes by 192.168.1.1, 10.9.0.1"]);
  t.strictSame(await host.has(ETH2), [
    "warning: this host's addresses changed: 192.168.1.1 (eth0) is gone",
    "goes by 0.0.0.0, 10.9.0.1",
  ]);
  t.match(await host.has(ETH0, ETH2), [/192\.168\.1\.1 \(eth0\) is new$/, "goes by 192.168.1.1, 10.9.0.1"]);
  t.match(await host.has(ETH0), [/10\.9\.0\.1 \(eth2\) is gone$/, "goes by 192.168.1.1, 0.0.0.0"]);
});

await t.test("what does not matter to the served networks is not talked about", async (t) => {
  const host = openHost(t);
  t.strictSame(await host.has(ETH0, NEIGHBOUR), []);
  t.strictSame(await host.has(ETH0), []);
});

await t.test("nothing is served at an address that is gone, until it is back", async (t) => {
  const host = openHost(t);
  const [kept, first, ...more] = await host.has();
  t.equal(kept, "keeps to 127.0.0.1, 10.20.0.1");
  t.equal(first, "warning: this host's addresses changed: 192.168.1.1 (eth0) is gone");
  t.match(more[0], /^warning: FILE:2 \[bootpd\] interface: expected .* got eth0$/);
  const last =
    "warning: nothing is served at 192.168.1.1 (eth0) until the addresses fit, or the configuration is reloaded";
  t.equal(more.at(-1), last);
  t.strictSame(await host.has(NEIGHBOUR), [], "another address changes nothing of that");
  t.strictSame(await host.has(ETH0), [
    "info: this host's addresses changed: 172.17.0.1 (docker0) is gone, 192.168.1.1 (eth0) is new",
    "goes by 192.168.1.1",
  ]);
});

await t.test("an address that the configuration names is waited for, or another configuration", async (t) => {
  const ini = INI.replace("interface = eth0", "address = 192.168.1.1");
  const host = openHost(t, ini);
  t.match(await host.has(MOVED), [
    "keeps to 127.0.0.1, 10.20.0.1, 192.168.1.2",
    /^warning: this host's addresses changed/,
    /^warning: FILE:2 \[bootpd\] address: expected .*, got 192\.168\.1\.1 \(it has .*192\.168\.1\.2 \(eth0\)/,
    /^warning: FILE:3 \[bootpd\] pool_start/,
    /^warning: nothing is served at 192\.168\.1\.1 \(eth0\) until the addresses fit/,
  ]);
  writeFileSync(host.file, ini.replace("192.168.1.1\n", "192.168.1.2\n"));
  t.equal(await host.reloads.reload(), `serving DHCP, TFTP, as ${host.file} says`);
  t.strictSame(await host.has(MOVED, NEIGHBOUR), ["goes by 192.168.1.2"], "which was all");
});

await t.test("an address in another network leaves everything as it is, and says why", async (t) => {
  const host = openHost(t);
  const lines = await host.has(ELSEWHERE);
  t.match(lines[2], /^warning: FILE:3 \[bootpd\] pool_start: expected an address in the network of/);
  t.notOk(lines.some((line) => line.startsWith("goes by")));
  t.match((await host.has(MOVED)).at(-1), "goes by 192.168.1.2", "until there is one that fits");
});

await t.test("a port that cannot be opened on the new address is named, and asked for again", async (t) => {
  const host = openHost(t);
  host.refuse(new StartError("port 67 is taken"));
  t.strictSame((await host.has(MOVED)).slice(1), [
    "error: port 67 is taken",
    "error: the configuration was not reloaded: everything stays as it is",
  ]);
  host.refuse(undefined);
  t.match(await host.has(MOVED, NEIGHBOUR), [/172\.17\.0\.1 \(docker0\) is new$/, "goes by 192.168.1.2"]);
});

await t.test(
  "where none was given, this host's addresses are followed, and a reload has nothing to read",
  async (t) => {
    const host = openHost(t, INI, false);
    t.match(await host.has(MOVED), [/^warning: .* is gone, .* is new$/, "goes by 192.168.1.2"]);
    await host.reloads.reload();
    t.match(await host.has(ANEW), [
      "warning: there is no configuration to read again: none was given (-c FILE)",
      /^warning: /,
      "goes by 192.168.1.1",
    ]);
  },
);
