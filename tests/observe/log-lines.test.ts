import t from "tap";
import type { Event, Machine } from "../../lib/events/event.js";
import type { Level } from "../../lib/common/log-line.js";
import { lineOf } from "../../lib/observe/log-lines.js";
import { ip, mac, uuid } from "../support/values.js";

const MACHINE: Machine = {
  mac: mac("52-54-00-00-00-01"),
  uuid: uuid("12345678-abcd-ef00-1111-abcdefabcdef"),
  architecture: 7,
  kind: "pxe",
};
const SYSTEM: Machine = { ...MACHINE, uuid: undefined, architecture: undefined, kind: "dhcp" };
const ADDRESS = ip("192.168.1.100");
const PEER = { address: ADDRESS, port: 2070 };

const TRANSFER = {
  kind: "transfer-ended",
  peer: PEER,
  mac: MACHINE.mac,
  name: "pxelinux.0",
  origin: "/srv/tftp/pxelinux.0",
  octets: 42_430,
  seconds: 0.25,
  retransmissions: 0,
  outcome: "complete",
} as const;

const SENTENCES: readonly (readonly [event: Event, level: Level, message: string])[] = [
  [
    { kind: "mirror-away", origin: "http://mirror.example", reason: "connect ETIMEDOUT", cure: "check the network" },
    "warning",
    "http://mirror.example cannot be reached: connect ETIMEDOUT. Files from there cannot be had: check the network.",
  ],
  [
    { kind: "mirror-back", origin: "http://mirror.example", seconds: 34.6 },
    "info",
    "http://mirror.example is reached again, after 35 s",
  ],
  [
    { kind: "hosts-changed", source: "hosts.yaml", hosts: 12, added: 2, changed: 1, gone: 0 },
    "info",
    "hosts.yaml: 12 machines: 2 new, 1 changed, 0 gone",
  ],
  [
    { kind: "hosts-refused", source: "hosts.yaml", problems: ["hosts.yaml:3: one", "hosts.yaml:4: two"], kept: 12 },
    "error",
    "hosts.yaml was changed and cannot be used, so the 12 machines known before stay: hosts.yaml:3: one; hosts.yaml:4: two",
  ],
  [
    { kind: "dhcp-offered", machine: MACHINE, address: ADDRESS, boot: { file: "bootx64.efi" } },
    "info",
    "52:54:00:00:00:01: offered 192.168.1.100 to PXE firmware, architecture 7 (x64 UEFI), UUID 12345678-abcd-ef00-1111-abcdefabcdef; boot file bootx64.efi",
  ],
  [
    { kind: "dhcp-offered", machine: MACHINE, address: ADDRESS, boot: { noFile: { code: "nothing-to-boot" } } },
    "warning",
    "52:54:00:00:00:01: offered 192.168.1.100 to PXE firmware, architecture 7 (x64 UEFI), UUID 12345678-abcd-ef00-1111-abcdefabcdef; no boot file: there is nothing for it to boot",
  ],
  [
    {
      kind: "dhcp-leased",
      machine: { ...MACHINE, kind: "http", uuid: undefined, architecture: 16 },
      address: ADDRESS,
      stage: "firmware",
      boot: undefined,
      renewed: false,
    },
    "info",
    "52:54:00:00:00:01: leased 192.168.1.100 to HTTP boot firmware, architecture 16 (x64 UEFI HTTP)",
  ],
  [
    { kind: "dhcp-leased", machine: SYSTEM, address: ADDRESS, stage: "system", boot: undefined, renewed: true },
    "info",
    "52:54:00:00:00:01: confirmed 192.168.1.100 to a DHCP client",
  ],
  [
    {
      kind: "dhcp-leased",
      machine: { ...SYSTEM, kind: "bootp" },
      address: ADDRESS,
      stage: "firmware",
      boot: { noFile: { code: "no-boot-file", architecture: undefined } },
      renewed: false,
    },
    "warning",
    "52:54:00:00:00:01: leased 192.168.1.100 to a BOOTP client; no boot file: [bootfile] has no default",
  ],
  [
    { kind: "dhcp-refused", machine: SYSTEM, address: ADDRESS, cause: { code: "not-free" } },
    "info",
    "52:54:00:00:00:01: refused 192.168.1.100 to a DHCP client: it is not free or not in the pool",
  ],
  [
    { kind: "dhcp-informed", machine: SYSTEM, address: ADDRESS },
    "info",
    "52:54:00:00:00:01: told the network's parameters to 192.168.1.100",
  ],
  [{ kind: "dhcp-released", machine: SYSTEM, address: ADDRESS }, "info", "52:54:00:00:00:01: released 192.168.1.100"],
  [
    { kind: "dhcp-released", machine: SYSTEM, address: ADDRESS, byOperator: true },
    "info",
    "52:54:00:00:00:01: released 192.168.1.100, as an operator asked (pybootd leases release)",
  ],
  [
    { kind: "dhcp-declined", machine: SYSTEM, address: ADDRESS },
    "warning",
    "52:54:00:00:00:01: found 192.168.1.100 in use by another machine",
  ],
  [
    {
      kind: "dhcp-ignored",
      machine: SYSTEM,
      cause: { code: "pool-exhausted", networks: ["192.168.1.0/24"], otherCard: undefined },
      grave: true,
    },
    "warning",
    "52:54:00:00:00:01: ignored a DHCP client: no address is left in 192.168.1.0/24: the pool (pool_count) is exhausted and the machine is not in [static_dhcp] or [hosts]",
  ],
  [
    {
      kind: "dhcp-ignored",
      machine: SYSTEM,
      cause: { code: "not-listed", list: "mac", identifier: MACHINE.mac, where: undefined },
      grave: false,
    },
    "info",
    "52:54:00:00:00:01: ignored a DHCP client: MAC 52:54:00:00:00:01 is not in [mac]",
  ],
  [
    { kind: "dhcp-left", machine: SYSTEM, cause: { code: "not-known-here" } },
    "debug",
    "52:54:00:00:00:01: left a DHCP client to another server: nothing is known of it",
  ],
  [
    { kind: "boot-asked", machine: { ...MACHINE, uuid: undefined }, peer: PEER },
    "debug",
    "52:54:00:00:00:01: PXE firmware, architecture 7 (x64 UEFI) asks the boot server from 192.168.1.100:2070",
  ],
  [
    { kind: "lease-lost", machine: SYSTEM, cause: { code: "not-kept", error: "ENOSPC", message: "the disk is full" } },
    "error",
    "52:54:00:00:00:01: no answer to a DHCP client: its lease cannot be kept: the disk is full",
  ],
  [{ kind: "store-recovered", lost: 1 }, "info", "leases are kept again; before, 1 lease could not be"],
  [
    { kind: "packet-dropped", protocol: "DHCP", peer: PEER, cause: { code: "malformed", flaw: "hops needs 1 octet" } },
    "debug",
    "192.168.1.100:2070: dropped a DHCP packet: hops needs 1 octet",
  ],
  [
    {
      kind: "transfer-began",
      protocol: "TFTP",
      peer: PEER,
      mac: MACHINE.mac,
      name: "pxelinux.0",
      origin: "/srv/tftp/pxelinux.0",
      size: 42_430,
    },
    "debug",
    '52:54:00:00:00:01 (192.168.1.100): sending "pxelinux.0" from /srv/tftp/pxelinux.0 by TFTP, 41.4 KiB',
  ],
  [
    {
      kind: "transfer-began",
      protocol: "HTTP",
      peer: PEER,
      mac: undefined,
      name: "/a",
      origin: "http://mirror/a",
      size: undefined,
    },
    "debug",
    '192.168.1.100:2070: sending "/a" from http://mirror/a by HTTP',
  ],
  [{ kind: "script-given", mac: MACHINE.mac, source: "kernel" }, "debug", "52:54:00:00:00:01: iPXE gets [ipxe] kernel"],
  [
    { kind: "script-given", mac: undefined, source: "template" },
    "debug",
    "a machine whose MAC address is not known: iPXE gets [ipxe] script",
  ],
  [
    TRANSFER,
    "info",
    '52:54:00:00:00:01 (192.168.1.100): sent "pxelinux.0" from /srv/tftp/pxelinux.0: 41.4 KiB in 0.25 s, 165.7 KiB/s',
  ],
  [
    { ...TRANSFER, mac: undefined, octets: 50 * 1024 * 1024, seconds: 2, retransmissions: 3 },
    "info",
    '192.168.1.100:2070: sent "pxelinux.0" from /srv/tftp/pxelinux.0: 50.0 MiB in 2.00 s, 25.0 MiB/s, 3 packets again',
  ],
  [
    { ...TRANSFER, octets: 0, seconds: 0, outcome: "unconfirmed" },
    "info",
    '52:54:00:00:00:01 (192.168.1.100): sent "pxelinux.0" from /srv/tftp/pxelinux.0: 0 B in 0.00 s, 0 B/s, the last acknowledgement is missing',
  ],
  [
    { ...TRANSFER, octets: 0, outcome: "probed" },
    "debug",
    '52:54:00:00:00:01 (192.168.1.100): asked the size of "pxelinux.0"',
  ],
  [
    {
      kind: "transfer-failed",
      peer: PEER,
      mac: undefined,
      name: "initrd.gz",
      origin: "http://mirror/initrd.gz",
      octets: 1024,
      cause: { code: "no-acknowledgement" },
    },
    "warning",
    '192.168.1.100:2070: "initrd.gz" from http://mirror/initrd.gz ended after 1024 B: no acknowledgement came in time',
  ],
  [
    {
      kind: "file-refused",
      protocol: "TFTP",
      peer: PEER,
      mac: undefined,
      name: "../etc/passwd",
      cause: { code: "outside-root", asked: "name" },
    },
    "info",
    '192.168.1.100:2070: refused "../etc/passwd" by TFTP: the name leads out of the root, or is none',
  ],
  [
    {
      kind: "http-served",
      peer: PEER,
      mac: MACHINE.mac,
      method: "GET",
      name: "/a",
      status: 206,
      octets: 5,
      seconds: 0.0004,
    },
    "info",
    '52:54:00:00:00:01 (192.168.1.100): GET "/a": 206, 5 B in 0.00 s, 5000 B/s',
  ],
];

await t.test("each event is a sentence: which machine, what it asked, what it got and why", (t) => {
  for (const [event, level, message] of SENTENCES) {
    const line = lineOf(event);
    t.equal(line.message, message);
    t.equal(line.level, level, event.kind);
    t.equal(line.fields()["event"], event.kind);
  }
  t.end();
});

await t.test("the parts stand beside the sentence, for machines that read the log", (t) => {
  const leased = lineOf({
    kind: "dhcp-leased",
    machine: MACHINE,
    address: ADDRESS,
    stage: "firmware",
    boot: { file: "bootx64.efi" },
    renewed: false,
  });
  t.strictSame(leased.fields(), {
    event: "dhcp-leased",
    mac: "52:54:00:00:00:01",
    uuid: "12345678-abcd-ef00-1111-abcdefabcdef",
    architecture: 7,
    ip: "192.168.1.100",
    stage: "firmware",
    bootFile: "bootx64.efi",
  });
  t.match(lineOf({ ...TRANSFER, seconds: 0.12345 }).fields(), {
    client: "192.168.1.100:2070",
    mac: "52:54:00:00:00:01",
    file: "pxelinux.0",
    origin: "/srv/tftp/pxelinux.0",
    octets: 42_430,
    seconds: 0.123,
    retransmissions: 0,
    outcome: "complete",
  });
  t.end();
});

await t.test("one is told in the singular", (t) => {
  const say = (event: Event): string => lineOf(event).message;
  const source = "hosts.yaml";
  t.equal(
    say({ kind: "hosts-changed", source, hosts: 1, added: 1, changed: 0, gone: 0 }),
    "hosts.yaml: 1 machine: 1 new, 0 changed, 0 gone",
  );
  t.equal(
    say({ kind: "hosts-refused", source, problems: ["it is bad"], kept: 1 }),
    "hosts.yaml was changed and cannot be used, so the 1 machine known before stays: it is bad",
  );
  t.equal(
    say({ kind: "hosts-unfit", problems: ["it is far"] }),
    "1 known machine has no address of its own: it is far",
  );
  t.match(say({ ...TRANSFER, retransmissions: 1 }), /, 1 packet again$/);
  t.end();
});

await t.test("what clients send makes no line of its own and orders nothing from a terminal", (t) => {
  const nasty = "a\r\nERROR b\u001b[2J\u0000\u007f\u009b31m\u2028\u2029\u202ec";
  const events: readonly Event[] = [
    { ...TRANSFER, name: nasty, origin: nasty },
    {
      kind: "file-refused",
      protocol: "HTTP",
      peer: PEER,
      mac: undefined,
      name: nasty,
      cause: { code: "file-missing", path: nasty },
    },
    { ...TRANSFER, kind: "transfer-failed", name: nasty, origin: nasty, cause: { code: "read-failed", error: nasty } },
    { kind: "http-served", peer: PEER, mac: undefined, method: nasty, name: nasty, status: 1, octets: 1, seconds: 1 },
    { kind: "packet-dropped", protocol: "TFTP", peer: PEER, cause: { code: "malformed", flaw: nasty } },
    { kind: "dhcp-ignored", machine: MACHINE, cause: { code: "inventory-silent", error: nasty }, grave: true },
    { kind: "dhcp-offered", machine: MACHINE, address: ADDRESS, boot: { file: nasty } },
    {
      kind: "dhcp-refused",
      machine: MACHINE,
      address: ADDRESS,
      cause: { code: "not-in-network", address: ADDRESS, subnet: nasty },
    },
  ];
  for (const event of events) {
    const { message } = lineOf(event);
    t.notMatch(message, /[\0-\x1f\x7f-\x9f\u2028\u2029\u202e]/, event.kind);
    t.match(message, /a.*ERROR b.*c/, "the rest is there");
  }
  t.end();
});

await t.test("what the system refuses is told in its words, a mistake of ours with its stack", (t) => {
  const refused = Object.assign(new Error("send ENETUNREACH 10.0.0.1:68"), { code: "ENETUNREACH" });
  const line = lineOf({ kind: "failed", where: "sending a DHCP reply", error: refused });
  t.equal(line.level, "warning");
  t.equal(line.message, "sending a DHCP reply: send ENETUNREACH 10.0.0.1:68");
  t.strictSame(line.fields(), { event: "failed", code: "ENETUNREACH" });
  const { level, message } = lineOf({ kind: "failed", where: "answering", error: new TypeError("x is undefined") });
  t.equal(level, "error");
  t.match(message, /^answering: TypeError: x is undefined\n {4}at /);
  const quoting = lineOf({ kind: "failed", where: "answering", error: new TypeError("no a\n2026 error b\u001b[2J") });
  t.match(quoting.message, /^answering: TypeError: no a\?2026 error b\?\[2J\n {4}at /, "what it quotes is no line");
  const odd = Object.assign(new Error("open /a\nb"), { code: "EIO" });
  t.equal(lineOf({ kind: "failed", where: "reading", error: odd }).message, "reading: open /a?b");
  t.end();
});

await t.test("a script that says what nobody knows is told of, with its machine where that is known", (t) => {
  const why = "is not known, and iPXE has no setting for it: nothing stands there (said once)";
  for (const [of, whose] of [
    [MACHINE.mac, MACHINE.mac],
    [undefined, "a machine whose MAC address is not known"],
  ] as const) {
    const { level, message } = lineOf({ kind: "script-lacks", variable: "console", mac: of });
    t.equal(level, "warning");
    t.equal(message, `[ipxe]: {console} in the script of ${whose} ${why}`);
  }
  t.end();
});
