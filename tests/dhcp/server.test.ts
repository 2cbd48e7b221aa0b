/** A machine boots: its firmware is served, then the operating system that it loaded; replies and the log. */

import t from "tap";
import { DhcpBench, POOL_START, PXE, SERVER, UEFI, type Way } from "../support/dhcp-bench.js";
import { MAC, makeRequest, quad, text } from "../support/dhcp-packet.js";
import { ip } from "../support/values.js";

const UUID = "12345678-abcd-ef00-1111-abcdefabcdef";
const asks = (...codes: number[]): readonly [number, string] => [55, Buffer.from(codes).toString("hex")];

await t.test(
  "A36 firmware discovers, is offered an address and a boot file, takes it and is acknowledged",
  async (t) => {
    const bench = await DhcpBench.start();
    const offer = bench.discover(UEFI, { xid: 0xabcd0001 });
    t.match(offer, {
      op: 2,
      xid: 0xabcd0001,
      yiaddr: POOL_START,
      siaddr: SERVER,
      file: "boot.efi",
      sname: "boot.example.org",
    });
    t.equal(offer?.options.get(53), "02");
    t.equal(offer?.options.get(54), quad(SERVER));
    t.equal(offer?.options.get(51), "00000e10");
    t.equal(offer?.options.get(60), text("PXEClient"));
    t.equal(offer?.options.get(43), "060108ff");
    t.strictSame(bench.log(), [
      `${MAC}: offered ${POOL_START} to PXE firmware, architecture 7 (x64 UEFI), UUID ${UUID}; boot file boot.efi`,
    ]);
    const ack = bench.request(POOL_START, UEFI, { xid: 0xabcd0002 });
    t.match(ack, { xid: 0xabcd0002, yiaddr: POOL_START, siaddr: SERVER, file: "boot.efi" }, "A37 with its own xid");
    t.equal(ack?.options.get(53), "05");
    t.strictSame(bench.log(), [
      `${MAC}: leased ${POOL_START} to PXE firmware, architecture 7 (x64 UEFI), UUID ${UUID}; boot file boot.efi`,
    ]);
  },
);

await t.test("A36 an ACK says what the OFFER said", async (t) => {
  const bench = await DhcpBench.start();
  const wishes = [...UEFI, asks(1, 3, 6, 15, 28, 43, 51, 58, 59, 60, 66, 67, 97)];
  const offer = bench.discover(wishes);
  const ack = bench.request(POOL_START, wishes);
  const sayings = (reply: typeof offer): unknown => [...(reply?.options ?? [])].filter(([code]) => code !== 53);
  t.ok(offer !== undefined && offer.options.size > 10);
  t.strictSame(sayings(ack), sayings(offer));
});

await t.test("A37 a request that is repeated is answered again, the same", async (t) => {
  const bench = await DhcpBench.start();
  bench.discover(UEFI);
  const first = bench.request(POOL_START, UEFI);
  const second = bench.request(POOL_START, UEFI);
  t.strictSame(second?.wire.payload, first?.wire.payload);
  t.match(bench.log()[2], /: confirmed 192\.168\.7\.100 to PXE firmware/, "the log tells it from a new lease");
});

await t.test(
  "the operating system gets the address that its firmware had, and the log knows the machine",
  async (t) => {
    const bench = await DhcpBench.start();
    t.equal(bench.obtain(PXE), POOL_START);
    bench.log();
    const offer = bench.discover([asks(1, 3, 6, 12)]);
    t.match(offer, { yiaddr: POOL_START });
    t.notOk(offer?.options.has(43), "B1 nothing of PXE");
    const ack = bench.request(POOL_START);
    t.equal(ack?.options.get(53), "05");
    t.match(bench.log()[1], `${MAC}: confirmed ${POOL_START} to a DHCP client, UUID ${UUID}`, "the UUID is remembered");
  },
);

await t.test("a client that did not boot from here gets no answer, and the log says why", async (t) => {
  const bench = await DhcpBench.start();
  t.equal(bench.discover(), undefined);
  t.equal(bench.request(POOL_START), undefined);
  t.strictSame(bench.ask({}), [], "BOOTP");
  const why = "it was not seen to boot by PXE first, and allow_simple_dhcp is off";
  t.strictSame(bench.log(), [
    `${MAC}: ignored a DHCP client: ${why}`,
    `${MAC}: ignored a DHCP client: ${why}`,
    `${MAC}: ignored a BOOTP client: ${why}`,
  ]);
});

await t.test("allow_simple_dhcp serves every client", async (t) => {
  const bench = await DhcpBench.start({ allowSimple: true });
  t.equal(bench.obtain(), POOL_START);
  t.match(bench.log(), [/: offered 192\.168\.7\.100 to a DHCP client/, /: leased 192\.168\.7\.100 to a DHCP client/]);
});

await t.test("A23 A24 with allow_simple_dhcp a BOOTP client is bound at once, in 300 octets", async (t) => {
  const bench = await DhcpBench.start({ allowSimple: true });
  const [reply] = bench.ask({ xid: 7 });
  t.match(reply, {
    xid: 7,
    yiaddr: POOL_START,
    siaddr: SERVER,
    file: "pxelinux.0",
    size: 300,
    to: "255.255.255.255:68",
  });
  t.notOk(reply?.options.has(53));
  t.match(bench.log(), [/: leased 192\.168\.7\.100 to a BOOTP client; boot file pxelinux\.0/]);
  t.equal(bench.leases.holderOf(ip(POOL_START)), MAC);
});

await t.test(
  "BIOS gets the default boot file, x64 UEFI that of 7, any other architecture an address and a warning",
  async (t) => {
    const bench = await DhcpBench.start();
    t.equal(bench.discover(PXE)?.file, "pxelinux.0");
    t.equal(
      bench.discover([
        [60, text("PXEClient")],
        [93, "0009"],
      ])?.file,
      "boot.efi",
      "B25 9 is 7",
    );
    bench.log();
    const offer = bench.discover([
      [60, text("PXEClient:Arch:00011:UNDI:003016")],
      [93, "000b"],
    ]);
    t.match(offer, { yiaddr: POOL_START, file: "" });
    t.notOk(offer?.options.has(60));
    t.match(bench.log(), [/; no boot file: \[bootfile\] has no entry for architecture 11 \(ARM 64-bit UEFI\)$/]);
    t.end();
  },
);

await t.test("HTTP boot firmware gets a URL, and never a mere name", async (t) => {
  const http = [[60, text("HTTPClient:Arch:00016:UNDI:003000")], [93, "0010"], asks(60, 67)] as const;
  const named = await DhcpBench.start({ bootFiles: [[16, "boot.efi"]] });
  t.match(named.discover(http), { yiaddr: POOL_START, file: "" });
  t.match(named.log(), [/; no boot file: it boots by HTTP, boot\.efi is no URL, and HTTP is off/]);
  const url = "http://192.168.7.1/boot.efi";
  const linked = await DhcpBench.start({ bootFiles: [[16, url]] });
  const offer = linked.discover(http);
  t.equal(offer?.file, url);
  t.equal(offer?.options.get(67), text(url));
  t.equal(offer?.options.get(60), text("HTTPClient"));
});

await t.test("option 13 says the size of the boot file where it is known", async (t) => {
  const sizeOf = (name: string): number | undefined => (name === "pxelinux.0" ? 42430 : undefined);
  const bench = await DhcpBench.start({ sizeOf });
  t.equal(bench.discover([...PXE, asks(13)])?.options.get(13), "0053", "83 blocks of 512 octets");
  t.notOk(bench.discover([...UEFI, asks(13)])?.options.has(13));
});

await t.test("A85a A86 replies leave from our own address and port 67, as limited broadcasts", async (t) => {
  const bench = await DhcpBench.start();
  t.match(bench.discover(PXE), { from: `${SERVER}:67`, to: "255.255.255.255:68" });
  t.match(bench.discover(PXE, { flags: 0x8000 }), { from: `${SERVER}:67`, to: "255.255.255.255:68", flags: 0x8000 });
});

await t.test(
  "A83 A86 where frames can be sent, they go from there to a machine without an address alone",
  async (t) => {
    const bench = await DhcpBench.start({ frames: true });
    const alone = { from: `${SERVER}:67`, to: `${POOL_START}:68`, mac: MAC, yiaddr: POOL_START, flags: 0 };
    t.match(bench.discover(PXE), alone);
    t.match(bench.request(POOL_START, PXE), alone);
    t.match(bench.discover(PXE, { flags: 0x8000 }), { to: "255.255.255.255:68", mac: undefined }, "A82");
    t.match(
      bench.request("192.168.7.150", PXE),
      { to: "255.255.255.255:68", mac: undefined, yiaddr: "0.0.0.0" },
      "A80 a refusal",
    );
  },
);

await t.test("A83 a machine in [buggy_clients] gets no frame, nor one that says it has another address", async (t) => {
  const bench = await DhcpBench.start({ frames: true, allowSimple: true, buggy: [MAC] });
  t.match(bench.discover(), { to: "255.255.255.255:68", mac: undefined });
  const other = "52:54:00:aa:bb:02";
  t.match(bench.discover([], { chaddr: other }), { mac: other });
  t.match(bench.discover([], { chaddr: other, ciaddr: "10.1.1.1" }), { to: "255.255.255.255:68", mac: undefined });
});

await t.test("A83 a BOOTP client gets a frame too", async (t) => {
  const bench = await DhcpBench.start({ frames: true, allowSimple: true });
  t.match(bench.ask({}), [{ to: `${POOL_START}:68`, mac: MAC, yiaddr: POOL_START }]);
});

await t.test("A46 A81 a client that renews is answered at its address", async (t) => {
  const bench = await DhcpBench.start({ allowSimple: true });
  bench.obtain();
  const from = { address: ip(POOL_START), port: 68 };
  const [ack] = bench.ask(
    { ciaddr: POOL_START, options: [[53, "03"]] },
    { from, to: { address: ip(SERVER), port: 67 } },
  );
  t.match(ack, { to: `${POOL_START}:68`, ciaddr: POOL_START, yiaddr: POOL_START });
  t.equal(ack?.options.get(53), "05");
});

await t.test("A42a a client that names us beside ciaddr renews, rebinds, or takes what it was offered", async (t) => {
  const bench = await DhcpBench.start({ allowSimple: true });
  const ask = (way: Way = {}, server = SERVER): string | undefined => {
    const options = [
      [53, "03"],
      [54, quad(server)],
    ] as const;
    const [ack] = bench.ask({ ciaddr: POOL_START, options }, way);
    t.match(ack?.yiaddr ?? POOL_START, POOL_START);
    return ack?.options.get(53);
  };
  t.equal(bench.discover()?.yiaddr, POOL_START);
  t.equal(ask(), "05", "right after the offer");
  t.equal(bench.leases.holderOf(ip(POOL_START)), MAC);
  t.equal(ask({ from: { address: ip(POOL_START), port: 68 }, to: { address: ip(SERVER), port: 67 } }), "05", "RENEW");
  t.equal(ask({ from: { address: ip(POOL_START), port: 68 } }), "05", "REBIND");
  t.equal(ask({}, "192.168.7.254"), undefined, "not where it names another server");
});

await t.test("a machine in [buggy_clients] is answered by broadcast even then", async (t) => {
  const bench = await DhcpBench.start({ allowSimple: true, buggy: [MAC] });
  bench.obtain();
  const [ack] = bench.ask({ ciaddr: POOL_START, options: [[53, "03"]] });
  t.match(ack, { to: "255.255.255.255:68", yiaddr: POOL_START });
});

await t.test("A57 a relayed request is answered at giaddr:67", async (t) => {
  const bench = await DhcpBench.start();
  const options = [...PXE, [82, "0104deadbeef"]] as const;
  const offer = bench.discover(options, { giaddr: "192.168.7.250", hops: 1 });
  t.match(offer, { to: "192.168.7.250:67", giaddr: "192.168.7.250", yiaddr: POOL_START });
  t.equal(offer?.options.get(82), "0104deadbeef", "A59");
  t.equal(offer?.codes.at(-1), 82);
});

await t.test("A30 A58 D5 what was relayed from a network that is not served gets no answer", async (t) => {
  const bench = await DhcpBench.start();
  t.equal(bench.discover(PXE, { giaddr: "10.9.0.1" }), undefined);
  t.match(bench.log(), [/: it was relayed by 10\.9\.0\.1, which is not in 192\.168\.7\.0\/24$/]);
});

await t.test("on another port clients and relay agents are answered on the port they sent from", async (t) => {
  const bench = await DhcpBench.start({ port: 6767 });
  const from = { address: ip("192.168.7.250"), port: 1067 };
  const options = [[53, "01"], ...PXE] as const;
  t.match(bench.ask({ giaddr: "192.168.7.250", options }, { from }), [
    { to: "192.168.7.250:1067", from: `${SERVER}:6767` },
  ]);
  t.match(bench.ask({ options }, { from: { address: ip("0.0.0.0"), port: 1068 } }), [{ to: "255.255.255.255:1068" }]);
});

await t.test("A2 what is not a request is dropped", async (t) => {
  const bench = await DhcpBench.start({ allowSimple: true });
  for (const op of [0, 2, 255]) t.strictSame(bench.ask({ op, options: [[53, "01"]] }), [], `op ${op}`);
  t.match(bench.log(), Array(3).fill(/: dropped a DHCP packet: it is not a request$/));
});

await t.test("A7 A22 flags without a meaning, and seconds, drop nothing", async (t) => {
  const bench = await DhcpBench.start({ allowSimple: true });
  for (const flags of [0x0001, 0x7fff, 0xffff]) t.match(bench.discover([], { flags, secs: 65535 }), { flags });
});

await t.test("the port is another's: nothing is served, and nothing stays open", async (t) => {
  const bench = await DhcpBench.start();
  const ignore = { onDatagrams: () => undefined, onError: () => undefined };
  t.equal(bench.network.listening.length, 2);
  bench.server.stop();
  t.strictSame(bench.network.listening, []);
  await bench.network.open({ address: ip("0.0.0.0"), port: 67 }, ignore);
  await t.rejects(bench.server.start(), { code: "EADDRINUSE" });
  t.equal(bench.network.listening.length, 1);
});

await t.test("after stop nothing is answered", async (t) => {
  const bench = await DhcpBench.start({ allowSimple: true });
  bench.server.stop();
  t.strictSame(bench.askRaw(makeRequest({ options: [[53, "01"]] })), []);
});
