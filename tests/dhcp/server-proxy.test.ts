/** A server of boot files beside another one that gives the addresses: proxyDHCP, PXE 2.1 2.2.3. */

import t from "tap";
import { openAccess } from "../../lib/access/access.js";
import type { Profile } from "../../lib/machine/profile.js";
import { DhcpBench, PXE, SERVER, UEFI, type Answered, type BenchOptions, type Way } from "../support/dhcp-bench.js";
import { MAC, quad, text, type RequestFields } from "../support/dhcp-packet.js";
import { fixturePath, readPcap } from "../support/pcap.js";
import { dissect, needsTshark } from "../support/tshark.js";
import { ip, mac } from "../support/values.js";
import { Refusal } from "../../lib/common/refusal.js";

const HTTP = [
  [60, text("HTTPClient:Arch:00016:UNDI:003000")],
  [93, "0010"],
] as const;
/** What only the server that gives the address may say. */
const NOT_OURS = [1, 3, 6, 12, 15, 28, 50, 51, 58, 59];
const EVERYTHING = [55, Buffer.from([...NOT_OURS, 13, 43, 60, 66, 67, 97, 150]).toString("hex")] as const;

const start = (options: BenchOptions = {}): Promise<DhcpBench> => DhcpBench.start({ proxy: true, ...options });

const BOOT_SERVER: Way = {
  from: { address: ip("192.168.7.77"), port: 68 },
  to: { address: ip(SERVER), port: 4011 },
};

function ask(
  bench: DhcpBench,
  options: RequestFields["options"] = [],
  fields: RequestFields = {},
): Answered | undefined {
  const [answer, ...more] = bench.ask({ ciaddr: "192.168.7.77", ...fields, options }, BOOT_SERVER);
  if (more.length > 0) throw new Error("several answers");
  return answer;
}

await t.test("B4 BIOS gets an OFFER without an address: who we are, what to boot, and that is all", async (t) => {
  const bench = await start();
  const offer = bench.discover([...PXE, EVERYTHING]);
  t.match(offer, {
    to: "255.255.255.255:68",
    from: `${SERVER}:67`,
    yiaddr: "0.0.0.0",
    ciaddr: "0.0.0.0",
    siaddr: SERVER,
    file: "pxelinux.0",
  });
  t.strictSame(
    offer?.codes.filter((code) => NOT_OURS.includes(code)),
    [],
  );
  for (const [code, value] of [
    [53, "02"],
    [54, quad(SERVER)],
    [60, text("PXEClient")],
    [43, "060108ff"],
    [97, "0012345678abcdef001111abcdefabcdef"],
    [67, text("pxelinux.0")],
  ] as const) {
    t.equal(offer?.options.get(code), value);
  }
  t.match(bench.log(), [/offered PXE firmware, .*whose address is another server's; boot file pxelinux\.0$/]);
});

await t.test("B4 one that is behind a relay agent is answered there", async (t) => {
  const bench = await start();
  t.match(bench.discover(PXE, { giaddr: "192.168.7.250" }), {
    to: "192.168.7.250:67",
    flags: 0x8000,
    yiaddr: "0.0.0.0",
  });
});

await t.test(
  "B4 also one behind a relay agent of a network that is not ours: its address is not our matter",
  async (t) => {
    const bench = await start();
    t.match(bench.discover(PXE, { giaddr: "10.99.0.1" }), {
      to: "10.99.0.1:67",
      yiaddr: "0.0.0.0",
      file: "pxelinux.0",
    });
    t.equal((await DhcpBench.start()).discover(PXE, { giaddr: "10.99.0.1" }), undefined, "a server has none for it");
  },
);

await t.test("B17 UEFI gets an OFFER without 43, and its file on port 4011 too", async (t) => {
  const bench = await start();
  const offer = bench.discover(UEFI);
  t.match(offer, { yiaddr: "0.0.0.0", siaddr: SERVER, file: "boot.efi" });
  t.notOk(offer?.options.has(43));
  t.equal(offer?.options.get(60), text("PXEClient"));
  const answer = ask(bench, [[53, "03"], ...UEFI]);
  t.match(answer, { to: "192.168.7.77:68", from: `${SERVER}:4011`, file: "boot.efi", siaddr: SERVER });
  t.equal(answer?.options.get(54), offer?.options.get(54), "B8 iPXE wants the same server");
  t.notOk(answer?.options.has(43));
});

await t.test("who asks port 4011 is known by the address that it asks from, the first time already", async (t) => {
  const bench = await start({ foreignPort67: true });
  ask(bench, [[53, "03"], ...UEFI]);
  t.equal(bench.snooped.macOf(ip("192.168.7.77")), MAC, "in ciaddr");
  const from = { address: ip("192.168.7.78"), port: 4011 };
  bench.ask({ options: [[53, "08"], ...PXE] }, { from, to: { address: ip(SERVER), port: 4011 } });
  t.equal(bench.snooped.macOf(ip("192.168.7.78")), MAC, "or as the sender");
  t.equal(bench.snooped.macOf(ip("0.0.0.0")), undefined);
});

await t.test("B12 plain is none for a proxy: its offers would be nobody's", async (t) => {
  const profiles: readonly Profile[] = [{ name: "p", match: {}, quirks: { pxeStyle: "plain" } }];
  const offer = (await start({ profiles })).discover(PXE);
  t.equal(offer?.options.get(60), text("PXEClient"));
  t.notOk(offer?.options.has(43));
});

await t.test("B21 HTTP firmware gets a URL without an address", async (t) => {
  const bench = await start({ webRoot: "http://192.168.7.1/" });
  const offer = bench.discover(HTTP);
  t.match(offer, { yiaddr: "0.0.0.0", file: "http://192.168.7.1/boot.efi" });
  t.equal(offer?.options.get(60), text("HTTPClient"));
  t.notOk(offer?.options.has(43));
});

await t.test("B5 what is about addresses is left to the other server", async (t) => {
  const bench = await start({ allowSimple: true });
  const selecting = [
    [50, quad("192.168.7.77")],
    [54, quad("192.168.7.254")],
  ] as const;
  for (const type of ["03", "04", "07", "08"]) {
    t.strictSame(bench.ask({ options: [[53, type], ...selecting, ...PXE] }), [], `type ${type}`);
    t.strictSame(bench.ask({ ciaddr: "192.168.7.77", options: [[53, type], ...PXE] }), [], `type ${type}, with ciaddr`);
  }
  t.strictSame(bench.ask({}), [], "BOOTP");
  for (const options of [
    [],
    [[60, text("MSFT 5.0")]],
    [[60, text("PXEClient")]],
    [[97, `00${"11".repeat(16)}`]],
  ] as const) {
    t.equal(bench.discover(options), undefined, JSON.stringify(options));
  }
  t.strictSame(
    [...Array(256).keys()].filter((last) => bench.leases.holderOf(ip(`192.168.7.${last}`))),
    [],
  );
  for (const event of bench.events) t.equal(event.kind, "dhcp-left");
});

await t.test("B25 an architecture without a file gets no answer", async (t) => {
  const bench = await start();
  t.equal(
    bench.discover([
      [60, text("PXEClient")],
      [93, "000b"],
    ]),
    undefined,
  );
  t.match(bench.log(), [/ignored .*\[bootfile\] has no entry for architecture 11/]);
});

await t.test("access counts here too", async (t) => {
  const judge = ({ mac: who }: { mac: string }): ReturnType<typeof openAccess.judge> =>
    who === MAC ? { granted: true } : new Refusal({ code: "no-uuid" });
  const bench = await start({ access: { judge } });
  t.match(bench.discover(PXE), { file: "pxelinux.0" });
  t.equal(bench.discover(PXE, { chaddr: "52:54:00:00:00:99" }), undefined);
  t.equal(ask(bench, [[53, "03"], ...PXE], { chaddr: "52:54:00:00:00:99" }), undefined);
});

await t.test("the address that a machine takes elsewhere is noted, for TFTP's filters", async (t) => {
  const bench = await start();
  const take = (chaddr: string): void =>
    void bench.ask({ chaddr, options: [[53, "03"], [50, quad("192.168.7.77")], [54, quad("192.168.7.254")], ...PXE] });
  take(MAC);
  t.equal(bench.snooped.macOf(ip("192.168.7.77")), undefined, "not of one that nothing was told");
  bench.discover(PXE);
  take(MAC);
  t.equal(bench.snooped.macOf(ip("192.168.7.77")), mac(MAC));
});

await t.test("B6 another daemon on this host has port 67: only 4011 is opened, and answers", async (t) => {
  const bench = await start({ foreignPort67: true });
  t.strictSame(
    bench.network.listening.map(({ port }) => port),
    [4011],
  );
  t.match(ask(bench, [[53, "03"], ...UEFI]), { file: "boot.efi" });
});

await t.test("tshark finds no fault with what a proxy says", needsTshark(), async (t) => {
  const bench = await start();
  const sent = [bench.discover(PXE), bench.discover(UEFI), ask(bench, [[53, "03"], ...UEFI])];
  const wires = sent.flatMap((answer) => (answer === undefined ? [] : [answer.wire]));
  const rows = dissect(t, wires, ["udp.srcport", "dhcp.ip.your", "dhcp.option.vendor_class_id", "dhcp.file"]);
  t.strictSame(rows, [
    ["67", "0.0.0.0", "PXEClient", "pxelinux.0"],
    ["67", "0.0.0.0", "PXEClient", "boot.efi"],
    ["4011", "0.0.0.0", "PXEClient", "boot.efi"],
  ]);
});

/** How many of a capture's requests are answered by what kind of server. */
const FIXTURES: Readonly<Record<string, { readonly server: number; readonly proxy: number }>> = {
  dhclient: { server: 4, proxy: 0 },
  udhcpc: { server: 3, proxy: 0 },
  dhcpcd: { server: 3, proxy: 0 },
  "ipxe-bios": { server: 3, proxy: 2 },
  "ovmf-pxe": { server: 2, proxy: 1 },
  "ovmf-http": { server: 2, proxy: 1 },
};

for (const [name, expected] of Object.entries(FIXTURES)) {
  await t.test(`what ${name} sends gets a sane answer in every mode`, needsTshark(), async (t) => {
    const requests = readPcap(fixturePath(`dhcp/${name}.pcap`));
    const common: BenchOptions = {
      prefix: "10.77.0",
      poolCount: 20,
      authoritative: true,
      allowSimple: true,
      webRoot: "http://10.77.0.1/",
    };
    for (const [mode, options] of Object.entries({
      server: common,
      proxy: { ...common, proxy: true },
      "port67 = no": { ...common, proxy: true, foreignPort67: true },
      dry_run: { ...common, dryRun: true },
    })) {
      const bench = await DhcpBench.start(options);
      const answers = requests.flatMap(({ from, to, payload }) => bench.askRaw(payload, { from, to }));
      const count = mode === "server" ? expected.server : mode === "proxy" ? expected.proxy : 0;
      t.equal(answers.length, count, mode);
      if (mode === "proxy")
        for (const { yiaddr, file } of answers) t.match({ yiaddr, file }, { yiaddr: "0.0.0.0", file: /./ });
      if (answers.length > 0)
        dissect(
          t,
          answers.map(({ wire }) => wire),
          ["frame.number"],
        );
    }
  });
}

await t.test("mode = proxy: machines that nothing is known of are left to the other server", async (t) => {
  const bench = await start({ knownOnly: true, reservations: { [MAC]: "192.168.7.20" } });
  t.match(bench.discover(PXE), { yiaddr: "0.0.0.0", file: "pxelinux.0" });
  bench.log();
  t.equal(bench.discover(PXE, { chaddr: "52:54:00:00:00:99" }), undefined);
  t.match(bench.log(), [/left PXE firmware.* to another server: nothing is known of it/]);
});
