/** Captures the traffic of a cable of the lab with tcpdump, and reads it with tshark, an independent decoder. */

import { join } from "node:path";
import { mustRun, type Host } from "./host.js";
import type { Lab } from "./lab.js";
import type { LabProcess } from "./process.js";

let captures = 0;

export class Capture {
  readonly #process: LabProcess;

  private constructor(
    process: LabProcess,
    /** The pcap file; complete once stop() has returned. */
    readonly file: string,
    private readonly isSample: boolean,
  ) {
    this.#process = process;
  }

  /**
   * Captures what passes `interfaceName` of `host` and fits `filter` (pcap-filter(7)); returns once it listens.
   *
   * @param sample takes so many packets at most, of which some may be missing, instead of all
   */
  static async start(lab: Lab, host: Host, interfaceName: string, filter = "", sample?: number): Promise<Capture> {
    const file = join(lab.directory, `capture-${++captures}.pcap`);
    const options = ["-n", "-U", "--immediate-mode", "-s", "0", "-B", "16384", "-Z", "root", "-i", interfaceName];
    if (sample !== undefined) options.push("-c", `${sample}`);
    const started = host.start("tcpdump", [...options, "-w", file, ...(filter === "" ? [] : [filter])]);
    await started.waitFor(/listening on/, 10);
    return new Capture(started, file, sample !== undefined);
  }

  /** Ends the capture; every packet that tcpdump saw is then in the file. Throws when the kernel dropped some of what had to be whole. */
  async stop(): Promise<void> {
    await this.#process.stop("SIGINT");
    const dropped = /^(\d+) packets? dropped by kernel/m.exec(this.#process.output)?.[1];
    if (dropped !== "0" && !this.isSample) throw new Error(`capture ${this.file}: ${this.#process.output}`);
  }

  /**
   * The packets that fit tshark's display filter, each as the values of `fields`, "" for one it has not.
   * A field that occurs several times in a packet gives its values with commas between.
   *
   * @param preferences of tshark's, `name:value`
   */
  async read(
    displayFilter: string,
    fields: readonly string[],
    preferences: readonly string[] = [],
  ): Promise<readonly (readonly string[])[]> {
    const preferred = preferences.flatMap((preference) => ["-o", preference]);
    const wanted = fields.flatMap((field) => ["-e", field]);
    const args = ["-n", ...preferred, "-r", this.file, "-Y", displayFilter, "-T", "fields", ...wanted];
    const text = await mustRun("tshark", args, { timeoutSeconds: 120 });
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => line.split("\t"));
  }

  /** The packets that tshark calls malformed, or holds for an error of the protocol, in its words; empty when all is well. */
  async malformed(displayFilter: string): Promise<readonly string[]> {
    const bad = `(${displayFilter}) && (_ws.malformed || _ws.expert.severity == "Error")`;
    const found = await this.read(bad, ["frame.number", "_ws.col.Info", "_ws.expert.message"]);
    return found.map((fields) => fields.join(" "));
  }
}
