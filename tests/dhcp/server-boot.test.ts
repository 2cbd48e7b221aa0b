/** A server of addresses and boot files: what each kind of firmware is told, and who asks again on port 4011. */

import t from "tap";
import { builtInProfiles } from "../../lib/machine/built-in-profiles.js";
import type { Menu } from "../../lib/boot/menu.js";
import type { Profile } from "../../lib/machine/profile.js";
import { DhcpBench, POOL_START, PXE, SERVER, UEFI, type Answered, type Way } from "../support/dhcp-bench.js";
import { quad, text, type RequestFields } from "../support/dhcp-packet.js";
import { dissect, needsTshark } from "../support/tshark.js";
import { ip } from "../support/values.js";

/** How firmware that has an address asks a boot server. */
const BOOT_SERVER: Way = { from: { address: ip(POOL_START), port: 4011 }, to: { address: ip(SERVER), port: 4011 } };

export const MENU: Menu = {
  prompt: "Choose",
  seconds: 10,
  items: [
    { label: "Install", type: 0x8000, file: "install.0" },
    { label: "Rescue", type: 0x8001, file: "rescue.0" },
    { label: "Own disk", type: 0, file: undefined },
  ],
};

const profile = (quirks: Profile["quirks"], vendors = ["PXEClient"]): readonly Profile[] => [
  { name: "test", match: { vendors }, quirks },
];

function only(answers: readonly Answered[]): Answered | undefined {
  if (answers.length > 1) throw new Error(`${answers.length} answers`);
  return answers[0];
}

/** A request on port 4011. */
function ask(
  bench: DhcpBench,
  options: RequestFields["options"] = [],
  type = "03",
  way = BOOT_SERVER,
): Answered | undefined {
  return only(bench.ask({ ciaddr: POOL_START, options: [[53, type], ...options] }, way));
}

await t.test(
  "B3 one server for all: the OFFER and the ACK have all that the ROM needs to go straight to TFTP",
  async (t) => {
    const bench = await DhcpBench.start();
    const offer = bench.discover(PXE);
    const ack = bench.request(POOL_START, PXE);
    for (const [reply, type] of [
      [offer, "02"],
      [ack, "05"],
    ] as const) {
      t.match(reply, { yiaddr: POOL_START, siaddr: SERVER, file: "pxelinux.0" });
      t.equal(reply?.options.get(53), type);
      t.equal(reply?.options.get(54), quad(SERVER));
      t.equal(reply?.options.get(60), text("PXEClient"), "A65 nine letters");
      t.equal(reply?.options.get(43), "060108ff", "B10 the bypass, with its end");
      t.equal(reply?.options.get(97), "0012345678abcdef001111abcdefabcdef", "A70");
    }
  },
);

await t.test("B2 each repetition of a request is answered, at once and the same", async (t) => {
  const bench = await DhcpBench.start();
  const [first, ...others] = [1, 2, 3, 4].map((secs) => bench.discover(PXE, { secs })?.wire.payload.toString("hex"));
  for (const other of others) t.equal(other, first);
});

await t.test("B1 B22 a plain client gets no 43, 60 or 97, and HTTP firmware nothing of PXE", async (t) => {
  const bench = await DhcpBench.start({ allowSimple: true, webRoot: "http://192.168.7.1/", menu: MENU });
  const asks = [55, "2b3c6143425d"] as const;
  const plain = bench.discover([asks], { chaddr: "52:54:00:00:00:09" });
  for (const code of [43, 60, 97]) t.notOk(plain?.options.has(code), `${code}`);
  const http = bench.discover([[60, text("HTTPClient:Arch:00016:UNDI:003000")], [93, "0010"], asks]);
  t.match(http, { file: "http://192.168.7.1/boot.efi", yiaddr: "192.168.7.101" });
  t.equal(http?.options.get(60), text("HTTPClient"));
  t.notOk(http?.options.has(43));
});

await t.test("B21 the DNS server goes unasked where the host of the URL has a name", async (t) => {
  const http = [
    [60, text("HTTPClient")],
    [93, "0010"],
    [55, "0103"],
  ] as const;
  for (const [url, sent] of [
    ["http://boot.example.org/x.efi", true],
    ["http://192.168.7.1/x.efi", false],
  ] as const) {
    const bench = await DhcpBench.start({ bootFiles: [[16, url]] });
    t.equal(bench.discover(http)?.options.has(6), sent, url);
  }
});

await t.test("B22 a URL of more than 127 octets is in option 67 alone, whole", async (t) => {
  const url = `http://192.168.7.1/${"x".repeat(150)}.efi`;
  const bench = await DhcpBench.start({ bootFiles: [[16, url]] });
  const offer = bench.discover([
    [60, text("HTTPClient")],
    [93, "0010"],
  ]);
  t.equal(offer?.file, "");
  t.equal(offer?.options.get(67), text(url));
});

await t.test("B19 iPXE is told not to wait for a proxy, other firmware is not", async (t) => {
  const bench = await DhcpBench.start();
  t.equal(bench.discover([...PXE, [77, text("iPXE")]])?.options.get(175), "b00101");
  t.equal(bench.discover([...PXE, [175, "130101"]])?.options.get(175), "b00101", "B18 known by its option too");
  t.notOk(bench.discover(PXE)?.options.has(175));
});

await t.test("A85 B13 B17 binl: 60 without 43, and port 4011 answers with the file", async (t) => {
  const bench = await DhcpBench.start({ bootServer: true, profiles: profile({ pxeStyle: "binl" }) });
  const offer = bench.discover(UEFI);
  t.equal(offer?.options.get(60), text("PXEClient"));
  t.notOk(offer?.options.has(43));
  t.match(offer, { siaddr: SERVER, file: "boot.efi" });
  bench.request(POOL_START, UEFI);
  const answer = ask(bench, UEFI);
  t.match(answer, { to: `${POOL_START}:4011`, from: `${SERVER}:4011`, yiaddr: "0.0.0.0", ciaddr: POOL_START });
  t.match(answer, { siaddr: SERVER, file: "boot.efi" });
  t.equal(answer?.options.get(53), "05");
  t.notOk(answer?.options.has(43), "B8");
});

await t.test("B13 plain: neither 60 nor 43", async (t) => {
  const bench = await DhcpBench.start({ profiles: profile({ pxeStyle: "plain" }) });
  const offer = bench.discover(UEFI);
  t.match(offer, { siaddr: SERVER, file: "boot.efi", yiaddr: POOL_START });
  for (const code of [43, 60]) t.notOk(offer?.options.has(code), `${code}`);
});

await t.test(
  "B7 port 4011 answers REQUEST, INFORM and DISCOVER, at the place they came from and nowhere else",
  async (t) => {
    const bench = await DhcpBench.start({ bootServer: true });
    for (const type of ["03", "08", "01"]) {
      for (const port of [4011, 68]) {
        const way = { ...BOOT_SERVER, from: { address: ip("192.168.7.50"), port } };
        const answer = ask(bench, UEFI, type, way);
        t.match(
          answer,
          { to: `192.168.7.50:${port}`, from: `${SERVER}:4011`, ciaddr: POOL_START, yiaddr: "0.0.0.0" },
          "D5",
        );
        t.strictSame(
          answer?.codes.filter((code) => [1, 3, 6, 50, 51, 58, 59].includes(code)),
          [],
        );
        for (const [code, value] of [
          [53, "05"],
          [54, quad(SERVER)],
          [60, text("PXEClient")],
          [97, "0012345678abcdef001111abcdefabcdef"],
          [43, "060108ff"],
        ] as const) {
          t.equal(answer?.options.get(code), value);
        }
      }
    }
    for (const type of ["02", "04", "05", "06", "07", "0d"]) t.equal(ask(bench, UEFI, type), undefined, type);
  },
);

await t.test("B7 B22 port 4011 answers nobody else", async (t) => {
  const bench = await DhcpBench.start({ bootServer: true, allowSimple: true, webRoot: "http://192.168.7.1/" });
  t.equal(ask(bench), undefined, "no firmware");
  t.equal(ask(bench, [[60, text("PXEClient")]]), undefined, "no architecture");
  t.equal(
    ask(bench, [
      [60, text("HTTPClient")],
      [93, "0010"],
    ]),
    undefined,
    "HTTP firmware",
  );
  t.match(bench.log(), [/no firmware/, /no architecture/, /only PXE clients ask here/]);
});

await t.test("every architecture is served on 4011, BIOS too", async (t) => {
  const bench = await DhcpBench.start({ bootServer: true });
  t.match(ask(bench, PXE), { file: "pxelinux.0" });
});

await t.test(
  "B9 B11 a menu: servers and entries of the same types, and each choice has its file",
  needsTshark(),
  async (t) => {
    const bench = await DhcpBench.start({ bootServer: true, menu: MENU });
    const offer = bench.discover(PXE);
    t.match(offer, { file: "", siaddr: SERVER, yiaddr: POOL_START });
    const name = "dhcp.option.vendor.pxeclient";
    const fields = [
      "discovery_control",
      "boot_servers.type",
      "boot_servers.ip",
      "boot_menu.type",
      "boot_menu.desc",
      "menu_prompt.timeout",
      "menu_prompt.prompt",
    ].map((field) => `${name}.${field}`);
    t.strictSame(dissect(t, offer === undefined ? [] : [offer.wire], fields), [
      ["0x03", "32768,32769", `${SERVER},${SERVER}`, "32768,32769,0", "Install,Rescue,Own disk", "10", "Choose"],
    ]);
    t.equal(
      offer?.options.get(43),
      [
        "060103",
        `080e800001${quad(SERVER)}800101${quad(SERVER)}`,
        `091e800007${text("Install")}800106${text("Rescue")}000008${text("Own disk")}`,
        `0a070a${text("Choose")}`,
        "ff",
      ].join(""),
    );
    t.match(bench.log(), [/offered .*; a menu of Install, Rescue, Own disk$/]);
    bench.request(POOL_START, PXE);
    for (const [item, file] of [
      ["80000000", "install.0"],
      ["80010000", "rescue.0"],
    ] as const) {
      const answer = ask(bench, [...PXE, [43, `4704${item}ff`]]);
      t.match(answer, { file, siaddr: SERVER, yiaddr: "0.0.0.0", ciaddr: POOL_START });
      t.equal(answer?.options.get(43), `4704${item}ff`, "type and layer are echoed");
      const broadcast = only(bench.ask({ ciaddr: POOL_START, options: [[53, "03"], ...PXE, [43, `4704${item}ff`]] }));
      t.match(broadcast, { file }, "also one that is broadcast to port 67");
    }
    bench.log();
    for (const item of ["80020000", "00000000", "80008000", "00010000"]) {
      t.equal(ask(bench, [...PXE, [43, `4704${item}ff`]]), undefined, item);
    }
    t.match(bench.log(), [/type 32770/, /type 0/, /credentials/, /type 1,/]);
    t.match(ask(bench, PXE), { file: "" }, "B8 without a choice: the menu");
  },
);

await t.test("a REQUEST for an address is one, whatever option 43 says", async (t) => {
  const bench = await DhcpBench.start({ menu: MENU });
  bench.discover(PXE);
  t.match(bench.request(POOL_START, [...PXE, [43, "470480000000ff"]]), { yiaddr: POOL_START });
});

await t.test("B20 a Raspberry Pi gets the menu that it looks for, after a while", async (t) => {
  const bench = await DhcpBench.start({ profiles: builtInProfiles });
  const chaddr = "b8:27:eb:00:00:01";
  t.equal(bench.discover(PXE, { chaddr }), undefined);
  bench.clock.advance(2499);
  t.strictSame(bench.answers(), []);
  bench.clock.advance(1);
  const [offer] = bench.answers();
  t.match(offer, { yiaddr: POOL_START, chaddr: `${chaddr.replaceAll(":", "")}00000000000000000000` });
  t.equal(offer?.options.get(43), `0601030917000014${text("Raspberry Pi Boot   ")}0a0400${text("PXE")}ff`);
  t.equal(offer?.options.get(60), text("PXEClient"));
  bench.discover(PXE, { chaddr });
  bench.server.stop();
  t.equal(bench.clock.pending, 0, "what waits is called off with the server");
});

await t.test("B16 a pad follows option 67, and a profile ends it with a NUL", async (t) => {
  const plain = (await DhcpBench.start()).discover([...PXE, [55, "4243"]]);
  t.equal(plain?.options.get(67), text("pxelinux.0"));
  t.equal(plain?.codes[plain.codes.indexOf(67) + 1], 0);
  const bench = await DhcpBench.start({ profiles: profile({ nulTerminate: true }) });
  const ended = bench.discover([...PXE, [55, "4243"]]);
  t.equal(ended?.options.get(67), `${text("pxelinux.0")}00`);
  t.equal(ended?.options.get(66), `${text("boot.example.org")}00`);
  t.equal(ended?.file, "pxelinux.0");
});

await t.test("who ends its own texts with a NUL gets such", async (t) => {
  const offer = (await DhcpBench.start()).discover([
    [60, `${text("PXEClient:Arch:00000")}00`],
    [93, "0000"],
    [55, "43"],
  ]);
  t.equal(offer?.options.get(67), `${text("pxelinux.0")}00`);
});

await t.test("a profile sends broadcasts", async (t) => {
  const bench = await DhcpBench.start({ frames: true, profiles: profile({ broadcast: true }) });
  t.match(bench.discover(PXE), { to: "255.255.255.255:68", mac: undefined });
});

await t.test("firmware with a vendor class of its own is answered by that", async (t) => {
  const bench = await DhcpBench.start({ profiles: profile({ kind: "pxe" }, ["HW-Client"]) });
  const offer = bench.discover([
    [60, text("HW-Client:7")],
    [93, "0000"],
  ]);
  t.equal(offer?.options.get(60), text("HW-Client"));
  t.equal(offer?.options.get(43), "060108ff");
});

await t.test("Apple's BSDP is answered as any INFORM, without a PXE menu", async (t) => {
  const bench = await DhcpBench.start({ allowSimple: true, profiles: builtInProfiles, menu: MENU });
  const options = [
    [53, "08"],
    [60, text("AAPLBSDPC/i386")],
    [43, "010101"],
    [55, "2b3c"],
  ] as const;
  const [ack] = bench.ask({ ciaddr: "192.168.7.9", options });
  t.match(ack?.codes, [53, 54]);
});

await t.test("dry_run answers nothing, and says what it would have answered", async (t) => {
  const bench = await DhcpBench.start({ dryRun: true });
  t.equal(bench.discover(PXE), undefined);
  t.match(bench.log(), [/offered 192\.168\.7\.100 to PXE firmware/]);
});
