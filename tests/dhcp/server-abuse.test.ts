/** Attacks that have hit other servers, each played against this one (conformance D1 to D4, D11 to D14). */

import t, { type Test } from "tap";
import { MemoryStore } from "../../lib/leases/store/memory-store.js";
import { DhcpBench, PXE, SERVER } from "../support/dhcp-bench.js";
import { makeRequest, quad, text, type RequestFields } from "../support/dhcp-packet.js";
import { processorTime } from "../support/processor-time.js";

type Options = NonNullable<RequestFields["options"]>;

const NEXT = "52:54:00:ff:00:01";

/** Sends it by itself and to a server of its own; whoever comes next is served, and nothing of it was a mistake of ours. */
async function survive(t: Test, name: string, packet: Buffer): Promise<void> {
  const bench = await DhcpBench.start({ allowSimple: true, authoritative: true, bootServer: true });
  bench.askRaw(packet);
  t.match(bench.discover([], { chaddr: NEXT })?.yiaddr, /^192\.168\.7\./, name);
  t.notOk(
    bench.events.some(({ kind }) => kind === "failed"),
    `${name}: no mistake of ours`,
  );
  for (const line of bench.log()) t.notMatch(line, /[\0-\x1f\x7f]/, `${name}: a line of the log is a line`);
}

/** The message in question, of every type, where the option stands alone and where it follows others. */
async function surviveOption(t: Test, name: string, code: number, values: readonly string[]): Promise<void> {
  for (const value of values) {
    for (const type of ["01", "03", "04", "07", "08", "0a"]) {
      const options: Options = [[53, type], ...PXE, [54, quad(SERVER)], [code, value]];
      await survive(t, `${name}, type ${type}, ${value.length / 2} octets`, makeRequest({ options }));
    }
  }
}

await t.test("D1 D14 sizes and shapes that no packet has", async (t) => {
  const whole = makeRequest({ options: [[53, "01"]] });
  for (let size = 0; size < 240; size++) await survive(t, `${size} octets`, whole.subarray(0, size));
  const changed = (offset: number, ...octets: number[]): Buffer => {
    const copy = Buffer.from(whole);
    copy.set(octets, offset);
    return copy;
  };
  for (const op of [0, 2, 255]) await survive(t, `op ${op}`, changed(0, op));
  for (const hlen of [17, 255]) await survive(t, `hlen ${hlen}`, changed(2, hlen));
  await survive(t, "htype 0 with hlen 6", changed(1, 0, 6));
  for (const cookie of [
    [0, 0, 0, 0],
    [99, 130, 83, 98],
  ])
    await survive(t, "another cookie", changed(236, ...cookie));
  const tails: readonly (readonly [string, string])[] = [
    ["an option without a length", "35"],
    ["a length past the end", "3501013cff41"],
    ["only pads", "00".repeat(60)],
    ["64 KB of pads", "00".repeat(65_000)],
    ["no END", "350101"],
    ["END first, then garbage", `ff${"35".repeat(200)}`],
    ["1000 options without content", `350101${"5000".repeat(1000)}ff`],
    ["options in file and sname that point at each other", "3501013401033401033401 03ff".replaceAll(" ", "")],
  ];
  for (const [name, tail] of tails) await survive(t, name, makeRequest({ tail }));
});

await t.test("D1 D11 D12 D14 options that ended other servers", async (t) => {
  const label = (length: number): string => (length % 256).toString(16).padStart(2, "0") + "61".repeat(length % 256);
  // Kea 2019-6472, ISC 2010-2156 and 2012-3571: client identifiers of no octets, of one, as long as they may be.
  await surviveOption(t, "client identifier", 61, ["", "00", "ff", "ff".repeat(255), `ff${"00".repeat(254)}`]);
  // Kea 2019-6473 and 2025-11232: names of which nothing is left, names that are none.
  const names = ["", "2e", "2d2d2d", "00", "1b5b33316d", "0a0a", "ff".repeat(255), "2e".repeat(255)];
  await surviveOption(t, "host name", 12, names);
  // ISC 2022-2929: labels longer than 63, and FQDNs that end within one.
  const domains = [label(64), label(63) + label(63), "c000", "c0ff", "ff", "3f61", "00"].map((name) => `04ffff${name}`);
  await surviveOption(t, "FQDN", 81, [...domains, "", "04", "0400"]);
  await surviveOption(t, "domain search", 119, ["c000", "c001", "c0ff", "01c000", label(64), ""]);
  // dnsmasq and others: options within options that overrun, that are empty, that hold themselves.
  const nested = [
    "",
    "00",
    "01",
    "0100",
    "01ff",
    "0104c0a8",
    "0100".repeat(127),
    "52".repeat(255),
    `2bff${"2b02".repeat(100)}`,
  ];
  for (const code of [43, 82, 124, 125, 175, 77]) await surviveOption(t, `option ${code}`, code, nested);
  await surviveOption(t, "overload", 52, ["", "00", "04", "ff", "03", "0303"]);
  await surviveOption(t, "architecture", 93, ["", "00", "000700", "ffff"]);
  await surviveOption(t, "machine identifier", 97, [
    "",
    "00",
    `00${"ab".repeat(15)}`,
    `00${"ab".repeat(17)}`,
    "ff".repeat(17),
  ]);
  await surviveOption(t, "largest message", 57, ["", "0000", "0001", "ffff", "024000"]);
});

await t.test("D12 D13 requests of machines that have no lease, from networks that are not served", async (t) => {
  const addresses = ["0.0.0.1", "10.9.9.9", "127.0.0.1", "224.0.0.1", "255.255.255.255", SERVER, "192.168.7.255"];
  for (const address of addresses) {
    for (const type of ["03", "04", "07", "08"]) {
      // dnsmasq 2008-3214 and 2008-3350; Kea 2025-40779: INFORM, renewals and refusals without a lease or a subnet.
      const options: Options = [
        [53, type],
        [12, text("x")],
        [55, "0103060f"],
      ];
      await survive(t, `ciaddr ${address}, type ${type}`, makeRequest({ ciaddr: address, options }));
      await survive(t, `giaddr ${address}, type ${type}`, makeRequest({ giaddr: address, options }));
      const asked: Options = [...options, [50, quad(address)]];
      // dnsmasq 2006-2017: asked to broadcast.
      await survive(t, `option 50 ${address}, type ${type}`, makeRequest({ flags: 0x8000, options: asked }));
    }
  }
});

await t.test("D2 D12 a host name of which nothing is left is none", async (t) => {
  for (const name of ["", "00", "0000", "0061"]) {
    const store = new MemoryStore();
    const bench = await DhcpBench.start({ allowSimple: true, store });
    t.ok(bench.obtain([[12, name]]), "the machine is served");
    t.match([...store.load()], [{ hostName: undefined }], name);
  }
});

await t.test("D3 a pool that machines without number took comes back, and who had an address keeps it", async (t) => {
  const bench = await DhcpBench.start({ allowSimple: true, poolCount: 20, reservations: { [NEXT]: "192.168.7.50" } });
  const own = bench.discover([], { chaddr: "52:54:00:00:00:01" })?.yiaddr ?? "";
  const take: Options = [
    [53, "03"],
    [50, quad(own)],
    [54, quad(SERVER)],
  ];
  t.match(bench.ask({ chaddr: "52:54:00:00:00:01", options: take }), [{ yiaddr: own }]);
  let offered = 0;
  for (let index = 0; index < 10_000; index++) {
    const chaddr = `0600000${index.toString(16).padStart(5, "0")}`;
    if (bench.discover([], { chaddr }) !== undefined) offered++;
  }
  t.equal(offered, 19, "an address each, until none is left");
  t.ok(bench.events.length < 25_000);
  t.equal(bench.discover([], { chaddr: NEXT })?.yiaddr, "192.168.7.50", "what is reserved is there");
  t.match(bench.ask({ chaddr: "52:54:00:00:00:01", ciaddr: own, options: [[53, "03"]] }), [{ yiaddr: own }]);
  bench.clock.advance(61_000);
  t.ok(bench.discover([], { chaddr: "52:54:00:ff:00:02" }), "offers that nobody took are over");
});

await t.test("D4 releases and declines in the name of others, and one machine that declines without end", async (t) => {
  const bench = await DhcpBench.start({ allowSimple: true, poolCount: 20 });
  const [victim, attacker] = ["52:54:00:00:00:01", "52:54:00:00:00:02"];
  const address = bench.discover([], { chaddr: victim })?.yiaddr ?? "";
  const selecting: Options = [
    [53, "03"],
    [50, quad(address)],
    [54, quad(SERVER)],
  ];
  bench.ask({ chaddr: victim, options: selecting });
  for (const type of ["04", "07"]) {
    const options: Options = [
      [53, type],
      [50, quad(address)],
      [54, quad(SERVER)],
    ];
    t.strictSame(bench.ask({ chaddr: attacker, ciaddr: address, options }), []);
  }
  t.match(
    bench.ask({ chaddr: victim, ciaddr: address, options: [[53, "03"]] }),
    [{ yiaddr: address }],
    "it has its lease",
  );

  for (let index = 0; index < 50; index++) {
    const yiaddr = bench.discover([], { chaddr: attacker })?.yiaddr ?? "0.0.0.0";
    bench.ask({
      chaddr: attacker,
      options: [
        [53, "04"],
        [50, quad(yiaddr)],
        [54, quad(SERVER)],
      ],
    });
  }
  const declined = bench.events.filter(({ kind }) => kind === "dhcp-declined");
  t.equal(declined.length, 5, "five addresses are its to take away, and no more");
  t.match(bench.log().at(-1), /it declines one address after the other/);
  for (let index = 0; index < 10; index++) t.ok(bench.discover([], { chaddr: `52:54:00:00:01:0${index}` }));
  bench.clock.advance(86_500_000);
  const again = bench.discover([], { chaddr: attacker })?.yiaddr ?? "0.0.0.0";
  bench.ask({
    chaddr: attacker,
    options: [
      [53, "04"],
      [50, quad(again)],
      [54, quad(SERVER)],
    ],
  });
  t.match(bench.events.at(-1), { kind: "dhcp-declined" }, "a day later it is believed again");
});

await t.test(
  "D8 D12 what a client says of itself at great length is neither looked at for long nor kept",
  async (t) => {
    const store = new MemoryStore();
    const bench = await DhcpBench.start({ allowSimple: true, clientKey: "client-id", store });
    const long = (code: number, octet: string, count = 250): Options =>
      Array.from({ length: count }, (): [number, string] => [code, octet.repeat(255)]);
    const took = processorTime(() => {
      for (const code of [60, 77]) bench.discover([...long(code, "00"), [code, "78"]], { chaddr: NEXT });
    });
    t.ok(took < 400, `${took} ms`);
    t.ok(bench.obtain([...long(12, "61"), ...long(61, "62")], { chaddr: NEXT }));
    t.match([...store.load()], [{ key: NEXT, hostName: "a".repeat(255) }]);
  },
);
