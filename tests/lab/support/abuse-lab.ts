/** A daemon that is abused, beside two machines that boot as they should: one with a reservation, one with a lease. */

import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { residentMemory } from "../../../bench/proc.js";
import { startWellBehaved } from "../../fuzz/well-behaved.js";
import { ClientLab, POOL_START, SERVER } from "./client-lab.js";
import type { Daemon } from "./daemon.js";
import type { Host, LabProcess } from "./lab.js";

export { SERVER } from "./client-lab.js";
export const ATTACKER = "10.77.0.7";
const RESERVED = "10.77.0.8";
const RESERVED_MAC = "52:54:00:77:00:08";
/** The address of the tenant, the first one of the pool. */
export const TENANT = POOL_START;
const TENANT_MAC = "52:54:00:77:00:09";
/** Offer time and lease time. */
export const OFFER_SECONDS = 3;
export const LEASE_SECONDS = 6;
/** Time between two boots of a machine, in milliseconds: short enough to notice a delay. */
const PERIOD = 100;
/** Size of the file whose parts are requested slowly, in octets. */
const LARGE = 256 * 1024 * 1024;

/** The waiting times of machines and the resources of the daemon during abuse. */
export interface Endured {
  /** The waiting times of the machines in milliseconds, in order; Infinity where one was not served. */
  readonly dhcp: readonly number[];
  readonly files: readonly number[];
  /** Memory in MiB: before, and the maximum during abuse. */
  readonly memory: readonly [before: number, most: number];
  readonly descriptors: readonly [before: number, after: number];
  readonly lines: readonly string[];
}

export class AbuseLab {
  private constructor(
    readonly net: ClientLab,
    readonly attacker: Host,
    /** The host whose addresses are forged. */
    readonly victim: Host,
    readonly serverMac: string,
    readonly machines: readonly LabProcess[],
  ) {}

  static async open(): Promise<AbuseLab> {
    const net = await ClientLab.open({ "boot.0": Buffer.alloc(20_000, 7) }, (ini) =>
      [
        ini
          .replace("[bootpd]", `[bootpd]\nprobe_time = 0\noffer_time = ${OFFER_SECONDS}`)
          .replace("lease_time = 1h", `lease_time = ${LEASE_SECONDS}`)
          .replace("pool_count = 10", "pool_count = 40")
          .replace("check_ip = yes", "check_ip = no"),
        `[static_dhcp]\n${RESERVED_MAC.replaceAll(":", "-")} = ${RESERVED}\n`,
      ].join("\n"),
    );
    try {
      return await AbuseLab.#furnish(net);
    } catch (error) {
      await net.lab.close();
      throw error;
    }
  }

  static async #furnish(net: ClientLab): Promise<AbuseLab> {
    const large = await open(join(net.folder, "large.bin"), "w");
    await large.truncate(LARGE);
    await large.close();
    const attacker = await net.client("attacker", `${ATTACKER}/24`);
    const victim = await net.client("victim", "10.77.0.6/24");
    for (let host = 150; host < 250; host++)
      await victim.must("ip", ["address", "add", `10.77.0.${host}/24`, "dev", "eth0"]);
    const machines: LabProcess[] = [];
    for (const [name, own, mac] of [
      ["reserved", RESERVED, RESERVED_MAC],
      ["tenant", TENANT, TENANT_MAC],
    ] as const) {
      const host = await net.client(name, `${own}/24`);
      await host.must("ip", ["link", "set", "eth0", "address", mac]);
      await host.must("ip", ["route", "add", "default", "dev", "eth0"]);
      const machine = startWellBehaved(host, own, mac, SERVER, PERIOD);
      await net.daemon.explaining(machine.waitFor(/served (?!.*failed)/, 20));
      machines.push(machine);
    }
    const mac = await net.server.must("cat", ["/sys/class/net/eth0/address"]);
    return new AbuseLab(net, attacker, victim, mac.trim(), machines);
  }

  get daemon(): Daemon {
    return this.net.daemon;
  }

  /** Octets that the victim was sent so far. */
  async victimReceived(): Promise<number> {
    return Number(await this.victim.must("cat", ["/sys/class/net/eth0/statistics/rx_bytes"]));
  }

  /** Measures the machines and the daemon while an action runs. */
  async during(abuse: () => Promise<unknown>): Promise<Endured> {
    const pid = this.daemon.pid ?? 0;
    const from = this.machines.map(({ output }) => output.length);
    const [line, before] = [this.daemon.lines.length, residentMemory(pid)];
    const descriptors = (await readdir(`/proc/${pid}/fd`)).length;
    let most = before;
    const sampling = setInterval(() => (most = Math.max(most, residentMemory(pid))), 200);
    await abuse();
    clearInterval(sampling);
    const said = this.machines.flatMap(({ output }, index) => [
      ...output.slice(from[index]).matchAll(/^served (\S+) (\S+) (\S+)$/gm),
    ]);
    const waits = (part: number): readonly number[] =>
      said
        .map((words) => (words[part] === "failed" ? Infinity : Number(words[part])))
        .sort((one, other) => one - other);
    return {
      dhcp: waits(1),
      files: [...waits(2), ...waits(3)].sort((one, other) => one - other),
      memory: [before, most],
      descriptors: [descriptors, (await readdir(`/proc/${pid}/fd`)).length],
      lines: this.daemon.lines.slice(line),
    };
  }
}
