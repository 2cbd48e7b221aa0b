/** Which options there are, and by which names. */

import t from "tap";
import { describeOption, optionCode, whyReserved } from "../../lib/options/names.js";
import { knownOptions, OPTION_TABLE } from "../../lib/options/registry.js";

await t.test("no code and no name is known twice, and names are written as they are looked up", (t) => {
  const rows = Object.values(OPTION_TABLE);
  t.equal(knownOptions.size, rows.length);
  const names = rows.map(([, , names]) => names);
  const single = names.flatMap((each) => each.split(" "));
  t.equal(new Set(single).size, single.length);
  for (const name of single) t.match(name, /^[a-z0-9+-]*[a-z][a-z0-9+-]*$/);
  t.end();
});

await t.test("an option is known by its number, and by its name in any case, with _ or -", (t) => {
  for (const text of ["42", "042", "ntp-servers", "NTP-Servers", "ntp_servers", "ntp-server"]) {
    t.equal(optionCode(text), 42, text);
  }
  t.equal(optionCode("224"), 224, "also one that has no name");
  for (const text of ["256", "0042", "-1", "4.2", "", "ntp"]) t.equal(optionCode(text), undefined, text);
  t.equal(describeOption(42), "ntp-servers (42)");
  t.equal(describeOption(224), "224");
  t.end();
});

/** As `dnsmasq --help dhcp` lists them (2.90), but those that only clients send. */
const DNSMASQ = `1 netmask, 2 time-offset, 3 router, 6 dns-server, 7 log-server, 9 lpr-server, 13 boot-file-size, 15 domain-name,
  16 swap-server, 17 root-path, 18 extension-path, 19 ip-forward-enable, 20 non-local-source-routing, 21 policy-filter,
  22 max-datagram-reassembly, 23 default-ttl, 26 mtu, 27 all-subnets-local, 31 router-discovery, 32 router-solicitation,
  33 static-route, 34 trailer-encapsulation, 35 arp-timeout, 36 ethernet-encap, 37 tcp-ttl, 38 tcp-keepalive,
  40 nis-domain, 41 nis-server, 42 ntp-server, 44 netbios-ns, 45 netbios-dd, 46 netbios-nodetype, 47 netbios-scope,
  48 x-windows-fs, 49 x-windows-dm, 58 T1, 59 T2, 60 vendor-class, 64 nis+-domain, 65 nis+-server, 66 tftp-server,
  67 bootfile-name, 68 mobile-ip-home, 69 smtp-server, 70 pop3-server, 71 nntp-server, 74 irc-server,
  100 posix-timezone, 101 tzdb-timezone, 108 ipv6-only, 119 domain-search, 120 sip-server, 121 classless-static-route,
  125 vendor-id-encap, 150 tftp-server-address`;

await t.test("the names that dnsmasq's users write are known", (t) => {
  for (const entry of DNSMASQ.split(/,\s+/)) {
    const [code = "", name = ""] = entry.split(" ");
    t.equal(optionCode(name), Number(code), name);
    t.ok(knownOptions.has(Number(code)), name);
  }
  t.end();
});

/** Some of https://kea.readthedocs.io/en/latest/arm/dhcp4-srv.html, "List of standard DHCPv4 options". */
const KEA = `4 time-servers, 5 name-servers, 6 domain-name-servers, 13 boot-size, 22 max-dgram-reassembly, 25 path-mtu-plateau-table,
  26 interface-mtu, 36 ieee802-3-encapsulation, 43 vendor-encapsulated-options, 46 netbios-node-type, 48 font-servers,
  49 x-display-manager, 60 vendor-class-identifier, 64 nisplus-domain-name, 66 tftp-server-name, 67 boot-file-name,
  76 streettalk-directory-assistance-server, 88 bcms-controller-names, 98 uap-servers, 100 pcode, 101 tcode,
  108 v6-only-preferred, 112 netinfo-server-address, 114 v4-captive-portal, 117 name-service-search, 125 vivso-suboptions,
  136 pana-agent, 137 v4-lost, 138 capwap-ac-v4, 141 sip-ua-cs-domains, 146 rdnss-selection, 159 v4-portparams,
  212 option-6rd, 213 v4-access-domain`;

await t.test("the names that Kea's users write are known", (t) => {
  for (const entry of KEA.split(/,\s+/)) {
    const [code = "", name = ""] = entry.split(" ");
    t.equal(optionCode(name), Number(code), name);
  }
  t.end();
});

await t.test("A20 what the server makes itself, and what only clients send, is not for a file to set", (t) => {
  for (const code of [0, 50, 51, 52, 53, 54, 55, 57, 61, 82, 97, 255]) t.type(whyReserved(code), "string", `${code}`);
  t.equal(whyReserved(51), "set lease_time in [bootpd] or [subnet NAME]");
  t.equal(whyReserved(42), undefined);
  t.end();
});
