/** What clients and relay agents may say and this server does not go by: it changes nothing. */

import t from "tap";
import { DhcpBench, POOL_START, UEFI } from "../support/dhcp-bench.js";
import { quad, text, type RequestFields } from "../support/dhcp-packet.js";
import { ip } from "../support/values.js";

type Options = NonNullable<RequestFields["options"]>;

const start = (): Promise<DhcpBench> => DhcpBench.start({ allowSimple: true });

await t.test("A37a rapid commit is not granted: a DISCOVER gets an OFFER, and leases nothing", async (t) => {
  const bench = await start();
  const offer = bench.discover([
    [80, ""],
    [55, "50"],
  ]);
  t.equal(offer?.options.get(53), "02");
  t.notOk(offer?.options.has(80));
  t.strictSame(bench.log().length, 1, "an offer and nothing more");
  t.equal(bench.leases.holderOf(ip(POOL_START)), undefined);
});

await t.test("A37b names and vendors' options of a client are left alone, whole or broken", async (t) => {
  const bench = await start();
  const plain = bench.discover([[55, "0103"]]);
  const said: readonly Options[] = [
    [[81, `00ffff${text("client.example.org")}`]],
    [[81, `04000004${"61".repeat(4)}c000`]],
    [[81, "00"]],
    [[124, "00000009054c696e7578"]],
    [[124, "000000"]],
    [[125, "0000000905010361626300"]],
    [[125, "000009bf"]],
  ];
  for (const options of said) {
    t.strictSame(bench.discover([[55, "0103517c7d"], ...options])?.wire.payload, plain?.wire.payload);
  }
});

await t.test("A69 firmware boots whatever version of UNDI it names", async (t) => {
  const bench = await start();
  const plain = bench.discover(UEFI);
  t.equal(plain?.file, "boot.efi");
  for (const version of ["010310", "010201", "000000", "01", "", "01031000"]) {
    t.strictSame(bench.discover([...UEFI, [94, version]])?.wire.payload, plain?.wire.payload, version);
  }
});

await t.test("A15 options never stand in sname and file, however many there are", async (t) => {
  const everything: Options = [[55, Buffer.from(Array.from({ length: 254 }, (_, index) => index + 1)).toString("hex")]];
  const bench = await DhcpBench.start({ facts: { domain: `${"long.".repeat(40)}example.org` } });
  for (const size of ["0000", "0240", "05c0"]) {
    const offer = bench.discover([...UEFI, ...everything, [57, size]]);
    t.match(offer, { sname: "boot.example.org", file: "boot.efi" });
    t.notOk(offer?.codes.includes(52));
  }
});

await t.test("A60 a client that renews is answered alike, however its relay agent heard it", async (t) => {
  const bench = await start();
  t.equal(bench.obtain(), POOL_START);
  for (const agent of ["0a0180", "0a0100", "0a00", "0a028000"]) {
    const options: Options = [
      [53, "03"],
      [82, agent],
    ];
    const [ack] = bench.ask({ ciaddr: POOL_START, giaddr: "192.168.7.250", options });
    t.match(ack, { to: "192.168.7.250:67", yiaddr: POOL_START, ciaddr: POOL_START });
    t.equal(ack?.options.get(53), "05");
    t.equal(ack?.options.get(82), agent, "A59 and that comes back");
  }
});

await t.test("A22 a DISCOVER that names a server is answered like any other", async (t) => {
  const bench = await start();
  t.equal(bench.discover([[54, quad("10.9.9.9")]])?.yiaddr, POOL_START);
});
