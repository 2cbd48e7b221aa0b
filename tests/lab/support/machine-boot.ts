/** What every test that boots a machine has: the network, the daemon, a capture, and the machine that was switched on. */

import t, { type Test } from "tap";
import { BOOT_TOOLS, BootLab, INI, NETBOOT } from "./boot-lab.js";
import { BOOT_FILTER, checkReplies } from "./boot-proof.js";
import { Capture } from "./capture.js";
import type { Daemon } from "./daemon.js";
import { startDnsmasq } from "./dnsmasq.js";
import { firmwareTools, type Firmware } from "./firmware.js";
import { skipReason, type LabProcess } from "./lab.js";
import { Machine } from "./machine.js";

/** The network's DHCP server, where it is not the daemon. */
export const DNSMASQ = "10.77.0.2";

/** An emulated machine may take several times what it takes here; a file has some of them. */
const [MACHINE_MILLISECONDS, FILE_MILLISECONDS] = [600_000, 3_600_000];

export interface MachineTest {
  readonly firmware: Firmware;
  readonly mac: string;
  /** A network card model of QEMU's; virtio-net-pci unless told. */
  readonly card?: string;
  /** The daemon's configuration; boot-lab's unless told. */
  readonly ini?: string;
  /** Files beside it, by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** What the mirror serves; NETBOOT unless told. */
  readonly mirrored?: string;
  /** Options of dnsmasq's, where that is the network's DHCP server, on a host of its own. */
  readonly dnsmasq?: readonly string[];
  /** Commands and files that it takes besides those of every machine. */
  readonly tools?: readonly string[];
  /** What is to be done on the network before the machine is switched on. */
  readonly before?: (net: BootLab) => Promise<unknown>;
}

/** A test that switches a machine on, follows its boot with `body`, and then asks the daemon to end well. */
export async function machineTest(
  title: string,
  options: MachineTest,
  body: (t: Test, boot: MachineBoot) => Promise<void>,
): Promise<void> {
  t.setTimeout(FILE_MILLISECONDS);
  const tools = [...BOOT_TOOLS, ...firmwareTools(options.firmware), "tcpdump", "tshark", ...(options.tools ?? [])];
  if (options.dnsmasq !== undefined) tools.push("dnsmasq");
  await t.test(title, { skip: skipReason({ root: true, tools }) ?? false }, async (t) => {
    t.setTimeout(MACHINE_MILLISECONDS);
    const boot = await MachineBoot.start(t, options);
    await body(t, boot);
    t.equal(await boot.daemon.stop(), 0, "the daemon ends with exit code 0");
  });
}

export class MachineBoot {
  readonly #begun = Date.now();

  private constructor(
    private readonly test: Test,
    readonly net: BootLab,
    readonly daemon: Daemon,
    readonly capture: Capture,
    readonly machine: Machine,
    /** The network's DHCP server, where it is not the daemon. */
    readonly dnsmasq: LabProcess | undefined,
  ) {}

  static async start(t: Test, options: MachineTest): Promise<MachineBoot> {
    const { firmware, mac, card, ini = INI, files = {}, mirrored = NETBOOT, dnsmasq } = options;
    const net = await BootLab.open(mirrored);
    t.teardown(() => net.lab.close());
    const other = dnsmasq === undefined ? undefined : await startOther(net, dnsmasq);
    const daemon = await net.startDaemon(ini, files);
    const capture = await Capture.start(net.lab, net.server, "eth0", BOOT_FILTER);
    await options.before?.(net);
    const machine = await Machine.start(net.lab, {
      ...{ network: net.network, mac, firmware },
      ...(card === undefined ? {} : { card }),
    });
    return new MachineBoot(t, net, daemon, capture, machine, other);
  }

  /** Waits until the serial console matches, which shows what `says` tells. */
  async serial(wanted: RegExp, seconds: number, says: string): Promise<RegExpExecArray> {
    return this.#step(this.machine.waitFor(wanted, seconds), says);
  }

  /** Waits until the daemon's log matches, which shows what `says` tells. */
  async logged(wanted: RegExp, seconds: number, says: string): Promise<RegExpExecArray> {
    return this.#step(this.daemon.waitFor(wanted, seconds), says);
  }

  /** Waits for the kernel's first line, where a test of a boot loader's way ends. */
  async kernel(): Promise<void> {
    await this.serial(/Linux version \d/, 300, "the kernel runs");
  }

  /** Pulls the plug, ends the capture, and looks at every reply in it. */
  async off(): Promise<void> {
    await this.machine.stop();
    await this.capture.stop();
    await checkReplies(this.test, this.capture);
  }

  async #step<T>(happens: Promise<T>, says: string): Promise<T> {
    const found = await this.daemon.explaining(this.machine.during(happens));
    this.test.pass(`${says}, after ${((Date.now() - this.#begun) / 1000).toFixed(0)} s`);
    return found;
  }
}

async function startOther({ lab, network }: BootLab, options: readonly string[]): Promise<LabProcess> {
  const host = await lab.host("dhcp");
  await network.connect(host, `${DNSMASQ}/24`);
  return startDnsmasq(lab, host, ...options);
}
