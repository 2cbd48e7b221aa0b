/** What a machine boots, of all that may say so. */

import t from "tap";
import { chooseBoot, type BootChoice, type BootSources } from "../../lib/boot/choice.js";
import { classify } from "../../lib/dhcp/classify.js";
import { decodeMessage } from "../../lib/dhcp/message.js";
import { TEST_BOOT_ORIGINS, testFile } from "../support/option-plan.js";
import { makeRequest, text, type RequestFields } from "../support/dhcp-packet.js";
import { describeCause } from "../../lib/events/causes/describe.js";

const MENU = {
  prompt: "?",
  seconds: 5,
  items: [
    { label: "one", type: 0x8000, file: "one.0" },
    { label: "disk", type: 0, file: undefined },
  ],
};

const NO_SCRIPTS = { url: undefined, plainUrl: undefined, first: false };

const NOTHING: BootSources = {
  authorityFile: undefined,
  hostFile: undefined,
  hostOrigin: { kind: "host", entries: [{ source: "hosts.yaml", line: 1 }] },
  forbidden: undefined,
  ownScript: undefined,
  subnetFile: undefined,
  chain: { binaries: new Set(), scriptUrl: undefined, plainScriptUrl: undefined, own: NO_SCRIPTS },
  menu: undefined,
  bootFiles: new Map(),
  fallback: undefined,
  webRoot: undefined,
  origins: TEST_BOOT_ORIGINS,
};

const pxe = (...architectures: number[]): RequestFields["options"] => [
  [60, text("PXEClient")],
  [93, Buffer.from(architectures.flatMap((one) => [one >> 8, one & 255])).toString("hex")],
];
const http = (architecture: number): RequestFields["options"] => [
  [60, text("HTTPClient")],
  [93, Buffer.from([0, architecture]).toString("hex")],
];

function choose(options: RequestFields["options"], sources: Partial<BootSources>): BootChoice {
  const client = classify(decodeMessage(makeRequest({ options: [[53, "01"], ...(options ?? [])] })));
  return chooseBoot(client, { ...NOTHING, ...sources });
}

const fileOf = (choice: BootChoice): string | undefined => (choice.kind === "file" ? choice.file : undefined);
const reasonOf = (choice: BootChoice): string | undefined =>
  choice.kind === "nothing" && choice.cause !== undefined ? describeCause(choice.cause) : undefined;
const files = (entries: Readonly<Record<string, string>>): BootSources["bootFiles"] =>
  new Map(Object.entries(entries).map(([key, file]) => [key === "default" ? key : Number(key), testFile(file)]));

const MEANT = { code: "meant-local", where: [{ source: "hosts.yaml", line: 8 }] } as const;

await t.test("what says more precisely whom it means counts first", (t) => {
  const sources = {
    authorityFile: "authority.0",
    hostFile: "host.0",
    subnetFile: testFile("subnet.0"),
    menu: MENU,
    bootFiles: files({ default: "listed.0" }),
    fallback: testFile("fallback.0"),
  };
  const without = (...names: (keyof BootSources)[]): Partial<BootSources> => ({
    ...sources,
    ...Object.fromEntries(names.map((name) => [name, NOTHING[name]])),
  });
  t.equal(fileOf(choose(pxe(0), sources)), "authority.0");
  t.equal(fileOf(choose(pxe(0), without("authorityFile"))), "host.0");
  t.equal(fileOf(choose(pxe(0), without("authorityFile", "hostFile"))), "subnet.0");
  const rest = without("authorityFile", "hostFile", "subnetFile");
  t.strictSame(choose(pxe(0), rest), { kind: "menu", menu: MENU, origin: TEST_BOOT_ORIGINS.menu });
  t.equal(fileOf(choose([], rest)), "listed.0", "a menu is for PXE firmware alone");
  t.equal(fileOf(choose(pxe(0), { ...rest, menu: undefined })), "listed.0");
  t.equal(fileOf(choose(pxe(0), { fallback: testFile("fallback.0") })), "fallback.0");
  t.match(reasonOf(choose(pxe(0), { ...sources, forbidden: MEANT })), /allowPxe/);
  t.end();
});

await t.test("a menu with one item is no menu", (t) => {
  const [one, disk] = MENU.items;
  const menu = (...items: (typeof one)[]): BootSources["menu"] => ({
    ...MENU,
    items: items.filter((item) => item !== undefined),
  });
  t.equal(fileOf(choose(pxe(0), { menu: menu(one) })), "one.0");
  t.match(reasonOf(choose(pxe(0), { menu: menu(disk) })), /the machine's own disk/);
  t.end();
});

await t.test("A68 of several architectures the first that has a file counts", (t) => {
  const bootFiles = files({ "7": "x64.efi", "11": "arm64.efi" });
  t.equal(fileOf(choose(pxe(11, 7), { bootFiles })), "arm64.efi");
  t.equal(fileOf(choose(pxe(6, 7), { bootFiles })), "x64.efi");
  t.equal(fileOf(choose(pxe(10, 6), { bootFiles })), undefined);
  t.end();
});

await t.test("B24a B25 an architecture that nobody assigned has no file, and is told by its number", (t) => {
  const bootFiles = files({ "7": "x64.efi" });
  t.match(reasonOf(choose(pxe(4711), { bootFiles })), /\[bootfile\] has no entry for architecture 4711$/);
  t.match(reasonOf(choose(pxe(11), { bootFiles })), /architecture 11 \(ARM 64-bit UEFI\)$/);
  t.equal(fileOf(choose(pxe(4711), { bootFiles: files({ "4711": "odd.0" }) })), "odd.0", "unless it is listed");
  t.equal(fileOf(choose(pxe(9), { bootFiles })), "x64.efi", "B25 9 is taken for 7");
  t.end();
});

await t.test("B21 B22 a machine that boots by HTTP gets a URL: the one listed, or of what others get by TFTP", (t) => {
  const webRoot = "http://10.0.0.1:8080/";
  const bootFiles = files({ default: "pxelinux.0", "7": "efi/boot x64.efi", "11": "http://mirror/arm64.efi" });
  t.equal(fileOf(choose(http(16), { bootFiles, webRoot })), `${webRoot}efi/boot%20x64.efi`, "A63 percent-encoded");
  t.equal(fileOf(choose(http(17), { bootFiles, webRoot })), `${webRoot}efi/boot%20x64.efi`, "EBC, as B25 has it");
  t.equal(fileOf(choose(http(19), { bootFiles, webRoot })), "http://mirror/arm64.efi");
  t.equal(fileOf(choose(http(20), { bootFiles, webRoot })), `${webRoot}pxelinux.0`, "BIOS");
  t.match(reasonOf(choose(http(15), { bootFiles, webRoot })), /architecture 15 \(x86 UEFI HTTP\)/);
  t.equal(fileOf(choose(http(16), { bootFiles: files({ "16": "own.efi", "7": "x" }), webRoot })), `${webRoot}own.efi`);
  t.equal(fileOf(choose(http(16), { authorityFile: "/a\\b.efi", webRoot })), `${webRoot}a/b.efi`);
  t.match(reasonOf(choose(http(16), { bootFiles })), /is no URL, and HTTP is off/);
  t.end();
});

await t.test("PXE firmware that is no iPXE gets no URL, which it ends at with PXE-E99", (t) => {
  const bootFiles = files({ default: "http://host/boot.ipxe" });
  t.match(reasonOf(choose(pxe(0), { bootFiles })), /^it boots by TFTP, and http:\/\/host\/boot\.ipxe is a URL$/);
  t.equal(fileOf(choose([...(pxe(0) ?? []), [77, text("iPXE")]], { bootFiles })), "http://host/boot.ipxe", "B18");
  t.equal(fileOf(choose([], { bootFiles })), "http://host/boot.ipxe", "switches and installers take one");
  t.end();
});

await t.test("B1 a plain client with nothing to boot is told nothing, and needs no reason", (t) => {
  t.equal(reasonOf(choose([], {})), undefined);
  t.match(reasonOf(choose([[60, text("PXEClient")]], {})), /\[bootfile\] has no default/);
  t.end();
});

await t.test("B18 other firmware gets iPXE, and iPXE its script, unless something names its file", (t) => {
  const chain = {
    binaries: new Set(["undionly.kpxe", "ipxe.efi"]),
    scriptUrl: "http://10.0.0.1/auto.ipxe",
    plainScriptUrl: "tftp://10.0.0.1/auto.ipxe",
    own: { url: "http://10.0.0.1/auto.ipxe", plainUrl: "tftp://10.0.0.1/auto.ipxe", first: false },
  };
  const sources = { chain, menu: MENU, bootFiles: files({ default: "listed.0" }), webRoot: "http://10.0.0.1/" };
  t.equal(fileOf(choose(pxe(0), sources)), "ipxe/undionly.kpxe");
  t.equal(fileOf(choose(pxe(7), sources)), "ipxe/ipxe.efi");
  t.equal(fileOf(choose(http(16), sources)), "http://10.0.0.1/ipxe/ipxe.efi");
  const ipxe = [...(pxe(0) ?? []), [77, text("iPXE")]] as const;
  t.equal(fileOf(choose(ipxe, sources)), "http://10.0.0.1/auto.ipxe");
  t.equal(fileOf(choose(ipxe, { ...sources, hostFile: "host.ipxe" })), "host.ipxe");
  t.strictSame(
    choose(pxe(6), sources),
    { kind: "menu", menu: MENU, origin: TEST_BOOT_ORIGINS.menu },
    "there is no iPXE for it",
  );
  t.equal(fileOf(choose([], { ...sources, menu: undefined })), "listed.0", "a system boots nothing");
  t.end();
});

await t.test(
  "quirk: iPXE gets the script of its machine, also where nobody else has one, and never itself again",
  (t) => {
    const own = { url: "http://10.0.0.1/auto.ipxe", plainUrl: "tftp://10.0.0.1/auto.ipxe", first: false };
    const chain = { ...NOTHING.chain, own };
    const ipxe = [...(pxe(0) ?? []), [77, text("iPXE")]] as const;
    const without = [...(pxe(0) ?? []), [175, "150101180101"]] as const;
    const file = (options: RequestFields["options"], sources: Partial<BootSources>): string | undefined =>
      fileOf(choose(options, { chain, bootFiles: files({ default: "listed.0" }), ...sources }));
    t.equal(file(ipxe, {}), "listed.0");
    t.equal(file(ipxe, { ownScript: "here" }), own.url);
    t.equal(file(without, { ownScript: "here" }), own.plainUrl, "an iPXE that was built without HTTP");
    t.equal(file(ipxe, { ownScript: { url: "http://boot/${mac}.ipxe" } }), "http://boot/${mac}.ipxe", "straight");
    t.equal(file(ipxe, { ownScript: "here", hostFile: "undionly.kpxe" }), own.url, "the file is what led to iPXE");
    t.equal(file(pxe(0), { ownScript: "here", hostFile: "undionly.kpxe" }), "undionly.kpxe");
    t.equal(file(pxe(0), { ownScript: "here" }), "listed.0", "no other firmware runs a script");
    t.equal(file(ipxe, { ownScript: "here", authorityFile: "a.0" }), "a.0");
    const first = { ...chain, own: { ...own, first: true } };
    t.equal(
      file(ipxe, { chain: first, ownScript: { url: "http://boot/" } }),
      own.url,
      "a script of its name counts first",
    );
    t.end();
  },
);

await t.test("why there is nothing to boot is a code with its facts", (t) => {
  const disk = MENU.items.filter(({ file }) => file === undefined);
  const url = "http://host/boot.ipxe";
  const cases: readonly (readonly [BootChoice, object])[] = [
    [choose(pxe(0), { forbidden: MEANT }), { kind: "nothing", cause: MEANT, meant: true }],
    [choose(pxe(11), {}), { kind: "nothing", cause: { code: "no-boot-file", architecture: 11 } }],
    [choose(pxe(0), { fallback: testFile(url) }), { kind: "nothing", cause: { code: "file-is-url", file: url } }],
    [
      choose(http(16), { fallback: testFile("x.efi") }),
      { kind: "nothing", cause: { code: "http-off", file: "x.efi" } },
    ],
    [choose(pxe(0), { menu: { ...MENU, items: disk } }), { kind: "nothing", cause: { code: "menu-without-file" } }],
  ];
  for (const [choice, expected] of cases) t.match(choice, expected);
  t.end();
});
