/** Where the values of replies come from: the line that sets each, a standard, or the request. */

import { join } from "node:path";
import t, { type Test } from "tap";
import { describeOrigin } from "../../lib/config/origin.js";
import type { ReplyOrigins, ReplyPart } from "../../lib/dhcp/reply.js";
import { knownOptions } from "../../lib/options/registry.js";
import { configuredServer } from "../support/configured-server.js";
import { loadFile } from "../support/configuration.js";
import { quad, text, type RequestFields } from "../support/dhcp-packet.js";

type Sent = NonNullable<RequestFields["options"]>;

const BASE = ["[bootpd]", "pool_start = 192.168.1.100", "allow_simple_dhcp = yes"];
const LAB = ["[subnet lab]", "network = 10.7.0.0/24", "pool_start = 10.7.0.50"];
const ROM: Sent = [
  [60, text("PXEClient:Arch:00000:UNDI:002001")],
  [93, "0000"],
];
const HTTP: Sent = [
  [60, text("HTTPClient:Arch:00016:UNDI:003000")],
  [93, "0010"],
];
const IPXE: Sent = [...ROM, [77, text("iPXE")]];

/** Returns what asks the server of these lines, and tells the origins of its answers. */
async function explained(
  t: Test,
  lines: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<(options: Sent, fields?: RequestFields) => ReplyOrigins> {
  const folder = t.testdir({ ...more, "pybootd.ini": lines.join("\n") });
  const told: (ReplyOrigins | undefined)[] = [];
  const server = await configuredServer(loadFile(join(folder, "pybootd.ini")), {
    recognised: () => undefined,
    answered: (_, { origins }) => told.push(origins),
  });
  return (options, fields = {}) => {
    server.ask({ ...fields, options: [[53, "01"], [57, "05dc"], ...options] });
    const [origins] = told.splice(0);
    if (origins === undefined) throw new Error("the server does not answer, or does not tell why");
    return origins;
  };
}

/** Option 55 of these codes. */
const asks = (...codes: number[]): readonly [number, string] => [55, Buffer.from(codes).toString("hex")];

/** What is said of a part of a reply. */
const said = (origins: ReplyOrigins, part: ReplyPart): string => {
  const origin = origins.get(part);
  return origin === undefined ? "" : describeOrigin(origin).replace(/\/\S+\//, "");
};

/** The number of the line that an option of a file is on. */
const lineOf = (lines: readonly string[], option: string): number =>
  lines.findLastIndex((line) => line.startsWith(`${option} =`)) + 1;

await t.test("every option that [option] may set has the origin of its line", async (t) => {
  const codes = [...knownOptions.values()].filter(({ reserved }) => reserved === undefined).map(({ code }) => code);
  // Option 121 takes the place of the routers and the static routes.
  const lines = [...BASE, "[option]", ...codes.map((code) => `${code} = ${code === 59 ? "0x00000e10" : "0x00000708"}`)];
  const ask = await explained(t, lines);
  t.ok(codes.length > 100);
  for (const code of codes) {
    const line = lineOf(lines, String(code));
    t.match(
      said(ask([asks(code)]), code),
      new RegExp(`^pybootd\\.ini:${line} \\[option\\] .*\\b${code}\\b`),
      `${code}`,
    );
  }
});

await t.test(
  "an option of a network's own section, and one for a vendor class, have the origins of their lines",
  async (t) => {
    const option = ["[option]", "42 = 192.168.1.7", "42@Acme = 192.168.1.8", "43.1@Acme = 0x01", "43.2@Acme = 0x02"];
    const ask = await explained(t, [...BASE, ...option, ...LAB, "ntp-servers = 10.7.0.9"]);
    t.equal(said(ask([asks(42)]), 42), "pybootd.ini:5 [option] ntp-servers (42)");
    t.equal(said(ask([asks(42), [60, text("Acme 1")]]), 42), "pybootd.ini:6 [option] ntp-servers (42)");
    t.equal(said(ask([[60, text("Acme 1")]]), 43), "pybootd.ini:7, 8 [option] vendor-specific (43)");
    t.equal(said(ask([asks(42)], { giaddr: "10.7.0.1" }), 42), "pybootd.ini:12 [subnet lab] ntp-servers (42)");
  },
);

/** Options of `[bootpd]`, and what of a reply each of them sets. */
const BOOTPD: readonly (readonly [line: string, parts: readonly ReplyPart[]])[] = [
  ["gateway = 192.168.1.254", [3]],
  ["dns = 192.168.1.53", [6]],
  ["domain = lab.example", [15]],
  ["ntp = 192.168.1.7", [42]],
  ["domain_search = lab.example", [119]],
  ["lease_time = 2h", [51]],
  ["servername = boot", ["sname", 66]],
  ["next_server = 192.168.1.9", ["siaddr", "sname", 66, 150]],
  ["boot_file = pxelinux.0", ["file", 67]],
  ["pxe_style = bypass", [43, 60]],
];

await t.test("every option of [bootpd] that sets a value of a reply is its origin, and else its default", async (t) => {
  const wants = asks(1, 3, 6, 15, 42, 66, 67, 119, 150);
  for (const [line, parts] of BOOTPD) {
    const [name = ""] = line.split(" ");
    const lines = [...BASE, line, ...(name === "boot_file" ? [] : ["[bootfile]", "default = x.0"])];
    const origins = (await explained(t, lines))([wants, ...ROM]);
    for (const part of parts) t.equal(said(origins, part), `pybootd.ini:4 [bootpd] ${name}`, `${name} ${part}`);
  }
  const usual = (await explained(t, [...BASE, "[bootfile]", "default = x.0"]))([wants, ...ROM]);
  t.equal(said(usual, 15), "the default of [bootpd] domain");
  t.equal(said(usual, 51), "the default of [bootpd] lease_time");
  t.equal(said(usual, 3), "this server: the default of [bootpd] gateway");
  t.equal(said(usual, 67), "pybootd.ini:5 [bootfile] default");
  t.equal(said(usual, 150), "this server, on eth0");
});

await t.test("a [subnet] sets its own values, and inherits the others with their origins", async (t) => {
  const own = ["gateway = 10.7.0.1", "domain = rack.example", "lease_time = 1h", "boot_file = lab.0"];
  const lines = [...BASE, "dns = 192.168.1.53", "lease_time = 2h", ...LAB, ...own];
  const origins = (await explained(t, lines))([asks(1, 3, 6, 15, 67), ...ROM], { giaddr: "10.7.0.1" });
  t.equal(said(origins, 1), "[subnet lab] network");
  t.equal(said(origins, 3), "pybootd.ini:9 [subnet lab] gateway");
  t.equal(said(origins, 6), "pybootd.ini:4 [bootpd] dns");
  t.equal(said(origins, 15), "pybootd.ini:10 [subnet lab] domain");
  t.equal(said(origins, 51), "pybootd.ini:11 [subnet lab] lease_time");
  t.equal(said(origins, 67), "pybootd.ini:12 [subnet lab] boot_file");
  t.equal(said(origins, "yiaddr"), "a free one of the pool ([subnet lab])");
});

await t.test("a lease time that the client asks for is its own, or the bound that it meets", async (t) => {
  const ask = await explained(t, [...BASE, "min_lease_time = 10m", "max_lease_time = 2d"]);
  t.equal(said(ask([[51, "00000e10"]]), 51), "as the request has it");
  t.equal(said(ask([[51, "00000001"]]), 51), "pybootd.ini:4 [bootpd] min_lease_time");
  t.equal(said(ask([[51, "ffffffff"]]), 51), "pybootd.ini:5 [bootpd] max_lease_time");
  t.equal(said(ask([]), 51), "the default of [bootpd] lease_time");
});

await t.test("a host's own values name its entry, before those of [option]", async (t) => {
  const hosts =
    "52:54:00:aa:bb:01:\n  ipAddress: 192.168.1.20\n  hostname: build\n  nameServers: [192.168.1.54]\n  netboot: {bootFile: own.0}\n";
  const lines = [...BASE, "[option]", "dns-servers = 192.168.1.55", "[hosts]", "file = hosts.yaml"];
  const origins = (await explained(t, lines, { "hosts.yaml": hosts }))([asks(6, 12, 67), ...ROM]);
  for (const part of [6, 12, 67, "file"] as const) t.equal(said(origins, part), "hosts.yaml:1", `${part}`);
  t.equal(said(origins, "yiaddr"), "reserved for it, hosts.yaml:1");
});

await t.test("profiles: the line of one's own, the name of one that is built in", async (t) => {
  const lines = [...BASE, "boot_file = x.0", "[profile lab]", "match_vendor = PXEClient", "pxe_style = binl"];
  t.equal(said((await explained(t, lines))(ROM), 60), "pybootd.ini:7 [profile lab] pxe_style");
  const styled = [...BASE, "boot_file = x.0", "[profile lab]", "match_vendor = PXEClient", 'menu_label = "Boot"'];
  t.equal(said((await explained(t, styled))(ROM), 43), "pybootd.ini:7 [profile lab] menu_label");
  const pi = { chaddr: "b8:27:eb:00:00:01" };
  t.equal(said((await explained(t, lines.slice(0, 4)))(ROM, pi), 43), "[profile raspberry-pi-3] menu_label");
});

await t.test("no value of any reply is without an origin", async (t) => {
  const every = asks(...Array.from({ length: 253 }, (_, index) => index + 1));
  const ini = [...BASE, "dns = auto", "[bootfile]", "default = x.0", "00007 = x.efi", "[httpd]", "enable = yes"];
  const relayed: Sent = [
    [61, "01525400aabb01"],
    [82, "0101aa"],
    [118, quad("192.168.1.0")],
  ];
  for (const mode of [[], ["mode = auto-proxy"]]) {
    const ask = await explained(t, [...ini.slice(0, 3), ...mode, ...ini.slice(3)]);
    for (const kind of [ROM, HTTP, IPXE, ...(mode.length === 0 ? [[], relayed] : [])]) {
      const origins = ask([every, [97, `00${"12".repeat(16)}`], ...kind]);
      t.ok(origins.size > 6);
      for (const [part, origin] of origins) t.not(describeOrigin(origin), "", `${part}`);
    }
  }
});
