import t from "tap";
import { decodeArp, encodeArpProbe } from "../../lib/os/arp.js";
import { openArpProber, type ArpCalls } from "../../lib/os/arp-prober.js";
import { ManualClock } from "../support/manual-clock.js";
import { ip, mac } from "../support/values.js";

const SERVER = mac("52:54:00:00:00:01");
/** The answer of Linux to an ARP probe for 10.77.0.100, without the Ethernet header. */
const REPLY = "0001080006040002da17e2f0d1c60a4d0064525400000001" + "00000000";

await t.test("a probe asks for an address without having one", (t) => {
  const expected = "0001080006040001525400000001" + "00000000" + "000000000000" + "0a4d0064";
  t.equal(encodeArpProbe(SERVER, ip("10.77.0.100")).toString("hex"), expected);
  t.end();
});

await t.test("an answer tells who has an address; anything else is none", (t) => {
  const reply = Buffer.from(REPLY, "hex");
  t.strictSame(decodeArp(reply), { senderMac: mac("da:17:e2:f0:d1:c6"), senderAddress: ip("10.77.0.100") });
  for (let length = 0; length < reply.length; length++) t.equal(decodeArp(reply.subarray(0, length)), undefined);
  for (const [offset, octet] of [
    [1, 6],
    [3, 6],
    [4, 8],
    [5, 16],
  ] as const) {
    const other = Buffer.from(reply);
    other[offset] = octet;
    t.equal(decodeArp(other), undefined);
  }
  t.end();
});

/** A kernel whose link answers what a test puts there. */
class Link implements ArpCalls {
  readonly heard: Buffer[] = [];
  readonly asked: string[] = [];
  readonly closed: number[] = [];
  denial = 0;
  /** The index of eth0; 0 while there is no such interface. */
  index = 7;
  /** The interface that it hears. */
  bound = 0;
  readonly if_nametoindex = (name: string): number => (name === "eth0" ? this.index : 0);
  readonly socket = (): number => (this.denial === 0 ? 12 : -1);
  readonly bind: ArpCalls["bind"] = (_descriptor, address) => {
    this.bound = address.readInt32LE(4);
    return 0;
  };
  readonly sendto: ArpCalls["sendto"] = (_descriptor, octets, length, _flags, address) => {
    if (address.readInt32LE(4) !== this.index) return -1;
    this.asked.push(octets.toString("hex", 24, 28));
    return length;
  };
  readonly recv: ArpCalls["recv"] = (_descriptor, octets) => this.heard.shift()?.copy(octets) ?? -1;
  readonly close = (descriptor: number): number => this.closed.push(descriptor);
  readonly errno = (): number => this.denial;
}

const REQUEST = { interfaceName: "eth0", mac: () => SERVER, seconds: 0.4 };

await t.test("who answers has the address; nobody is waited for longer than was said", async (t) => {
  const link = new Link();
  const clock = new ManualClock();
  const prober = openArpProber(link, REQUEST, clock);
  link.heard.push(Buffer.from(REPLY, "hex"));
  const used = prober.whoHas(ip("10.77.0.100"));
  const again = prober.whoHas(ip("10.77.0.100"));
  const free = prober.whoHas(ip("10.77.0.101"));
  t.equal(link.heard.length, 0, "what came before the question is no answer");
  link.heard.push(Buffer.from("junk"), Buffer.from(REPLY, "hex"));
  clock.advance(20);
  t.equal(await used, "da:17:e2:f0:d1:c6");
  t.equal(await again, "da:17:e2:f0:d1:c6");
  clock.advance(400);
  t.equal(await free, undefined);
  t.strictSame(link.asked, ["0a4d0064", "0a4d0065", "0a4d0065"], "who does not answer is asked twice");
  prober.close();
  prober.close();
  t.strictSame(link.closed, [12]);
  t.equal(await prober.whoHas(ip("10.77.0.102")), undefined);
});

await t.test("who is waited for when all ends is not heard of", async (t) => {
  const prober = openArpProber(new Link(), REQUEST, new ManualClock());
  const asked = prober.whoHas(ip("10.77.0.100"));
  prober.close();
  t.equal(await asked, undefined);
});

await t.test("an interface that was made anew is asked by its own hardware address, and heard", async (t) => {
  const link = new Link();
  const clock = new ManualClock();
  const macs: (string | undefined)[] = [];
  let own: typeof SERVER | undefined = SERVER;
  const prober = openArpProber(link, { ...REQUEST, mac: () => (macs.push(own), own) }, clock);
  link.index = 0;
  t.equal(await prober.whoHas(ip("10.77.0.100")), undefined, "nobody while it is away");
  link.index = 9;
  own = mac("52:54:00:00:00:09");
  const asked = prober.whoHas(ip("10.77.0.100"));
  t.equal(link.bound, 9);
  t.strictSame(macs, [own]);
  link.heard.push(Buffer.from(REPLY, "hex"));
  clock.advance(20);
  t.equal(await asked, "da:17:e2:f0:d1:c6");
});

await t.test("what the system refuses is told", (t) => {
  const link = new Link();
  link.denial = 1;
  t.throws(() => openArpProber(link, REQUEST, new ManualClock()), { code: "EPERM" });
  t.throws(() => openArpProber(link, { ...REQUEST, interfaceName: "eth9" }, new ManualClock()), /eth9/);
  t.end();
});
