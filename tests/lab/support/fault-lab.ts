/**
 * A server whose files are a mirror's, and two hundred machines that boot from it while something breaks:
 * machines - cable - server - mirror.
 */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { countedOctets } from "../../support/files.js";
import { startBoots } from "./boot-load.js";
import { Daemon } from "./daemon.js";
import { mustRun } from "./host.js";
import { Lab, type Host, type LabProcess } from "./lab.js";
import { startLossyCable } from "./lossy-cable.js";
import { Mirror } from "./mirror.js";

export const SERVER = "10.77.0.1";
/** Another address that the server may get. */
export const OTHER_SERVER = "10.77.0.2";
export const MIRROR = "10.78.0.2";
export const MACHINES = 200;
const AGENT = "10.77.0.7";
/** All servers of the machines' network. */
export const BROADCAST = "10.77.255.255";
const FILE = "initrd.gz";

/** Differences from the usual lab. */
export interface FaultOptions {
  /** Sections to add to the configuration. */
  readonly more?: string;
  /** The root of the server's files, instead of the mirror's URL. */
  readonly root?: string;
  /** A command that runs the daemon, and its arguments. */
  readonly wrapper?: readonly string[];
  /** The octets of the file that they boot; 300,000 unless told. */
  readonly size?: number;
  /** Lines to add to `[bootpd]`. */
  readonly bootpd?: string;
  /** The address that the machines' relay agent forwards to; by default the server's. */
  readonly relayTo?: string;
  /** Whether the machines' cable loses, doubles and reorders. */
  readonly lossy?: boolean;
}

/** The results of the machines. */
export interface Outcome {
  readonly booted: number;
  readonly addresses: number;
  /** The number of machines that booted from each server. */
  readonly servers: Readonly<Record<string, number>>;
  /** Lines of those that did not, or got something else than the file. */
  readonly troubles: readonly string[];
}

export class FaultLab {
  #daemon: Daemon;
  #mirrorProgram: Mirror;
  #load: LabProcess | undefined;
  /** The logs of daemons that were stopped. */
  #formerLog = "";

  private constructor(
    readonly lab: Lab,
    readonly server: Host,
    readonly mirror: Host,
    readonly machines: Host,
    readonly folder: string,
    daemon: Daemon,
    mirrorProgram: Mirror,
    private readonly size: number,
    private readonly ini: string,
    private readonly wrapper: readonly string[],
    private readonly relayTo: string,
  ) {
    this.#daemon = daemon;
    this.#mirrorProgram = mirrorProgram;
  }

  static async open(options: FaultOptions): Promise<FaultLab> {
    const { more = "", bootpd = "", root, wrapper = [], size = 300_000, lossy = false, relayTo = SERVER } = options;
    const lab = await Lab.open();
    try {
      const [server, mirror, machines] = [
        await lab.host("server"),
        await lab.host("mirror"),
        await lab.host("machines"),
      ];
      if (lossy) await connectLossily(lab, server, machines);
      else await lab.link(server, `${SERVER}/16`, machines, `${AGENT}/16`);
      await lab.link(server, "10.78.0.1/24", mirror, `${MIRROR}/24`);
      const folder = join(lab.directory, "mirror");
      await mkdir(folder);
      await writeFile(join(folder, FILE), countedOctets(size));
      const mirrorProgram = await Mirror.start(lab, mirror, folder);
      const ini = [
        "[bootpd]\ninterface = eth0\nallow_simple_dhcp = yes\npool_start = 10.77.1.0\npool_count = 400",
        bootpd,
        `[tftpd]\nroot = ${root ?? `http://${MIRROR}/`}\ntimeout = 2`,
        more,
      ].join("\n");
      const daemon = await Daemon.start(lab, server, ini, {}, [], wrapper);
      return new FaultLab(lab, server, mirror, machines, folder, daemon, mirrorProgram, size, ini, wrapper, relayTo);
    } catch (error) {
      await lab.close();
      throw error;
    }
  }

  /** The one that runs, or ran last. */
  get daemon(): Daemon {
    return this.#daemon;
  }

  /** All lines of all daemons of this lab, one after the other. */
  get log(): readonly string[] {
    return `${this.#formerLog}${this.#daemon.log}`.split("\n").filter((line) => line !== "");
  }

  /** The folder that the daemon runs in. */
  get home(): string {
    return Daemon.folder(this.lab, this.server);
  }

  /** All machines are switched on. Resolves when so many have booted. */
  async switchOn(untilBooted: number): Promise<void> {
    this.#load = startBoots(this.machines, AGENT, this.relayTo, MACHINES, { name: FILE, size: this.size });
    if (untilBooted > 0) await this.booted(untilBooted);
  }

  /** Resolves when so many machines have booted. */
  async booted(count: number): Promise<void> {
    await this.#daemon.explaining(this.#running.waitFor(new RegExp(`(?:^booted .*\\n){${count}}`, "m"), 60));
  }

  /** Resolves when every machine has booted or was given up. */
  async outcome(): Promise<Outcome> {
    await this.#daemon.explaining(this.#running.waitFor(/^done$/m, 110));
    const lines = this.#running.output.split("\n").filter((line) => line !== "" && line !== "done");
    const booted = lines.filter((line) => line.startsWith("booted "));
    const servers: Record<string, number> = {};
    for (const [, , , server = ""] of booted.map((line) => line.split(" ")))
      servers[server] = (servers[server] ?? 0) + 1;
    return {
      servers,
      booted: booted.length,
      addresses: new Set(booted.map((line) => line.split(" ")[2])).size,
      troubles: lines.filter((line) => !line.startsWith("booted ")),
    };
  }

  /** kill -9, and another one with the same configuration. */
  async restartDaemon(): Promise<void> {
    await this.#daemon.stop("SIGKILL");
    this.#formerLog += this.#daemon.log;
    this.#daemon = await Daemon.start(this.lab, this.server, this.ini, {}, [], this.wrapper);
  }

  /** Ends the mirror, has something done, and starts it again. */
  async withoutMirror(meanwhile: () => Promise<unknown>): Promise<void> {
    await this.#mirrorProgram.stop();
    await meanwhile();
    this.#mirrorProgram = await Mirror.start(this.lab, this.mirror, this.folder);
  }

  /** Every process on a host waits, such as the mirror's, until something is done. */
  async suspended(host: Host, meanwhile: () => Promise<unknown>): Promise<void> {
    const pids = await mustRun("ip", ["netns", "pids", host.namespace]);
    const signal = (name: string): Promise<unknown> => mustRun("kill", ["-s", name, ...pids.trim().split("\n")]);
    await signal("STOP");
    await meanwhile();
    await signal("CONT");
  }

  /** Runs a command in the mount namespace that the daemon was given by its wrapper. */
  onItsDisk(command: string): Promise<string> {
    return mustRun("nsenter", ["--mount", "--target", `${this.#daemon.pid}`, "sh", "-c", command]);
  }

  get #running(): LabProcess {
    if (this.#load === undefined) throw new Error("the machines are not switched on");
    return this.#load;
  }
}

async function connectLossily(lab: Lab, server: Host, machines: Host): Promise<void> {
  const cable = await lab.host("cable");
  const { interfaceB: one } = await lab.link(server, `${SERVER}/16`, cable, undefined);
  const { interfaceB: other } = await lab.link(machines, `${AGENT}/16`, cable, undefined);
  // Frames that pass through a program need the checksums that network cards would otherwise add.
  for (const host of [server, machines])
    await host.run("ethtool", ["-K", "eth0", "tx", "off", "gso", "off", "gro", "off"]);
  await startLossyCable(cable, one, other, 1);
}
