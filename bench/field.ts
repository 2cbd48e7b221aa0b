/** The network of a measurement: a client, and for each participant a host on a cable of its own. */

import { randomBytes } from "node:crypto";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Lab, type Host } from "../tests/lab/support/lab.js";
import type { Pinning } from "./options.js";
import type { Participant } from "./participants.js";
import { pinned } from "./pinning.js";
import { Server, type Cable } from "./server.js";

export const KIB = 1024;
export const MIB = 1024 * KIB;

/** The files that are served; each is a beginning of "large". */
export const FILES = { small: 64 * KIB, quarter: 256 * KIB, medium: MIB, large: 40 * MIB } as const;
export type FileName = keyof typeof FILES;

/** The folder "many" has files of 64 KiB, named 0, 1, …, no two alike: each begins so much later in "large". */
export const MANY = { count: 2000, size: 64 * KIB, stride: 16 * KIB } as const;

async function writeFiles(folder: string): Promise<void> {
  const large = randomBytes(FILES.large);
  await mkdir(join(folder, "many"), { recursive: true });
  for (const [name, size] of Object.entries(FILES)) await writeFile(join(folder, name), large.subarray(0, size));
  for (let i = 0; i < MANY.count; i++) {
    const from = i * MANY.stride;
    await writeFile(join(folder, "many", `${i}`), large.subarray(from, from + MANY.size));
  }
}

export class Field {
  readonly #cables = new Map<string, Cable>();

  private constructor(
    readonly lab: Lab,
    readonly client: Host,
    /** The folder that is served. */
    readonly files: string,
  ) {}

  /** Makes the hosts, the cables and the files; the caller closes it. */
  static async open(participants: readonly Participant[]): Promise<Field> {
    const lab = await Lab.open();
    try {
      // Servers that run as nobody must get to the files.
      await chmod(lab.directory, 0o755);
      const field = new Field(lab, await lab.host("client"), join(lab.directory, "files"));
      await writeFiles(field.files);
      for (const [i, { name }] of participants.entries()) {
        await mkdir(field.scratch(name));
        field.#cables.set(name, await field.#connect(`server${i}`, `10.90.${i}`));
      }
      return field;
    } catch (error) {
      await lab.close();
      throw error;
    }
  }

  async #connect(hostName: string, network: string): Promise<Cable> {
    const host = await this.lab.host(hostName);
    await this.lab.link(host, `${network}.1/24`, this.client, `${network}.2/24`);
    return { host, address: `${network}.1`, client: this.client };
  }

  /** A folder of the participant's own. */
  scratch(name: string): string {
    return join(this.lab.directory, `of-${name}`);
  }

  /** Starts the participant's server; returns once it answers. */
  async start(participant: Participant, pinning: Pinning = "none"): Promise<Server> {
    const cable = this.#cables.get(participant.name);
    if (cable === undefined) throw new Error(`no host for ${participant.name}`);
    const command = await participant.prepare({ files: this.files, scratch: this.scratch(participant.name) });
    return Server.start(cable, pinned(command, "server", pinning), "small");
  }

  close(): Promise<void> {
    return this.lab.close();
  }
}
