/** A configuration file's options on the wire, from its text to what tshark reads. */

import t, { type Test } from "tap";
import { configuredServer } from "../support/configured-server.js";
import { loadText } from "../support/configuration.js";
import { readReply, text, type RequestFields } from "../support/dhcp-packet.js";
import type { WireDatagram } from "../support/pcap.js";
import { dissect, needsTshark } from "../support/tshark.js";

/** What a server with this configuration offers to a client with these options. */
async function offerOf(
  t: Test,
  lines: readonly string[],
  options: NonNullable<RequestFields["options"]>,
  relayAgent?: string,
): Promise<WireDatagram> {
  const server = await configuredServer(loadText(t, lines.join("\n")));
  const giaddr = relayAgent === undefined ? {} : { giaddr: relayAgent };
  const [offer] = server.ask({ options: [[53, "01"], ...options], ...giaddr });
  if (offer === undefined) throw new Error("the server does not answer");
  return offer;
}

const asks = (...codes: number[]): readonly [number, string] => [55, Buffer.from(codes).toString("hex")];

const CONFIGURATION = [
  "[bootpd]",
  "pool_start = 192.168.1.100",
  "allow_simple_dhcp = yes",
  "ntp = 10.0.0.1; 10.0.0.2",
  "domain_search = eng.apple.com; marketing.apple.com",
  "next_server = 192.168.1.9",
  "min_lease_time = 10m",
  "max_lease_time = 7d",
  "[bootfile]",
  "default = pxelinux.0",
  "[option]",
  "mtu = 1400",
  "time-offset = -3600",
  "100 = EST5EDT",
  "captive-portal = https://portal.example/api",
  "v6-only-preferred = 300",
  "classless-static-route = 10.17.0.0/16 via 10.0.0.1; 10.229.0.128/25 via 10.0.0.1; default via 192.168.1.254",
  "sip-servers = sip.example",
  "static-routes = 10.1.2.3 192.168.1.9",
  "pxelinux-pathprefix = http://mirror.example/",
  "43.6@PXEClient = uint8:3",
];

/** tshark's names, and what it reads. */
const READ = {
  "dhcp.option.type": "53,54,51,26,2,42,119,100,114,108,121,120,66,150,0",
  "dhcp.ip.server": "192.168.1.9",
  "dhcp.server": "192.168.1.9",
  "dhcp.option.ip_address_lease_time": "1800",
  "dhcp.option.interface_mtu": "1400",
  "dhcp.option.time_offset": "-3600",
  "dhcp.option.ntp_server": "10.0.0.1,10.0.0.2",
  "dhcp.option.dhcp_dns_domain_search_list_fqdn": "eng.apple.com,marketing.apple.com",
  "dhcp.option.tz_pcode": "EST5EDT",
  "dhcp.option.captive_portal": "https://portal.example/api",
  "dhcp.option.tftp_server_name": "192.168.1.9",
  "dhcp.option.tftp_server_address": "192.168.1.9",
};

await t.test("A63 A71 A73 A74 A75 tshark reads what a file sets", needsTshark(), async (t) => {
  const offer = await offerOf(t, CONFIGURATION, [
    [51, "00000708"],
    asks(26, 2, 42, 119, 100, 114, 108, 121, 3, 33, 120, 66, 150),
  ]);
  const fields = Object.keys(READ);
  const [values] = dissect(t, [offer], fields);
  t.strictSame(Object.fromEntries(fields.map((field, index) => [field, values?.[index]])), READ);
  t.equal(readReply(offer.payload).options.get(121), "100a110a00000119" + "0ae500800a00000100c0a801fe");
});

await t.test("A64 A65 A77 tshark reads what a file sets for PXE firmware", needsTshark(), async (t) => {
  const firmware = [[60, text("PXEClient:Arch:00000:UNDI:002001")], [93, "0000"], asks(1, 3, 43, 60)] as const;
  const offer = await offerOf(t, CONFIGURATION, firmware);
  const fields = ["dhcp.option.type", "dhcp.option.vendor_class_id", "dhcp.option.vendor.pxeclient.discovery_control"];
  t.strictSame(dissect(t, [offer], fields), [["53,54,51,1,3,43,60,210,0", "PXEClient", "0x03"]]);
});

await t.test("A13 A73 tshark puts the parts of a long list together", needsTshark(), async (t) => {
  const names = Array.from({ length: 20 }, (_, index) => `domain-number-${index}.example`);
  const configuration = [...CONFIGURATION.slice(0, 3), `domain_search = ${names.join("; ")}`];
  const offer = await offerOf(t, configuration, [asks(119), [57, "05dc"]]);
  const fields = ["dhcp.option.type", "dhcp.option.dhcp_dns_domain_search_list_fqdn"];
  t.strictSame(dissect(t, [offer], fields), [["53,54,51,119,119,0", names.join(",")]]);
});

await t.test("[option] goes before the names of [bootpd]", async (t) => {
  const lines = [...CONFIGURATION.slice(0, 6), "[option]", "42 = 10.0.0.7", "119 = none"];
  const { options } = readReply((await offerOf(t, lines, [asks(42, 119)])).payload);
  t.equal(options.get(42), "0a000007");
  t.equal(options.has(119), false);
});

await t.test("A35 one bound alone has lease_time for the other", async (t) => {
  const pool = ["[bootpd]", "pool_start = 192.168.1.100", "allow_simple_dhcp = yes", "lease_time = 1h"];
  const granted = async (line: string, wish: string): Promise<string | undefined> =>
    readReply((await offerOf(t, [...pool, line], [[51, wish]])).payload).options.get(51);
  t.equal(await granted("max_lease_time = 2h", "00001c20"), "00001c20");
  t.equal(await granted("max_lease_time = 2h", "00000001"), "00000e10");
  t.equal(await granted("min_lease_time = 30m", "00000001"), "00000708");
  t.equal(await granted("min_lease_time = 30m", "00001c20"), "00000e10");
  t.equal(await granted("max_lease_time = infinite", "ffffffff"), "ffffffff");
  t.equal(await granted("", "00000001"), "00000e10");
});

await t.test("machines behind a relay agent are told what the section of their network sets", async (t) => {
  const lab = [
    "[subnet lab]",
    "network = 10.1.0.0/16",
    "pool_start = 10.1.1.0",
    "mtu = 9000",
    "ntp = 10.1.0.123",
    "next_server = 10.1.0.2",
    "max_lease_time = 30d",
  ];
  const wish = [51, (20 * 86_400).toString(16).padStart(8, "0")] as const;
  const request = [asks(26, 42, 2), wish] as const;
  const offer = async (relayAgent?: string): Promise<ReturnType<typeof readReply>> =>
    readReply((await offerOf(t, [...CONFIGURATION, ...lab], request, relayAgent)).payload);
  const far = await offer("10.1.0.1");
  t.match(far, { yiaddr: "10.1.1.0", siaddr: "10.1.0.2" });
  t.strictSame(
    [26, 42, 2, 51].map((code) => far.options.get(code)),
    ["2328", "0a01007b", "fffff1f0", "001a5e00"],
  );
  const near = await offer();
  t.match(near, { yiaddr: "192.168.1.100", siaddr: "192.168.1.9" });
  t.strictSame(
    [26, 42, 51].map((code) => near.options.get(code)),
    ["0578", "0a0000010a000002", "00093a80"],
  );
});
