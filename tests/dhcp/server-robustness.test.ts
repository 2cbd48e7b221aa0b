/** Nothing that is sent to the server keeps it from serving the next one: conformance D1, D9. */

import t from "tap";
import { DhcpBench, PXE } from "../support/dhcp-bench.js";
import { MAC, makeRequest, quad, text, type RequestFields } from "../support/dhcp-packet.js";

const NEXT = "52:54:00:ff:00:01";

/** Whether a client that comes now is served. */
function servesOn(bench: DhcpBench): boolean {
  return bench.discover([], { chaddr: NEXT })?.yiaddr.startsWith("192.168.7.") === true;
}

await t.test("a packet that is none is dropped with a line for debugging, and the next one is served", async (t) => {
  const bench = await DhcpBench.start({ allowSimple: true });
  const packets = [
    Buffer.alloc(0),
    Buffer.alloc(239),
    Buffer.alloc(300, 255),
    makeRequest({ hlen: 17 }),
    makeRequest({ tail: "35" }),
    makeRequest({ tail: "3501013204c0a8" }),
    makeRequest({ tail: "5202" }),
  ];
  for (const packet of packets) {
    t.strictSame(bench.askRaw(packet), []);
    t.match(bench.events.at(-1), { kind: "packet-dropped", protocol: "DHCP" });
    t.match(bench.log().at(-1), /^0\.0\.0\.0:68: dropped a DHCP packet: .+ at octet \d+$/);
    t.ok(servesOn(bench));
  }
});

await t.test("a batch in which one packet is broken is served but for that", async (t) => {
  const bench = await DhcpBench.start({ allowSimple: true });
  const good = (last: number): Buffer => makeRequest({ chaddr: `52540000000${last}`, options: [[53, "01"]] });
  const to = { address: 0xffffffff as never, port: 67 };
  bench.network.arrive(to, { address: 0 as never, port: 68 }, good(1), makeRequest({ tail: "35" }), good(2));
  t.match(bench.answers(), [{ yiaddr: "192.168.7.100" }, { yiaddr: "192.168.7.101" }]);
});

await t.test("D1 options of impossible sizes and values break nothing", async (t) => {
  const bench = await DhcpBench.start({ allowSimple: true });
  const ask = (options: NonNullable<RequestFields["options"]>, fields: RequestFields = {}): void => {
    for (const answer of bench.ask({ ...fields, options })) t.ok(answer.size >= 300);
  };
  const lengths = ["", "00", "ffff", "c0a807", "c0a80764", "c0a80764ff", "ab".repeat(255)];
  for (const type of ["01", "03", "04", "07", "08"]) {
    for (const code of [12, 43, 50, 52, 54, 55, 57, 60, 61, 66, 77, 81, 82, 93, 94, 97, 119, 121, 124, 125]) {
      for (const value of lengths)
        ask([
          [53, type],
          [code, value],
        ]);
    }
  }
  for (const address of ["0.0.0.1", "127.0.0.1", "224.0.0.1", "255.255.255.255", "192.168.7.1", "192.168.7.255"]) {
    for (const type of ["01", "03", "07", "08"]) {
      ask([
        [53, type],
        [50, quad(address)],
      ]);
      ask([[53, type]], { ciaddr: address });
      ask([[53, type]], { giaddr: address });
    }
    ask([], { ciaddr: address });
  }
  for (const chaddr of ["00".repeat(16), "ff".repeat(16)]) {
    for (const hlen of [0, 1, 6, 7, 16]) ask([[53, "01"]], { chaddr, hlen });
  }
  ask([...Array<[number, string]>(1000).fill([80, ""])]);
  for (const value of ["", "0101", "01".repeat(255), "00", "63", "ff"]) ask([[53, value]]);
  for (const file of ["34010135010134", "340103350101ff", "3401033401033401"]) {
    ask(
      [
        [53, "01"],
        [52, "01"],
      ],
      { file: Buffer.from(file, "hex").toString("latin1") },
    );
  }
  t.notOk(
    bench.events.some(({ kind }) => kind === "failed"),
    "nothing of it is a mistake of ours",
  );
  // Those without number that were offered an address did not take it.
  bench.clock.advance(61_000);
  t.ok(servesOn(bench), "whoever comes next is served, by the same server");
});

await t.test("a mistake of ours is an event with its error, and the next one is served", async (t) => {
  const error = new Error("a bug");
  let broken = true;
  const sizeOf = (): number | undefined => {
    if (broken) throw error;
    return undefined;
  };
  const bench = await DhcpBench.start({ sizeOf });
  t.equal(bench.discover(PXE), undefined);
  t.match(bench.events.at(-1), { kind: "failed", where: "answering a DHCP request", error });
  t.match(bench.log().at(-1), /^answering a DHCP request: Error: a bug\n +at /, "with the stack");
  broken = false;
  t.ok(bench.discover(PXE));
});

await t.test("D9 a reply that the system refuses to send is an event, and the next one is served", async (t) => {
  const bench = await DhcpBench.start({ allowSimple: true });
  for (const code of ["ENETUNREACH", "EMSGSIZE", "EPERM", "ENOBUFS"]) {
    bench.network.refuseToSend(Object.assign(new Error(`send ${code}`), { code }));
    t.equal(bench.discover(), undefined);
    t.strictSame(bench.log().at(-1), `sending a DHCP reply: send ${code}`);
    bench.network.refuseToSend(undefined);
    t.ok(bench.discover());
  }
});

await t.test("D2 what a client sends stays within its line of the log", async (t) => {
  const bench = await DhcpBench.start();
  bench.discover([
    [60, text("PXEClient\n\u001b[31m")],
    [12, text("evil\nname")],
    [93, "ffff"],
  ]);
  for (const line of bench.log()) t.notMatch(line, /[\0-\x1f\x7f]/);
});

await t.test("D3 the machines that are remembered are bounded", async (t) => {
  const bench = await DhcpBench.start();
  bench.discover(PXE);
  for (let index = 0; index < 200; index++) {
    bench.discover(PXE, { chaddr: `0200000000${index.toString(16).padStart(2, "0")}` });
  }
  t.equal(bench.discover(), undefined, `${MAC} was heard of longest ago, and is forgotten`);
});
