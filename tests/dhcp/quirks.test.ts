/** What firmware in the field needs of a server, each by the client that it was found with. */

import t from "tap";
import { builtInProfiles } from "../../lib/machine/built-in-profiles.js";
import type { Menu } from "../../lib/boot/menu.js";
import type { Profile } from "../../lib/machine/profile.js";
import {
  DhcpBench,
  POOL_START,
  PXE,
  SERVER,
  UEFI,
  type Answered,
  type BenchOptions,
  type Way,
} from "../support/dhcp-bench.js";
import { MAC, quad, text, type RequestFields } from "../support/dhcp-packet.js";
import { ip } from "../support/values.js";

const BOOT_SERVER: Way = { from: { address: ip("192.168.7.77"), port: 68 }, to: { address: ip(SERVER), port: 4011 } };

const server = (options: BenchOptions = {}): Promise<DhcpBench> => DhcpBench.start(options);
const proxy = (options: BenchOptions = {}): Promise<DhcpBench> => DhcpBench.start({ proxy: true, ...options });

/** What port 4011 says to a machine with an address of another server. */
function askBootServer(bench: DhcpBench, options: RequestFields["options"] = []): Answered | undefined {
  return bench.ask({ ciaddr: "192.168.7.77", options: [[53, "03"], ...options] }, BOOT_SERVER)[0];
}

const own = (quirks: Profile["quirks"], vendors = ["PXEClient"]): readonly Profile[] => [
  { name: "own", match: { vendors }, quirks },
  ...builtInProfiles,
];

const firmware = (architecture: string): NonNullable<RequestFields["options"]> => [
  [60, text("PXEClient:Arch:00000:UNDI:003000")],
  [93, architecture],
];

await t.test("quirk: EDK2 takes 60 without 43 for BINL and asks 4011: only where that is open", async (t) => {
  const bypass = (await server()).discover(UEFI);
  t.equal(bypass?.options.get(60), text("PXEClient"));
  t.equal(bypass?.options.get(43), "060108ff", "a server has it shut");
  const bench = await proxy();
  t.notOk(bench.discover(UEFI)?.options.has(43));
  t.match(askBootServer(bench, UEFI), { file: "boot.efi" }, "a proxy has it open");
});

await t.test("quirk: vendor UEFI forks ignore a proxy's 43.6 = 08: UEFI is told without, of every kind", async (t) => {
  for (const architecture of ["0006", "0007", "0008", "0009", "000a", "000b", "0019", "001b", "0027"]) {
    const bench = await proxy({ bootFiles: [[Number(`0x${architecture}`), "x.efi"]] });
    const offer = bench.discover(firmware(architecture));
    t.match(offer, { file: "x.efi", siaddr: SERVER }, architecture);
    t.notOk(offer?.options.has(43), architecture);
  }
});

await t.test("quirk: vendor UEFI forks have broken menus: one entry boots directly", async (t) => {
  const menu: Menu = { prompt: "", seconds: 0, items: [{ label: "Only", type: 0x8000, file: "only.efi" }] };
  const offer = (await server({ menu })).discover(UEFI);
  t.match(offer, { file: "only.efi" });
  t.equal(offer?.options.get(43), "060108ff");
});

await t.test("quirk: OEM firmware with an option 60 of its own, by a profile, beside another server too", async (t) => {
  const profiles = own({ kind: "pxe" }, ["HW-Client"]);
  const options = [
    [60, text("HW-Client:2")],
    [93, "0000"],
  ] as const;
  for (const bench of [await server({ profiles }), await proxy({ profiles })]) {
    const offer = bench.discover(options);
    t.match(offer, { file: "pxelinux.0" });
    t.equal(offer?.options.get(60), text("HW-Client"));
  }
  t.equal((await proxy()).discover(options), undefined, "not without one");
});

await t.test("quirk: cheap Intel cards send no option 97: they are served, and none is made up", async (t) => {
  for (const bench of [await server(), await proxy()]) {
    const offer = bench.discover(firmware("0000"));
    t.match(offer, { file: "pxelinux.0" });
    t.notOk(offer?.options.has(97));
  }
  const odd = (await proxy()).discover([...firmware("0000"), [97, "001122"]]);
  t.equal(odd?.options.get(97), "001122", "one of another length goes back as it came");
});

await t.test(
  "quirk: very old ROMs (PXE-2.0 build 071) ask 4011 with architecture 0, and need an ACK there",
  async (t) => {
    const answer = askBootServer(await proxy(), firmware("0000"));
    t.match(answer, { from: `${SERVER}:4011`, file: "pxelinux.0", siaddr: SERVER });
    t.equal(answer?.options.get(53), "05");
  },
);

await t.test("quirk: BIOS ends with PXE-E74 or E77 without 43.6 = 08 from a proxy, or with half a menu", async (t) => {
  const bench = await proxy();
  t.equal(bench.discover(PXE)?.options.get(43), "060108ff");
  t.equal(askBootServer(bench, PXE)?.options.get(43), "060108ff");
  const items = ["One", "Two"].map((label, index) => ({ label, type: 0x8000 + index, file: `${label}.0` }));
  const specific =
    (await proxy({ menu: { prompt: "Choose", seconds: 5, items } })).discover(PXE)?.options.get(43) ?? "";
  for (const part of ["060103", "080e8000", "090c8000", "0a07"]) t.match(specific, part);
});

await t.test(
  "quirk: old AMI, Lenovo and Kontron UEFI read option 67 past its end: a NUL by a profile, a pad for all",
  async (t) => {
    const asked = [...UEFI, [55, "4243"]] as const;
    for (const mode of [server, proxy]) {
      const ended = (await mode({ profiles: own({ nulTerminate: true }) })).discover(asked);
      t.equal(ended?.options.get(67), `${text("boot.efi")}00`);
      const plain = (await mode()).discover(asked);
      t.equal(plain?.options.get(67), text("boot.efi"));
      t.equal(plain?.codes[plain.codes.indexOf(67) + 1], 0, "B16");
    }
  },
);

await t.test("quirk: Microsoft's clients end texts with a NUL and expect the same back", async (t) => {
  const offer = (await server({ allowSimple: true })).discover([
    [60, `${text("MSFT 5.0")}00`],
    [12, `${text("winpe")}00`],
    [55, "4243"],
  ]);
  t.equal(offer?.options.get(67), `${text("pxelinux.0")}00`);
  t.equal(offer?.options.get(66), `${text("boot.example.org")}00`);
});

await t.test(
  "quirk: Raspberry Pi 3 needs 43.9, no NUL, and an answer after two seconds, from a proxy too",
  async (t) => {
    const chaddr = "b8:27:eb:00:00:01";
    for (const bench of [await server(), await proxy()]) {
      const options = [...PXE.slice(0, 2), [55, "2b3c4243"]] as const;
      t.equal(bench.discover(options, { chaddr }), undefined);
      bench.clock.advance(2500);
      const [offer] = bench.answers();
      t.equal(offer?.options.get(43), `0601030917000014${text("Raspberry Pi Boot   ")}0a0400${text("PXE")}ff`);
      t.equal(offer?.options.get(60), text("PXEClient"));
      t.match(offer?.options.get(66), /[^0]$|[^0]0$/, "66 without a NUL");
    }
  },
);

await t.test(
  "quirk: Raspberry Pi 4 is known by option 97 whatever its MAC address, and answered at once",
  async (t) => {
    const options = [...firmware("0000"), [97, "00525069341531d00032ad9fd8374ae5d6"]] as const;
    const offer = (await proxy()).discover(options);
    t.match(offer?.options.get(43), `0914000011${text("Raspberry Pi Boot")}`);
  },
);

await t.test(
  "quirk: iPXE waits for a proxy unless 175.176 says that there is none; a proxy does not say that",
  async (t) => {
    const iPXE = [...PXE, [77, text("iPXE")]] as const;
    const bench = await server();
    t.equal(bench.discover(iPXE)?.options.get(175), "b00101");
    t.equal(bench.request(POOL_START, iPXE)?.options.get(175), "b00101");
    t.notOk((await proxy()).discover(iPXE)?.options.has(175));
  },
);

await t.test(
  "quirk: iPXE takes a proxy's offer only with 60, and an answer of 4011 only of the same server",
  async (t) => {
    const iPXE = [...PXE, [77, text("iPXE")], [55, "0103060c"]] as const;
    const bench = await proxy({ profiles: own({ pxeStyle: "plain" }) });
    const [offer, answer] = [bench.discover(iPXE), askBootServer(bench, iPXE)];
    t.equal(offer?.options.get(60), text("PXEClient"), "not asked for, and with the style that has none");
    t.match(answer, { siaddr: SERVER, file: "pxelinux.0" });
    t.equal(answer?.options.get(54), offer?.options.get(54));
  },
);

await t.test("quirk: iPXE waits two seconds for a proxy: it is answered at once, each time", async (t) => {
  const bench = await proxy();
  for (const secs of [0, 1, 2]) t.match(bench.discover([...PXE, [77, text("iPXE")]], { secs }), { file: "pxelinux.0" });
  t.equal(bench.clock.pending, 0);
});

await t.test(
  "quirk: U-Boot is firmware of architecture 21 and 22, wants siaddr and the file, and no PXE",
  async (t) => {
    const bootFiles = [
      [21, "arm.img"],
      [22, "arm64.img"],
    ] as const;
    for (const [architecture, name, file] of [
      ["0015", "U-Boot.armv7", "arm.img"],
      ["0016", "U-Boot.armv8", "arm64.img"],
    ] as const) {
      const options = [
        [60, text(name)],
        [93, architecture],
        [55, "0103060c0f112b3c4243"],
      ] as const;
      const bench = await server({ bootFiles });
      for (const reply of [bench.discover(options), bench.request(POOL_START, options)]) {
        t.match(reply, { siaddr: SERVER, file, yiaddr: POOL_START }, "without allow_simple_dhcp");
        t.equal(reply?.options.get(67), text(file));
        for (const code of [43, 60]) t.notOk(reply?.options.has(code), `${code}`);
      }
      t.match((await proxy({ bootFiles })).discover(options), { siaddr: SERVER, file, yiaddr: "0.0.0.0" });
    }
  },
);

await t.test("quirk: Apple's BSDP means nothing to us: no PXE menu, and nothing at all from a proxy", async (t) => {
  const bsdp = [
    [53, "08"],
    [60, text("AAPLBSDPC/i386/MacBookPro")],
    [43, "010101"],
    [55, "2b3c"],
  ] as const;
  const menu: Menu = {
    prompt: "",
    seconds: 0,
    items: [1, 2].map((n) => ({ label: `${n}`, type: 0x8000 + n, file: "x" })),
  };
  t.strictSame((await proxy({ menu })).ask({ ciaddr: "192.168.7.9", options: bsdp }), []);
  const [ack] = (await server({ menu, allowSimple: true })).ask({ ciaddr: "192.168.7.9", options: bsdp });
  for (const code of [43, 60]) t.notOk(ack?.options.has(code), `${code}`);
});

await t.test(
  "quirk: firmware that is no HTTPClient ends with PXE-E99 on a URL, and an HTTPClient takes nothing else",
  async (t) => {
    const options: BenchOptions = { bootFiles: [[7, "http://192.168.7.1/x.efi"]] };
    for (const bench of [await server(options), await proxy(options)]) {
      t.notMatch(bench.discover(UEFI), { file: /http/ });
      const http = bench.discover([
        [60, text("HTTPClient:Arch:00016:UNDI:003001")],
        [93, "0010"],
      ]);
      t.match(http, { file: "http://192.168.7.1/x.efi" });
      t.equal(http?.options.get(60), text("HTTPClient"));
    }
  },
);

await t.test(
  "quirk: shim and GRUB < 2.04 need siaddr and the header's file in the ACK too, and no overload",
  async (t) => {
    const bench = await server();
    for (const reply of [bench.discover(UEFI), bench.request(POOL_START, UEFI)]) {
      t.match(reply, { siaddr: SERVER, file: "boot.efi" });
      t.notOk(reply?.options.has(52));
    }
  },
);

await t.test(
  "B14 EDK2's TFTP server is the first of 43.8, else siaddr, else 54: all are the one that is meant",
  async (t) => {
    for (const [facts, meant] of [
      [{}, SERVER],
      [{ nextServer: ip("192.168.7.5") }, "192.168.7.5"],
    ] as const) {
      for (const bench of [await server({ facts }), await proxy({ facts })]) {
        const offer = bench.discover([...UEFI, [55, "4243"]]);
        t.equal(offer?.siaddr, meant);
        t.equal(offer?.options.get(54), quad(SERVER), "who answers");
        t.ok(["060108ff", undefined].includes(offer?.options.get(43)), "43.6 bit 3 without 43.8");
        t.equal(offer?.options.get(67), text(offer?.file ?? ""), "67 and the header name the same file");
      }
    }
    const nothing = (await server({ bootFiles: [[0, "x.0"]] })).discover(firmware("000b"));
    t.notOk(nothing?.options.has(43), "bit 3 without a file would start the menu");
  },
);

/** EDK2 drops a reply with one of these in another size (DxeDhcp4Lib): exactly, a multiple of, at least. */
const EXACTLY = new Map([
  ...[1, 28, 50, 51, 54, 58, 59].map((code) => [code, 4] as const),
  ...[13, 26, 57].map((code) => [code, 2] as const),
]);
const MULTIPLES = [3, 6, 42];
const NOT_EMPTY = [12, 15, 43, 60, 66, 67];

await t.test("B15 every option that EDK2 knows has its size, also where a text would be empty", async (t) => {
  const everything = [55, Buffer.from([...EXACTLY.keys(), ...MULTIPLES, ...NOT_EMPTY, 121]).toString("hex")] as const;
  const facts = { domain: "", serverName: "", dns: [ip("192.168.7.53"), ip("192.168.7.54")] };
  const benches = [
    await server({ facts, sizeOf: () => 5000 }),
    await server(),
    await proxy({ facts, sizeOf: () => 5000 }),
  ];
  const options = [...UEFI, everything] as const;
  const replies = benches.flatMap((bench) => [
    bench.discover(options),
    bench.request(POOL_START, options),
    askBootServer(bench, options),
  ]);
  t.equal(replies.filter((reply) => reply !== undefined).length, 6);
  for (const reply of replies) {
    if (reply === undefined) continue;
    for (const [code, value] of reply.options) {
      const size = value.length / 2;
      t.equal(size, EXACTLY.get(code) ?? size, `${code}`);
      t.notOk(MULTIPLES.includes(code) && (size === 0 || size % 4 !== 0), `${code}`);
      t.notOk(NOT_EMPTY.includes(code) && size === 0, `${code}`);
    }
    t.equal(reply.options.get(54), quad(SERVER));
    t.ok(["02", "05"].includes(reply.options.get(53) ?? ""));
    t.match(reply, { xid: 0x12345678, hlen: 6, chaddr: `${MAC.replaceAll(":", "")}${"00".repeat(10)}` });
  }
});

await t.test(
  "B18 ROM, iPXE, ROM again: each is told by its own packet, whatever came before, in every mode",
  async (t) => {
    const chain = {
      binaries: new Set(["undionly.kpxe"]),
      scriptUrl: "http://192.168.7.1/auto.ipxe",
      plainScriptUrl: "tftp://192.168.7.1/auto.ipxe",
    };
    const raw = [...PXE, [77, text("iPXE")]] as const;
    const counted = [...PXE, [77, `04${text("iPXE")}`]] as const;
    const byOption = [...PXE, [175, "130101"]] as const;
    for (const bench of [await server({ chain }), await proxy({ chain })]) {
      for (const [options, file] of [
        [PXE, "undionly.kpxe"],
        [raw, "http://192.168.7.1/auto.ipxe"],
        [PXE, "undionly.kpxe"],
        [counted, "http://192.168.7.1/auto.ipxe"],
        [byOption, "http://192.168.7.1/auto.ipxe"],
        [PXE, "undionly.kpxe"],
      ] as const) {
        t.match(bench.discover(options), { file });
      }
    }
  },
);
