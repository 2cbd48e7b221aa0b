/** The sentence of each cause, word for word: users and scripts search the log for them. */

import t from "tap";
import { describeCause, type Cause, type CauseFacts } from "../../lib/events/causes/describe.js";
import { ip, mac } from "../support/values.js";

type Examples = {
  readonly [Code in keyof CauseFacts]: readonly (readonly [facts: Readonly<CauseFacts[Code]>, sentence: string])[];
};

const path = "/srv/tftp/x";
const url = "http://mirror/x";
const MAC = mac("52:54:00:00:00:01");
const address = ip("192.168.1.100");

const where = { source: "hosts.yaml", line: 31 };
const url404 = "http://auth:8080/boot?mac=52-54-00-00-00-01";
const subnet = "192.168.1.0/24";

const EXAMPLES: Examples = {
  "not-listed": [
    [{ list: "mac", identifier: MAC, where }, "MAC 52:54:00:00:00:01 is not in [mac]"],
    [{ list: "uuid", identifier: "1234", where: undefined }, "UUID 1234 is not in [uuid]"],
  ],
  "listed-disabled": [[{ list: "mac", identifier: MAC, where }, "MAC 52:54:00:00:00:01 is disabled in [mac]"]],
  "no-uuid": [[{}, "it sent no UUID, which access = uuid goes by"]],
  disabled: [
    [{ where: [where] }, "it is disabled (hosts.yaml:31)"],
    [
      { where: [where, { source: "pybootd.ini [mac]", line: undefined }] },
      "it is disabled (hosts.yaml:31, pybootd.ini [mac])",
    ],
  ],
  "identity-unknown": [[{ error: "it is away" }, "nobody can tell who it is: it is away"]],
  "inventory-silent": [[{ error: "it is away" }, "what is known of it cannot be found out: it is away"]],
  "authority-refused": [[{ url: url404, status: 404 }, "auth:8080 answered 404 to /boot?mac=52-54-00-00-00-01"]],
  "authority-silent": [
    [{ url: url404, seconds: 5, error: undefined }, "the authority auth:8080 gave no answer within 5 s"],
    [
      { url: url404, seconds: undefined, error: "connect ECONNREFUSED" },
      "the authority auth:8080 gave no answer (connect ECONNREFUSED)",
    ],
  ],
  "not-seen-to-boot": [[{}, "it was not seen to boot by PXE first, and allow_simple_dhcp is off"]],
  "meant-local": [[{ where: [where] }, "allowPxe is false (hosts.yaml:31)"]],
  "booted-once": [[{ mac: MAC }, "it boots from here once, and has done so (pybootd hosts reset 52:54:00:00:00:01)"]],
  "menu-without-file": [[{}, "[menu] has nothing but the machine's own disk"]],
  "no-such-item": [[{}, "the menu has no such item"]],
  "http-off": [[{ file: "x.efi" }, "it boots by HTTP, x.efi is no URL, and HTTP is off ([httpd] enable)"]],
  "file-is-url": [[{ file: "http://a/b" }, "it boots by TFTP, and http://a/b is a URL"]],
  "no-boot-file": [
    [{ architecture: undefined }, "[bootfile] has no default"],
    [{ architecture: 11 }, "[bootfile] has no entry for architecture 11 (ARM 64-bit UEFI)"],
  ],
  "nothing-to-boot": [[{}, "there is nothing for it to boot"]],
  "not-firmware": [[{}, "it is no firmware that boots from the network"]],
  "no-vendor-class": [[{}, "it does not say that it boots by PXE"]],
  "no-architecture": [[{}, "it names no architecture (option 93)"]],
  "not-a-discover": [[{}, "only what looks for a server is answered here"]],
  "not-pxe": [[{}, "only PXE clients ask here"]],
  "asks-for-nothing": [[{}, "it asks for nothing"]],
  "other-boot-server": [[{ type: 7 }, "it looks for a boot server of type 7, which we are not"]],
  "wants-credentials": [[{}, "it wants credentials, which there are none of"]],
  "not-known-here": [[{}, "nothing is known of it"]],
  "nothing-reserved": [[{}, "no address is reserved for it"]],
  "master-serves": [[{ master: address }, "192.168.1.100 serves, whose standby this is"]],
  "impossible-address": [[{ address }, "it asks from 192.168.1.100, which no machine can have"]],
  "impossible-relay": [[{ giaddr: address }, "giaddr 192.168.1.100 can be no relay agent's address"]],
  "relay-is-us": [[{ giaddr: address }, "giaddr 192.168.1.100 is this server's own address"]],
  "network-not-served": [
    [{ by: "relay", address, networks: ["10.0.0.0/8"] }, "it was relayed by 192.168.1.100, which is not in 10.0.0.0/8"],
    [
      { by: "link-selection", address, networks: ["10.0.0.0/8", "172.16.0.0/12"] },
      "its relay agent selected the link 192.168.1.100, which is in none of 10.0.0.0/8, 172.16.0.0/12",
    ],
    [
      { by: "subnet-selection", address, networks: ["10.0.0.0/8"] },
      "it selected the subnet 192.168.1.100, which is not in 10.0.0.0/8",
    ],
  ],
  "interface-not-served": [[{ interfaceName: "eth0" }, "no network of eth0 is served"]],
  "pool-exhausted": [
    [
      { networks: [subnet, "10.0.0.0/8"], otherCard: undefined },
      "no address is left in 192.168.1.0/24 and 10.0.0.0/8: the pool (pool_count) is exhausted and the machine is not in [static_dhcp] or [hosts]",
    ],
    [
      { networks: [subnet], otherCard: { key: MAC, address } },
      "no address is left in 192.168.1.0/24: the pool (pool_count) is exhausted and 192.168.1.100 is in use by another card of its machine, 52:54:00:00:00:01",
    ],
  ],
  "addresses-in-use": [[{ count: 3 }, "each of 3 addresses that were free is in use"]],
  "took-other": [[{ server: address }, "it took the offer of another DHCP server, 192.168.1.100"]],
  "message-type": [[{}, "its message type is not one that clients send"]],
  "no-address-named": [
    [{ selecting: true }, "it names no address to take"],
    [{ selecting: false }, "it names no address at all"],
  ],
  "not-ours": [[{ address }, "it has 192.168.1.100, which is not ours to give"]],
  "no-record": [[{ address }, "it believes to have 192.168.1.100, of which we have no record"]],
  "other-card": [[{ key: MAC, address }, "another card of its machine, 52:54:00:00:00:01, has it"]],
  "not-in-network": [[{ address, subnet }, "it is not in 192.168.1.0/24"]],
  "has-another": [[{ own: address }, "the machine's address is 192.168.1.100"]],
  "not-free": [[{}, "it is not free or not in the pool"]],
  "taken-by-now": [
    [{ address, refused: true }, "another machine has it by now"],
    [{ address, refused: false }, "192.168.1.100 cannot be given: another machine has it by now"],
  ],
  "declines-offer-of-other": [[{}, "it declines another server's offer"]],
  "declines-not-given": [[{}, "it declines an address it was not given"]],
  "declines-too-often": [[{}, "it declines one address after the other"]],
  "declines-too-late": [[{}, "it declines an address that it was not given (any more)"]],
  "releases-lease-of-other": [[{}, "it releases another server's lease"]],
  "releases-not-own": [[{}, "it releases an address that is not its own"]],
  "releases-too-late": [[{}, "it releases an address that it does not hold (any more)"]],
  "inform-without-address": [[{}, "it asks for parameters but has no address to send them to"]],
  "inform-impossible-address": [
    [{ address }, "it asks for parameters at 192.168.1.100, which no other machine can have"],
  ],
  "inform-outside-network": [
    [{ address, subnet: "10.0.0.0/8" }, "it asks for parameters at 192.168.1.100, which is not in 10.0.0.0/8"],
  ],
  "not-kept": [[{ error: "ENOSPC", message: "the disk is full" }, "its lease cannot be kept: the disk is full"]],
  "outside-root": [
    [{ asked: "name" }, "the name leads out of the root, or is none"],
    [{ asked: "path" }, "the path leads out of the root, or is none"],
  ],
  "outside-folder": [
    [{ path, folder: "/srv" }, "/srv/tftp/x leads out of /srv"],
    [{ path, folder: undefined }, "/srv/tftp/x leads out of its folder"],
  ],
  "file-missing": [[{ path }, "there is no /srv/tftp/x"]],
  "variable-unknown": [[{ filter: "*.cfg", variable: "mac" }, "the filter *.cfg needs {mac}, which is not known here"]],
  "names-no-file": [[{ origin: path }, "/srv/tftp/x names no file to serve"]],
  "file-not-regular": [[{ path }, "/srv/tftp/x is not a regular file"]],
  "file-private": [[{ path, what: "the configuration" }, "/srv/tftp/x is not served: it is the configuration"]],
  "file-closed": [
    [{ path, mode: "0600" }, "/srv/tftp/x is not served: its mode 0600 keeps others out (chmod o+r lets them in)"],
  ],
  "file-forbidden": [[{ path, error: "EACCES" }, "/srv/tftp/x cannot be read (EACCES)"]],
  "file-unreadable": [[{ path, error: "EIO" }, "/srv/tftp/x cannot be read (EIO)"]],
  "file-place-unknown": [[{ path }, "/srv/tftp/x: without /proc nobody can tell where a file is that was opened"]],
  "file-changed": [
    [{ origin: path, while: "opened" }, "/srv/tftp/x changed while it was opened"],
    [{ origin: path, while: "read" }, "/srv/tftp/x changed while it was read"],
    [{ origin: url, while: "being fetched" }, "http://mirror/x changed while it was being fetched"],
  ],
  "file-short": [[{ origin: path }, "/srv/tftp/x ended too early"]],
  "size-unknown": [[{ origin: url }, "http://mirror/x does not tell its size, and is too large to be measured"]],
  "missing-at-mirror": [
    [{ url, status: 404 }, "http://mirror/x answered 404"],
    [{ url, status: undefined }, "http://mirror/x was not there just now"],
  ],
  "mirror-forbids": [[{ url, status: 403 }, "http://mirror/x answered 403"]],
  "mirror-failed": [[{ url, status: 500 }, "http://mirror/x answered 500"]],
  "mirror-unreachable": [
    [{ url, error: "connect ECONNREFUSED" }, "http://mirror/x cannot be fetched: connect ECONNREFUSED"],
  ],
  "mirror-not-asked": [[{ url }, "http://mirror/x was not asked"]],
  "mirror-short": [
    [{ url, end: 5, wanted: 9 }, "http://mirror/x ended at octet 5 of 9"],
    [{ url, end: undefined, wanted: 9 }, "http://mirror/x ended before octet 9"],
  ],
  "fetch-ended": [[{ url }, "http://mirror/x is no longer being fetched"]],
  "nothing-served": [[{}, "nothing is served there"]],
  "for-another": [
    [
      { mac: MAC, asker: mac("52:54:00:00:00:02"), address },
      "it is for 52:54:00:00:00:01 alone, not for 52:54:00:00:00:02",
    ],
    [
      { mac: MAC, asker: undefined, address },
      "it is for 52:54:00:00:00:01 alone, not for whoever has 192.168.1.100, which no lease, no request and no link here tells",
    ],
  ],
  "no-script": [[{}, "[ipxe] has no script for this machine"]],
  "script-missing": [[{ error: "ENOENT: no such file" }, "no script: ENOENT: no such file"]],
  "script-unreadable": [[{ error: "EIO: i/o error" }, "no script: EIO: i/o error"]],
  "not-a-mac": [[{}, "that is no MAC address"]],
  "report-not-kept": [[{ error: "ENOSPC" }, "the report cannot be kept: ENOSPC"]],
  "inventory-unknown": [[{ reason: "ECONNREFUSED" }, "the inventory is not known yet: ECONNREFUSED"]],
  clients: [[{}, "[tftpd] clients does not name its network; it gets no answer"]],
  "write-request": [[{}, "it wanted to write, and nothing can be written here"]],
  "check-ip": [[{}, "check_ip is on, and the machine holds no address of ours"]],
  "method-not-served": [[{ method: "PUT" }, "the method PUT is not served"]],
  "no-host-header": [[{}, "HTTP/1.1 without a Host header"]],
  "expectation-failed": [[{ expect: "x" }, 'it expects "x"']],
  "range-unsatisfiable": [
    [{ size: 1, range: "bytes=9-" }, "the file has 1 octet, not bytes=9-"],
    [{ size: 5, range: "bytes=9-" }, "the file has 5 octets, not bytes=9-"],
  ],
  "aborted-by-client": [
    [{ errorCode: 0, text: "" }, "the client ended it: error 0"],
    [{ errorCode: 8, text: "no room" }, 'the client ended it: error 8 "no room"'],
  ],
  "unexpected-packet": [[{ opcode: 3 }, "the client sent a packet of type 3"]],
  "no-acknowledgement": [[{}, "no acknowledgement came in time"]],
  "too-long": [[{ seconds: 60 }, "it took longer than 60 s"]],
  "too-slow": [[{ rate: 256 }, "it was slower than 256 octets a second"]],
  "client-too-slow": [[{}, "the client takes too long"]],
  "connection-lost": [[{ error: "Premature close" }, "Premature close"]],
  "asked-again": [[{}, "the client sent another request from the same port"]],
  "gave-way": [
    [{ of: "address", count: 2 }, "the client did not answer, and its address has 2 transfers already"],
    [{ of: "all", count: 1 }, "the client did not answer, and there is 1 transfer"],
  ],
  "shutting-down": [[{}, "the server is shutting down"]],
  "read-failed": [[{ error: "it is broken" }, "it is broken"]],
  malformed: [[{ flaw: "hops needs 1 octet at octet 3" }, "hops needs 1 octet at octet 3"]],
  "not-a-request": [[{}, "it is not a request"]],
  "no-hardware-address": [[{}, "it has no hardware address to know the client by"]],
  "impossible-source": [[{}, "no client has its address and port"]],
  "too-many-transfers": [
    [{ of: "address", count: 1 }, "its address has 1 transfer already"],
    [{ of: "all", count: 1000 }, "there are 1000 transfers"],
  ],
  "too-many-connections": [
    [{ of: "address", count: 1024 }, "its address has 1024 connections already"],
    [{ of: "all", count: 4096 }, "there are 4096 connections"],
  ],
  "not-http": [[{ flaw: "Parse Error" }, "no request: Parse Error"]],
  "too-many-ahead": [[{ count: 32 }, "it sent more than 32 requests ahead"]],
};

await t.test("each cause has its sentence", (t) => {
  for (const [code, cases] of Object.entries(EXAMPLES)) {
    t.match(code, /^[a-z]+(-[a-z]+)*$/, "a code is in kebab case");
    // The facts of each case are those of its code, as the type of EXAMPLES says.
    for (const [facts, sentence] of cases) t.equal(describeCause({ code, ...facts } as Cause), sentence, code);
  }
  t.end();
});
