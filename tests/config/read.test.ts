import t from "tap";
import { readDocument } from "../../lib/config/dialect.js";
import { formatProblem } from "../../lib/config/problem.js";
import { readSettings } from "../../lib/config/read.js";
import { schema } from "../../lib/settings/schema.js";
import type { Settings } from "../../lib/settings/schema.js";
import { parseMacPattern } from "../../lib/net/bit-pattern.js";
import { ip, mac } from "../support/values.js";

function settingsOf(text: string): Settings {
  const { settings, problems } = readSettings(schema, readDocument(text), "/etc/pybootd/pybootd.ini");
  if (problems.length > 0) throw new Error(problems.map((problem) => formatProblem("FILE", problem)).join("\n"));
  return settings;
}

function complaintsAbout(text: string): readonly string[] {
  const { problems } = readSettings(schema, readDocument(text), "/etc/pybootd/pybootd.ini");
  return problems.map((problem) => formatProblem("FILE", problem));
}

await t.test("an empty file gives the defaults", (t) => {
  const { logger, bootpd, daemon, tftpd, hosts, httpd, api, ipxe, http, cache, ...tables } = settingsOf("");
  t.strictSame(logger, { type: "stderr", level: "info", file: undefined, format: "text" });
  t.match(bootpd, {
    access: undefined,
    address: ip("0.0.0.0"),
    port: 67,
    pool_start: undefined,
    pool_count: 10,
    netmask: undefined,
    gateway: undefined,
    set_gateway: true,
    dns: undefined,
    domain: "localdomain",
    servername: undefined,
    lease_time: 86400,
    boot_file: undefined,
    allow_simple_dhcp: false,
    notify: undefined,
    timeout: undefined,
  });
  t.match(bootpd, { lease_db: undefined, client_key: "mac", offer_time: 60, decline_time: 86400 });
  t.strictSame(daemon, { user: undefined, group: undefined, state_dir: undefined, pid_file: undefined });
  const redis = { redis: undefined, redis_password_file: undefined, redis_ca: undefined };
  t.strictSame(hosts, { file: undefined, refresh: 60, api: undefined, scripts: undefined, ...redis });
  t.match(tftpd, {
    address: undefined,
    port: 69,
    root: { kind: "folder", path: "/etc/pybootd" },
    blocksize: 512,
    timeout: undefined,
    max_windowsize: 64,
    retries: 5,
    single_port: false,
  });
  t.strictSame(cache, { memory: 64 * 1024 * 1024, disk: undefined, disk_size: 4 * 1024 * 1024 * 1024 });
  t.match(httpd, {
    enable: false,
    address: undefined,
    port: 80,
    root: { kind: "folder", path: "/etc/pybootd" },
    check_ip: true,
  });
  t.strictSame(api, { enable: false, address: ip("127.0.0.1"), port: 8080 });
  t.match(ipxe, { binary_dir: undefined, script: undefined, retries: 5, unknown: "default" });
  t.match(http, { location: undefined, pxe: "boot", dhcp: "linux", timeout: undefined, always_check: false });
  for (const [name, table] of Object.entries(tables)) t.strictSame(table, [], `[${name}] is empty`);
  t.end();
});

await t.test("options are known in any case, sections are not", (t) => {
  t.equal(settingsOf("[bootpd]\nPool_Count = 3").bootpd.pool_count, 3);
  t.strictSame(complaintsAbout("[BootPD]\npool_count = 3"), [
    "FILE:1 [BootPD]: expected a known section, got [BootPD] (did you mean [bootpd]?)",
  ]);
  t.end();
});

await t.test("the names that older files use are known too", (t) => {
  const settings = settingsOf("[bootp]\npool_count = 3\nserver_name = boot\n[tftp]\nblocksize = 1024");
  t.match(settings.bootpd, { pool_count: 3, servername: "boot" });
  t.equal(settings.tftpd.blocksize, 1024);
  t.end();
});

await t.test("of an option under both its names PyBootd's counts, and the other one is not looked at", (t) => {
  for (const lines of [
    ["servername = a", "server_name = b c d"],
    ["server_name = b c d", "servername = a"],
  ]) {
    const { settings, problems, warnings } = readSettings(
      schema,
      readDocument(["[bootpd]", ...lines].join("\n")),
      "/p.ini",
    );
    const at = lines.indexOf("servername = a") + 2;
    t.strictSame(problems, []);
    t.equal(settings.bootpd.servername, "a");
    t.strictSame(warnings, [`[bootpd] server_name: it is ignored, since servername at line ${at} counts`]);
  }
  t.end();
});

await t.test("of a section under both its names PyBootd's counts, and the other one is not looked at", (t) => {
  for (const [text, line] of [
    ["[bootpd]\nport = 6767\n[bootp]\nport = x\npool_count = 1\n", 1],
    ["[bootp]\nport = x\n[bootpd]\nport = 6767\n", 3],
  ] as const) {
    const { settings, problems, warnings, lineOf } = readSettings(schema, readDocument(text), "/p.ini");
    t.strictSame(problems, []);
    t.match(settings.bootpd, { port: 6767, pool_count: 10 });
    t.strictSame(warnings, [`[bootp]: it is ignored, since [bootpd] at line ${line} counts`]);
    t.equal(lineOf("bootpd", "port"), line + 1);
  }
  t.end();
});

await t.test("a MAC address may be written in every usual way", (t) => {
  for (const [written, masked] of [
    ["52-54-00-00-00-01", "52-54-00/24"],
    ["52:54:00:00:00:01", "52:54:00/24"],
    ["5254.0000.0001", "5254.00/24"],
    ["525400000001", "525400/24"],
  ] as const) {
    const settings = settingsOf(
      [
        ...["[mac]", `${written} = enable`, `${masked} = disable`],
        ...["[buggy_clients]", `${written} = yes`, `${masked} = no`],
        ...["[static_dhcp]", `${written} = 10.0.0.1 nas`],
        ...["[profile x]", `match_mac = ${written}; ${masked}`],
      ].join("\n"),
    );
    const patterns = [parseMacPattern("52-54-00-00-00-01"), parseMacPattern("52-54-00/24")];
    for (const table of [settings.mac, settings.buggy_clients]) {
      t.strictSame(
        table.map(({ key, value }) => [key, value]),
        [
          [patterns[0], true],
          [patterns[1], false],
        ],
        written,
      );
    }
    t.match(settings.static_dhcp, [{ key: mac("52-54-00-00-00-01"), value: { address: ip("10.0.0.1") } }], written);
    t.strictSame(settings.profile[0]?.values.match_mac, patterns, written);
  }
  t.end();
});

await t.test("tables keep the user's keys and their order", (t) => {
  const {
    mac: rules,
    static_dhcp: reserved,
    bootfile,
    filters,
  } = settingsOf(
    [
      "[mac]",
      "1C-69-7A/24 = enable",
      "00-1E-4F-C4-95-EE : no",
      "[static_dhcp]",
      "00-1E-4F-C4-95-EE = 192.168.1.20",
      "[bootfile]",
      "default = pxelinux.0",
      "00007 = bootx64.efi",
      "[filters]",
      "PXELinux.cfg/* = ./pxe.cfg",
      "*.info = [{filename}]",
    ].join("\n"),
  );
  t.strictSame(rules, [
    { key: parseMacPattern("1C-69-7A/24"), value: true, line: 2 },
    { key: parseMacPattern("00-1E-4F-C4-95-EE"), value: false, line: 3 },
  ]);
  t.strictSame(reserved, [
    { key: mac("00-1E-4F-C4-95-EE"), value: { address: ip("192.168.1.20"), hostName: undefined }, line: 5 },
  ]);
  t.strictSame(bootfile, [
    { key: "default", value: "pxelinux.0", line: 7 },
    { key: 7, value: "bootx64.efi", line: 8 },
  ]);
  t.strictSame(filters, [
    { key: "PXELinux.cfg/*", value: "./pxe.cfg", line: 10 },
    { key: "*.info", value: "[{filename}]", line: 11 },
  ]);
  t.end();
});

const COMPLAINTS: Readonly<Record<string, { readonly text: string; readonly complaints: readonly string[] }>> = {
  "a section that nobody knows means the one that is written most like it": {
    text: "[bootfiles]\n[tftdp]",
    complaints: [
      "FILE:1 [bootfiles]: expected a known section, got [bootfiles] (did you mean [bootfile]?)",
      "FILE:2 [tftdp]: expected a known section, got [tftdp] (did you mean [tftpd]?)",
    ],
  },
  "a section that is like no other lists them": {
    text: "[certificates]",
    complaints: [
      "FILE:1 [certificates]: expected a known section, got [certificates] (known: logger, bootpd, subnet, daemon, bootfile, menu, profile, buggy_clients, mac, uuid, static_dhcp, option, hosts, http, tftpd, httpd, api, ipxe, cache, filters)",
    ],
  },
  "an option that nobody knows means the one that is written most like it": {
    text: "[bootpd]\npoolstart = 192.168.1.100",
    complaints: ['FILE:2 [bootpd] poolstart: expected a known option, got "poolstart" (did you mean pool_start?)'],
  },
  "an option that is like no other lists them": {
    text: "[logger]\nrotation = daily",
    complaints: [
      'FILE:2 [logger] rotation: expected a known option, got "rotation" (known: type, level, file, format)',
    ],
  },
  "a value of the wrong kind is quoted": {
    text: "[bootpd]\nset_gateway = perhaps\n[tftpd]\nblocksize = 4",
    complaints: [
      'FILE:2 [bootpd] set_gateway: expected yes or no, got "perhaps"',
      'FILE:4 [tftpd] blocksize: expected a whole number from 8 to 65464, got "4"',
    ],
  },
  "no value is nothing": {
    text: "[bootpd]\ndomain =",
    complaints: ["FILE:2 [bootpd] domain: expected a text, got nothing"],
  },
  "a key of a table is checked like its value": {
    text: "[static_dhcp]\n00-1E-4F = everywhere",
    complaints: [
      'FILE:2 [static_dhcp] 00-1E-4F: expected a MAC address such as 00-1E-4F-C4-95-EE, or a client identifier such as id:ff00a1b2, got "00-1E-4F"',
      'FILE:2 [static_dhcp] 00-1E-4F: expected an IPv4 address such as 192.168.1.100, optionally followed by a host name, got "everywhere"',
    ],
  },
  "a MAC address that lacks octets is told whole": {
    text: "[mac]\n00:1E:4F = enable\n[static_dhcp]\n00:1E:4F:C4:95:EG = 192.168.1.20",
    complaints: [
      'FILE:2 [mac] 00:1E:4F: expected a MAC address such as 00-1E-4F-C4-95-EE, or its first octets with a number of bits such as 00-1E-4F/24, got "00:1E:4F"',
      'FILE:4 [static_dhcp] 00:1E:4F:C4:95:EG: expected a MAC address such as 00-1E-4F-C4-95-EE, or a client identifier such as id:ff00a1b2, got "00:1E:4F:C4:95:EG"',
    ],
  },
  "a section that stands there twice is checked twice": {
    text: "[tftpd]\nport = x\n[tftpd]\nport = y",
    complaints: [
      "FILE:3 [tftpd]: expected each section once, got the first is at line 1",
      'FILE:2 [tftpd] port: expected a port from 1 to 65535, got "x"',
    ],
  },
};

for (const [rule, { text, complaints }] of Object.entries(COMPLAINTS)) {
  await t.test(rule, (t) => {
    t.strictSame(complaintsAbout(text), complaints);
    t.end();
  });
}

const TWICE: Readonly<Record<string, { readonly text: string; readonly option: string }>> = {
  "a reserved machine in two spellings": {
    text: "[static_dhcp]\n00-1E-4F-C4-95-EE = 10.0.0.1\n001e4fc495ee = 10.0.0.2",
    option: "001e4fc495ee",
  },
  "a machine of a list in two spellings": {
    text: "[mac]\n00-1E-4F-C4-95-EE = yes\n00:1e:4f:c4:95:ee = no",
    option: "00:1e:4f:c4:95:ee",
  },
  "an architecture in two spellings": { text: "[bootfile]\n7 = a.efi\n00007 = b.efi", option: "00007" },
};

for (const [what, { text, option }] of Object.entries(TWICE)) {
  await t.test(`complains of ${what}`, (t) => {
    const [complaint, ...others] = complaintsAbout(text);
    t.match(complaint, new RegExp(`^FILE:3 \\[\\w+\\] ${option}: expected each .* once.*line 2`));
    t.strictSame(others, []);
    t.end();
  });
}

await t.test("tells the line of an option, of a section, and of what is not there", (t) => {
  const { lineOf } = readSettings(
    schema,
    readDocument("\n[bootp]\n\nPool_Start = 10.0.0.1\nserver_name = x"),
    "/p.ini",
  );
  t.equal(lineOf("bootpd"), 2);
  t.equal(lineOf("bootpd", "pool_start"), 4);
  t.equal(lineOf("bootpd", "port"), undefined);
  t.equal(lineOf("bootpd", "servername"), 5, "by its other name");
  t.equal(lineOf("tftpd"), undefined);
  t.end();
});

await t.test("an option of PyBootd's without a value is as if it were not there, with a warning", (t) => {
  const empty = ["access", "address", "gateway", "dns", "servername", "boot_file", "notify"];
  const text = ["[logger]", "file =", "[bootpd]", ...empty.map((option) => `${option} =`)].join("\n");
  const { settings, problems, warnings } = readSettings(schema, readDocument(text), "/etc/pybootd/pybootd.ini");
  t.strictSame(problems, []);
  t.strictSame([settings.logger, settings.bootpd], [settingsOf("").logger, settingsOf("").bootpd]);
  t.strictSame(
    warnings.toSorted(),
    ["[logger] file", ...empty.map((option) => `[bootpd] ${option}`)]
      .map((name) => `${name}: it has no value, which is as if it were not there`)
      .sort(),
  );
  t.end();
});

await t.test("any other option needs a value", (t) => {
  for (const text of ["[tftpd]\nclients =", "[httpd]\ntrusted_proxies =", "[bootpd]\ninterface =", "[tftpd]\nroot ="]) {
    t.match(complaintsAbout(text), [/^FILE:2 .*, got nothing$/], text);
  }
  t.end();
});

await t.test("a comment behind a value is none of it, where the whole is no value", (t) => {
  const {
    bootpd,
    tftpd,
    mac: rules,
  } = settingsOf(
    [
      "[bootpd]",
      "pool_start = 192.168.1.100 ; the first",
      "pool_count = 5\t;five ; or so",
      "dns = 8.8.8.8;8.8.4.4 ; both",
      "ntp = 10.0.0.1 ; 10.0.0.2",
      "allow_simple_dhcp = enable ;",
      "[tftpd]",
      "timeout = 2.5 ; seconds",
      "[mac]",
      "00-1E-4F-C4-95-EE = enable ; Bob's",
    ].join("\n"),
  );
  t.match(bootpd, { pool_start: ip("192.168.1.100"), pool_count: 5, allow_simple_dhcp: true });
  t.match(bootpd, { dns: [ip("8.8.8.8"), ip("8.8.4.4")], ntp: [ip("10.0.0.1"), ip("10.0.0.2")] });
  t.equal(tftpd.timeout, 2.5);
  t.match(rules, [{ value: true }]);
  t.strictSame(complaintsAbout("[bootpd]\npool_count = 5;five\nport = ; none\n[cache]\nmemory = x ; 4"), [
    'FILE:3 [bootpd] port: expected a port from 1 to 65535, got "; none"',
    'FILE:2 [bootpd] pool_count: expected a whole number from 0 to 16777216, got "5;five"',
    'FILE:5 [cache] memory: expected a size such as 65536, 64K, 16MiB or 2G, got "x ; 4"',
  ]);
  t.end();
});

await t.test("of a text a comment behind it is a part, with a warning", (t) => {
  const text = "[bootpd]\nboot_file = a.0 ; BIOS\ndomain = a;b\n[bootfile]\n7 = b.efi\t;UEFI\n[filters]\na ;b = c";
  const { settings, problems, warnings } = readSettings(schema, readDocument(text), "/p.ini");
  t.strictSame(problems, []);
  t.equal(settings.bootpd.boot_file, "a.0 ; BIOS");
  t.strictSame(warnings, [
    "[bootpd] boot_file: ; BIOS is part of its value; a comment is a line of its own",
    "[bootfile] 7: ;UEFI is part of its value; a comment is a line of its own",
  ]);
  t.end();
});

await t.test("PyBootd's other words for the log are known", (t) => {
  t.match(settingsOf("[logger]\ntype = unix\nlevel = WARN").logger, { type: "syslog", level: "warning" });
  t.match(settingsOf("[logger]\nlevel = all").logger, { level: "debug" });
  t.match(complaintsAbout("[logger]\nlevel = constructor"), [/expected one of critical, error, warning, info, debug/]);
  t.end();
});
