import t from "tap";
import { findNetwork, firstPrivateInterface, suggestPool } from "../../lib/dhcp/network.js";
import { formatIpv4 } from "../../lib/net/ipv4.js";
import { complaintsOf, HOST, interfaceWith, loadText } from "../support/configuration.js";
import { ip } from "../support/values.js";

function bootpd(...lines: readonly string[]): string {
  return ["[bootpd]", ...lines].join("\n");
}

await t.test("serves the interface whose network holds pool_start", (t) => {
  const cases = {
    "192.168.1.100": { name: "eth0", server: "192.168.1.1", subnet: "192.168.1.0/24" },
    "10.20.30.40": { name: "eth1", server: "10.20.0.1", subnet: "10.20.0.0/16" },
    "127.0.0.10": { name: "lo", server: "127.0.0.1", subnet: "127.0.0.0/8" },
  };
  for (const [start, { name, server, subnet }] of Object.entries(cases)) {
    const { network } = loadText(t, bootpd(`pool_start = ${start}`, "pool_count = 5"));
    t.equal(network?.interfaceName, name, start);
    t.equal(network?.serverAddress, ip(server));
    t.equal(network?.subnet.toString(), subnet);
    t.strictSame(network?.pool, { start: ip(start), count: 5 });
  }
  t.end();
});

await t.test("of two addresses on an interface it serves the one whose network holds pool_start", (t) => {
  const interfaces = [interfaceWith("eth0", "192.168.1.1/24"), interfaceWith("eth0", "10.9.9.1/24")];
  t.equal(loadText(t, bootpd("pool_start = 10.9.9.100"), { interfaces }).network?.serverAddress, ip("10.9.9.1"));
  t.end();
});

await t.test("an address of this host chooses between interfaces on the same network", (t) => {
  const interfaces = [interfaceWith("eth0", "192.168.1.1/24"), interfaceWith("eth1", "192.168.1.2/24")];
  const { network } = loadText(t, bootpd("pool_start = 192.168.1.100", "address = 192.168.1.2"), { interfaces });
  t.match(network, { interfaceName: "eth1", serverAddress: ip("192.168.1.2") });
  t.end();
});

await t.test("of the interfaces that are named it serves the one whose network holds pool_start", (t) => {
  const interfaces = [interfaceWith("eth0", "192.168.1.1/24"), interfaceWith("eth1", "192.168.1.2/24")];
  const chosen = loadText(t, bootpd("pool_start = 192.168.1.100", "interface = eth1"), { interfaces });
  t.match(chosen.network, { interfaceName: "eth1", serverAddress: ip("192.168.1.2") });
  const several = loadText(t, bootpd("pool_start = 10.20.0.100", "interface = eth0;eth1"));
  t.equal(several.network?.interfaceName, "eth1");
  t.match(complaintsOf(t, bootpd("pool_start = 10.20.0.100", "interface = eth0")), [
    /^FILE:2 \[bootpd\] pool_start: expected an address in the network of one of this host's interfaces, got 10\.20/,
  ]);
  t.end();
});

await t.test("a netmask makes the network wider or narrower than the interface's own", (t) => {
  const wide = loadText(t, bootpd("pool_start = 192.168.9.1", "netmask = 255.255.0.0")).network;
  t.equal(wide?.subnet.toString(), "192.168.0.0/16");
  t.equal(wide?.serverAddress, ip("192.168.1.1"));
  const narrow = loadText(t, bootpd("pool_start = 192.168.1.100", "netmask = /25")).network;
  t.equal(narrow?.subnet.toString(), "192.168.1.0/25");
  t.end();
});

await t.test("a pool ends before the network's broadcast address, and says so where that cuts it", (t) => {
  const cases = [
    { start: "192.168.1.250", count: 10, fits: 5 },
    { start: "192.168.1.245", count: 10, fits: 10 },
    { start: "192.168.1.255", count: 10, fits: 0 },
    { start: "192.168.1.0", count: 255, fits: 255 },
    { start: "10.20.0.0", count: 16_777_216, fits: 65535 },
  ];
  for (const { start, count, fits } of cases) {
    const { network, warnings } = loadText(t, bootpd(`pool_start = ${start}`, `pool_count = ${count}`));
    t.equal(network?.pool.count, fits, `${count} from ${start}`);
    const subnet = network?.subnet.toString() ?? "";
    t.strictSame(
      warnings,
      fits === count
        ? []
        : [`[bootpd] pool_count: only ${fits} of ${count} addresses from ${start} on are in ${subnet}`],
    );
  }
  t.end();
});

await t.test("a pool may be empty", (t) => {
  const { network, warnings } = loadText(t, bootpd("pool_start = 192.168.1.100", "pool_count = 0"));
  t.equal(network?.pool.count, 0);
  t.strictSame(warnings, []);
  t.end();
});

await t.test("without DHCP there is no network to find", (t) => {
  const services = { dhcp: false, tftp: true, http: false };
  t.equal(loadText(t, bootpd("pool_start = 172.16.0.1"), { services }).network, undefined);
  t.equal(loadText(t, "", { services }).network, undefined);
  t.end();
});

const ADVICE = /^FILE(?::2)? \[bootpd\] pool_start: expected (.+), got (.+) \((.+)\)$/;

/** The value that the one complaint about `pool_start` says would work. */
function advisedStart(complaints: readonly string[]): string | undefined {
  return /; would work: pool_start = ([0-9.]+)/.exec(ADVICE.exec(complaints[0] ?? "")?.[3] ?? "")?.[1];
}

await t.test("where no interface holds pool_start it lists them, and a value that works", (t) => {
  const [complaint = "", ...others] = complaintsOf(t, bootpd("pool_start = 172.16.0.100"));
  t.equal(
    complaint,
    "FILE:2 [bootpd] pool_start: expected an address in the network of one of this host's interfaces, got 172.16.0.100 (this host has: eth0 192.168.1.1 in 192.168.1.0/24, eth1 10.20.0.1 in 10.20.0.0/16; would work: pool_start = 192.168.1.245)",
  );
  t.strictSame(others, []);
  t.end();
});

await t.test("where pool_start is missing it advises one too", (t) => {
  t.strictSame(complaintsOf(t, "[bootpd]\n"), [
    "FILE [bootpd] pool_start: expected the first address to give, got nothing (this host has: eth0 192.168.1.1 in 192.168.1.0/24, eth1 10.20.0.1 in 10.20.0.0/16; would work: pool_start = 192.168.1.245)",
  ]);
  t.end();
});

await t.test("the value that it advises does work, without a warning", (t) => {
  const hosts = {
    "a usual network": HOST,
    "only a large one": [interfaceWith("eth1", "10.20.0.1/8")],
    "only a small one": [interfaceWith("eth0", "192.168.1.1/29")],
    "one without room before another": [interfaceWith("ppp0", "192.168.9.1/32"), interfaceWith("eth0", "10.0.0.1/24")],
    "one whose own address is near the end": [interfaceWith("eth0", "192.168.1.250/24")],
  };
  for (const [name, interfaces] of Object.entries(hosts)) {
    const start = advisedStart(complaintsOf(t, bootpd("pool_start = 172.16.0.100"), { interfaces }));
    const text = bootpd(`pool_start = ${start ?? "?"}`, "pool_count = 5");
    const { network, warnings } = loadText(t, text, { interfaces });
    t.equal(network?.pool.count, 5, `${name}: ${start ?? "nothing"}`);
    t.strictSame(warnings, [], name);
  }
  t.end();
});

await t.test("the value that it advises goes by the options that choose the network", (t) => {
  for (const lines of [
    ["address = 10.20.0.1"],
    ["netmask = /28"],
    ["interface = eth1"],
    ["address = 10.20.0.1", "netmask = 255.255.255.0"],
  ]) {
    const start = advisedStart(complaintsOf(t, bootpd("pool_start = 172.16.0.100", ...lines)));
    const text = bootpd(`pool_start = ${start ?? "?"}`, ...lines);
    t.strictSame(complaintsOf(t, text), [], `${lines.join(", ")}: ${start ?? "nothing"}`);
  }
  t.end();
});

await t.test("it advises nothing that has no room, and no loopback", (t) => {
  const tiny = [interfaceWith("ppp0", "192.168.9.1/32")];
  t.strictSame(complaintsOf(t, bootpd("pool_start = 172.16.0.100"), { interfaces: tiny }), [
    "FILE:2 [bootpd] pool_start: expected an address in the network of one of this host's interfaces, got 172.16.0.100 (this host has: ppp0 192.168.9.1 in 192.168.9.1/32)",
  ]);
  t.match(complaintsOf(t, bootpd("pool_start = 172.16.0.100"), { interfaces: [interfaceWith("lo", "127.0.0.1/8")] }), [
    /no interface with an IPv4 address but loopback; give it one first/,
  ]);
  t.end();
});

await t.test("where no interface has an address it names one that there is, or none", (t) => {
  const { settings } = loadText(t, bootpd("pool_start = 192.168.1.100"));
  const hintFor = (start: string | undefined, ...names: readonly string[]): string => {
    const bootpd = { ...settings.bootpd, pool_start: start === undefined ? undefined : ip(start) };
    const found = findNetwork(bootpd, [interfaceWith("lo", "127.0.0.1/8")], 2, () => names);
    return "problem" in found ? (found.problem.hint ?? "") : "";
  };
  const missing = "this host has no interface with an IPv4 address but loopback; give it one first";
  t.equal(hintFor(undefined, "enp3s0", "wlan0"), `${missing}, e.g. ip address add 192.168.77.1/24 dev enp3s0`);
  t.equal(hintFor("10.9.0.100", "enp3s0"), `${missing}, e.g. ip address add 10.9.0.1/24 dev enp3s0`, "beside the pool");
  t.equal(hintFor("10.9.0.1", "enp3s0"), `${missing}, e.g. ip address add 10.9.0.254/24 dev enp3s0`);
  t.equal(hintFor("10.9.0.100"), missing);
  t.end();
});

await t.test("who gives no addresses is not asked for a pool where there is no interface", (t) => {
  const { settings } = loadText(t, bootpd("mode = auto-proxy"));
  const found = findNetwork({ ...settings.bootpd, interface: ["eth9"] }, [interfaceWith("lo", "127.0.0.1/8")], 2);
  t.match(found, { problem: { option: "interface", expected: "an interface to serve" } });
  t.end();
});

await t.test("a suggested pool is the end of the network, without the broadcast address", (t) => {
  const cases = {
    "192.168.1.1/24": "192.168.1.245 10",
    "10.20.0.1/16": "10.20.255.245 10",
    "192.168.1.1/28": "192.168.1.5 10",
    "192.168.1.1/30": "192.168.1.1 2",
    "192.168.1.1/32": "192.168.1.1 0",
  };
  for (const [address, expected] of Object.entries(cases)) {
    const { start, count } = suggestPool(interfaceWith("eth0", address));
    t.equal(`${formatIpv4(start)} ${count}`, expected, address);
  }
  t.end();
});

await t.test("a private interface is on a network of RFC 1918 with room for a pool", (t) => {
  const cases: Readonly<Record<string, string | undefined>> = {
    "10.0.0.1/8": "found",
    "172.16.0.1/24": "found",
    "172.31.255.1/24": "found",
    "192.168.0.1/16": "found",
    "172.32.0.1/24": undefined,
    "192.0.2.1/24": undefined,
    "127.0.0.1/8": undefined,
    "10.0.0.1/31": undefined,
  };
  for (const [address, expected] of Object.entries(cases)) {
    t.equal(firstPrivateInterface([interfaceWith("found", address)])?.name, expected, address);
  }
  t.equal(firstPrivateInterface(HOST)?.name, "eth0", "the first of several");
  t.end();
});
