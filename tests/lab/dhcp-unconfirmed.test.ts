/**
 * Machines that read at an address that is not leased to them: a Raspberry Pi 3, which never takes what it was offered,
 * and UEFI, which gives its lease back and lets the boot file read on. Meanwhile others look for the last address.
 */

import t, { type Test } from "tap";
import { makeRequest, quad, text, type RequestFields } from "../support/dhcp-packet.js";
import { askFrom, type Heard } from "./support/ask-program.js";
import { ClientLab, POOL_START, SERVER } from "./support/client-lab.js";
import { startDiscovering } from "./support/discover-program.js";
import { skipReason, type Host, type LabProcess } from "./support/lab.js";
import { startSlowTftp } from "./support/slow-tftp-program.js";

const needs = { skip: skipReason({ root: true, tools: ["ip", "curl", "busybox"] }) ?? false };

t.setTimeout(180_000);

/** The pool's second and last address. */
const SECOND = "10.77.0.101";
const OFFER_SECONDS = 5;
/** Read in blocks of 512 octets with a tenth of a second between, it takes several times as long as an offer is held. */
const SLOW_SIZE = 120 * 512 + 7;

const PI = "b8:27:eb:00:00:01";
const UEFI = "52:54:00:77:00:01";
const PI_OPTIONS: NonNullable<RequestFields["options"]> = [
  [60, text("PXEClient:Arch:00000:UNDI:002001")],
  [93, "0000"],
  [94, "010201"],
  [97, `00${"44".repeat(16)}`],
  [55, "2b3c4243"],
];
const UEFI_OPTIONS: NonNullable<RequestFields["options"]> = [
  [60, text("PXEClient:Arch:00007:UNDI:003016")],
  [93, "0007"],
  [97, "0012345678abcdef001111abcdefabcdef"],
  [55, "01033c4243"],
];

const BROADCAST = { from: "0.0.0.0:68", to: "255.255.255.255:67" } as const;

/** A server with two addresses to give, the second of which somebody has by now, and a machine on the first. */
class Net {
  private constructor(
    readonly lab: ClientLab,
    readonly machine: Host,
    readonly others: Host,
    readonly chaddr: string,
  ) {}

  static async open(t: Test, chaddr: string): Promise<Net> {
    const own = `${chaddr.replaceAll(":", "-")}.txt`;
    const lab = await ClientLab.open(
      { "slow.bin": new Uint8Array(SLOW_SIZE), [own]: `made for ${chaddr}`, "index.txt": "by HTTP" },
      (ini) =>
        ini
          .replace("pool_count = 10", `pool_count = 2\noffer_time = ${OFFER_SECONDS}`)
          .concat("\n[filters]\nwho.txt = ./files/{mac}.txt\n"),
    );
    t.teardown(() => lab.lab.close());
    const [machine, others] = [await lab.client("machine"), await lab.client("others")];
    for (const host of [machine, others]) {
      // A host without an address sends to its link with this route.
      await host.must("ip", ["route", "add", "255.255.255.255/32", "dev", "eth0"]);
    }
    await machine.must("ip", ["link", "set", "eth0", "address", chaddr]);
    return new Net(lab, machine, others, chaddr);
  }

  /** A message of the machine. */
  message(type: string, options: RequestFields["options"] = [], more: RequestFields = {}): Buffer {
    return makeRequest({ chaddr: this.chaddr, flags: 0x8000, ...more, options: [[53, type], ...options] });
  }

  async hear(host: Host, message: Buffer): Promise<Heard> {
    const [heard] = await this.lab.daemon.explaining(askFrom(host, BROADCAST, message, 1));
    if (heard === undefined) throw new Error("the server is silent");
    return heard;
  }

  /** Somebody takes the address that is left. */
  async takeSecond(): Promise<void> {
    const chaddr = "52:54:00:77:00:02";
    const ask = (type: string, more: RequestFields["options"] = []): Buffer =>
      makeRequest({ chaddr, flags: 0x8000, options: [[53, type], ...more] });
    const offer = await this.hear(this.others, ask("01"));
    const ack = await this.hear(
      this.others,
      ask("03", [
        [54, quad(SERVER)],
        [50, quad(offer.yiaddr)],
      ]),
    );
    if (ack.yiaddr !== SECOND) throw new Error(`${ack.yiaddr} and not ${SECOND} was left`);
  }

  async use(address: string): Promise<void> {
    await this.machine.must("ip", ["address", "add", `${address}/24`, "dev", "eth0"]);
  }

  /** Fetches a file by TFTP. @returns its content */
  async fetch(name: string): Promise<string> {
    return this.lab.daemon.explaining(this.machine.must("busybox", ["tftp", "-g", "-r", name, "-l", "-", SERVER]));
  }

  /** Starts to read the slow file, and others to look for an address once that is under way. */
  async readWhileOthersLook(address: string): Promise<{ readonly reading: LabProcess; readonly looking: LabProcess }> {
    const reading = startSlowTftp(this.machine, address, SERVER, "slow.bin");
    await this.lab.daemon.explaining(reading.waitFor(/begun/, 20));
    const looking = startDiscovering(this.others);
    await this.lab.daemon.waitFor(/no address is left/, 20);
    return { reading, looking };
  }
}

await t.test("a Raspberry Pi 3 reads at the address that it was offered, known and alone", needs, async (t) => {
  const net = await Net.open(t, PI);
  const offer = await net.hear(net.machine, net.message("01", PI_OPTIONS));
  t.equal(offer.yiaddr, POOL_START);
  t.match(offer.options.get(43), Buffer.from("Raspberry Pi Boot   ").toString("hex"));
  t.ok(offer.options.has(1), "the mask, though it did not ask for it");
  await net.takeSecond();
  await net.use(offer.yiaddr);
  t.equal(await net.fetch("who.txt"), `made for ${PI}`, "{mac} in a filter");
  const url = `http://${SERVER}/index.txt`;
  t.equal(await net.machine.must("curl", ["-sS", "--max-time", "10", url]), "by HTTP", "check_ip");

  const { reading, looking } = await net.readWhileOthersLook(POOL_START);
  const [, octets] = await net.lab.daemon.explaining(reading.waitFor(/read (\d+) octets/, 60));
  t.equal(Number(octets), SLOW_SIZE);
  t.notMatch(looking.output, /offered/, "nobody was offered anything meanwhile");
  await net.lab.daemon.waitFor(new RegExp(`${PI} \\(${POOL_START}\\): sent "slow.bin"`), 20);
  t.notMatch(net.lab.daemon.log, `leased ${POOL_START}`, "the machine never took it");
  const [, last] = await net.lab.daemon.explaining(looking.waitFor(/offered (\S+)/, 30));
  t.equal(last, POOL_START, "when it reads no more, and the offer is over, another machine gets it");
});

await t.test("UEFI gives its lease back, and what it started reads on, known and alone", needs, async (t) => {
  const net = await Net.open(t, UEFI);
  const offer = await net.hear(net.machine, net.message("01", UEFI_OPTIONS));
  const taken = [[54, quad(SERVER)], [50, quad(offer.yiaddr)], ...UEFI_OPTIONS] as const;
  t.match(await net.hear(net.machine, net.message("03", taken)), { yiaddr: POOL_START });
  await net.takeSecond();
  await net.use(POOL_START);
  t.equal(await net.fetch("who.txt"), `made for ${UEFI}`);
  const release = net.message("07", [[54, quad(SERVER)]], { ciaddr: POOL_START, flags: 0 });
  await askFrom(net.machine, { from: `${POOL_START}:68`, to: `${SERVER}:67` }, release, 0);
  await net.lab.daemon.waitFor(new RegExp(`${UEFI}: released ${POOL_START}`), 20);

  t.equal(await net.fetch("who.txt"), `made for ${UEFI}`, "GRUB is known");
  const url = `http://${SERVER}/index.txt`;
  t.equal(await net.machine.must("curl", ["-sS", "--max-time", "10", url]), "by HTTP", "check_ip");
  const { reading, looking } = await net.readWhileOthersLook(POOL_START);
  await net.lab.daemon.explaining(reading.waitFor(/read \d+ octets/, 60));
  t.notMatch(looking.output, /offered/, "nobody is offered that address for ten minutes");
  t.equal(await net.fetch("who.txt"), `made for ${UEFI}`, "GRUB is known still");
  t.match(await net.hear(net.machine, net.message("01")), { yiaddr: POOL_START }, "and its system gets it again");
});
