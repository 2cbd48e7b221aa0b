/** A small file system of its own, in a mount namespace that a process keeps. */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { mustRun, type Host } from "./host.js";
import type { Lab, LabProcess } from "./lab.js";

export type FileSystem = "tmpfs" | "ext4";

const MOUNT: Readonly<Record<FileSystem, string>> = {
  tmpfs: 'mount -t tmpfs -o size=2m none "$1"',
  ext4: 'truncate -s 8M "$1.img" && mkfs.ext4 -q -m 0 "$1.img" && mount -o loop "$1.img" "$1"',
};

/** dist/tests/support/fill-disk.js, seen from dist/tests/lab/support/. */
const FILL = fileURLToPath(new URL("../../support/fill-disk.js", import.meta.url));

export class SmallDisk {
  private constructor(
    /** The mount point, for processes in its mount namespace. */
    readonly folder: string,
    private readonly host: Host,
    private readonly keeper: LabProcess,
  ) {}

  /** Mounts a file system, which is removed with the lab. */
  static async open(lab: Lab, host: Host, kind: FileSystem): Promise<SmallDisk> {
    const folder = join(lab.directory, kind);
    mkdirSync(folder);
    const script = `${MOUNT[kind]} && echo mounted && exec sleep infinity`;
    const keeper = host.start("unshare", ["--mount", "sh", "-c", script, "sh", folder]);
    await keeper.waitFor(/^mounted$/m, 20);
    return new SmallDisk(folder, host, keeper);
  }

  /** Starts a program on the host that sees the disk. */
  start(command: string, args: readonly string[]): LabProcess {
    return this.host.start("nsenter", [...this.#inside, command, ...args]);
  }

  /** Removes all there is. */
  async clear(): Promise<void> {
    await this.#shell('find "$1" -mindepth 1 -not -name lost+found -delete');
  }

  /** @param free how many KiB are left */
  async fill(free: number): Promise<void> {
    await mustRun("nsenter", [...this.#inside, process.execPath, FILL, join(this.folder, "filler"), `${free}`]);
  }

  /** Takes away what {@link fill} has put there. */
  async makeRoom(): Promise<void> {
    await this.#shell('truncate -s 0 "$1/filler"');
  }

  #shell(script: string): Promise<string> {
    return mustRun("nsenter", [...this.#inside, "sh", "-c", script, "sh", this.folder]);
  }

  get #inside(): readonly string[] {
    return ["--mount", "--target", `${this.keeper.pid}`];
  }
}
