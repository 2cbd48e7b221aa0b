import { readFile } from "node:fs/promises";
import type { ScriptSource } from "../../events/event.js";
import { FileError } from "../../files/source.js";
import type { Host } from "../../inventory/host.js";
import type { OneShots } from "../one-shots.js";
import type { HostScripts } from "./script-folder.js";
import { notKnownYet, type Inventory } from "../../inventory/source.js";
import { asError } from "../../common/error.js";
import type { Mac } from "../../net/mac.js";
import { factsOf, type ScriptMachine } from "./facts.js";
import { chainScript, kernelScript, localBootScript } from "./script.js";
import { fillScript, type ScriptFacts } from "./template.js";

/** The sources of scripts. */
export interface ScriptParts {
  readonly hosts: Pick<Inventory, "find" | "state">;
  /** The scripts that are named by MAC addresses. */
  readonly named: Pick<HostScripts, "read"> | undefined;
  readonly once: Pick<OneShots, "isDone">;
  readonly settings: ScriptSettings;
  /** Called once for each variable in a script that has a value neither here nor in iPXE. */
  readonly onUnknown: (name: string, mac: Mac | undefined) => void;
  /** Called with each script that a machine is given. */
  readonly onGiven: (source: ScriptSource, mac: Mac | undefined) => void;
}

/** The script of machines without one of their own: the first of these that is set. */
export interface ScriptSettings {
  /** The path of a template, which is read for each request. */
  readonly script: string | undefined;
  readonly scriptUrl: string | undefined;
  readonly kernel: KernelSettings | undefined;
  /** Whether unknown machines get it too. */
  readonly forUnknown: boolean;
}

/** The kernel and RAM disks of the generated script: names below the root, or URLs. */
export interface KernelSettings {
  readonly kernel: string;
  readonly initrds: readonly string[];
  readonly extraArgs: string;
  readonly retries: number;
}

/** The address of this server in scripts. */
export interface ServerAddress {
  /** The prefix of paths: the origin of a URL, or empty where the script itself comes from that origin. */
  readonly origin: string;
  /** Whether reports can be sent there by HTTP. */
  readonly reports: boolean;
}

/** The iPXE scripts of machines. */
export class Scripts {
  readonly #parts: ScriptParts;
  /** The reported names, in lower case; bounded by the number of facts. */
  readonly #unknown = new Set<string>();

  constructor(parts: ScriptParts) {
    this.#parts = parts;
  }

  /**
   * Returns the current script of a machine.
   *
   * @returns undefined where it gets none
   * @throws {FileError} where the script cannot be read
   */
  async scriptFor(machine: ScriptMachine, server: ServerAddress): Promise<string | undefined> {
    try {
      return await this.#make(machine, server);
    } catch (error) {
      if (error instanceof FileError) throw error;
      const { code, message } = asError(error) as NodeJS.ErrnoException;
      throw new FileError({ code: code === "ENOENT" ? "script-missing" : "script-unreadable", error: message });
    }
  }

  async #make(machine: ScriptMachine, server: ServerAddress): Promise<string | undefined> {
    const { hosts, once } = this.#parts;
    const { mac } = machine;
    const host = mac === undefined ? undefined : await hosts.find({ mac, clientId: undefined });
    const notKnown = mac === undefined || host !== undefined ? undefined : notKnownYet(hosts);
    if (notKnown !== undefined) throw new FileError({ code: "inventory-unknown", reason: notKnown });
    const { allowPxe, once: oneShot } = host?.netboot ?? {};
    const done = mac !== undefined && oneShot === true && once.isDone(mac);
    if (allowPxe === false || done) return this.#given("own-disk", localBootScript(), mac);
    const facts = factsOf(machine, host);
    const own = mac === undefined ? undefined : await this.#own(mac, host, facts);
    return own ?? (await this.#common(mac, host, facts, server));
  }

  async #own(mac: Mac, host: Host | undefined, facts: ScriptFacts): Promise<string | undefined> {
    const { script, scriptUrl } = host?.netboot ?? {};
    const named = await this.#parts.named?.read(mac);
    if (named !== undefined) return this.#given("folder", this.#fill(named, facts, mac), mac);
    if (script !== undefined) return this.#given("host", this.#fill(script, facts, mac), mac);
    return scriptUrl === undefined ? undefined : this.#given("host-url", chainScript(scriptUrl), mac);
  }

  async #common(
    mac: Mac | undefined,
    host: Host | undefined,
    facts: ScriptFacts,
    server: ServerAddress,
  ): Promise<string | undefined> {
    const { script, scriptUrl, kernel, forUnknown } = this.#parts.settings;
    if (host === undefined && !forUnknown) return undefined;
    if (script !== undefined) {
      return this.#given("template", this.#fill(await readFile(script, "utf8"), facts, mac), mac);
    }
    if (scriptUrl !== undefined) return this.#given("url", chainScript(scriptUrl), mac);
    if (kernel === undefined) return undefined;
    const reporting = host?.netboot.once === true ? mac : undefined;
    return this.#given("kernel", this.#fill(kernelText(kernel, host, server, reporting), facts, mac), mac);
  }

  /** Reports the source of a script. @returns the script */
  #given(source: ScriptSource, script: string, mac: Mac | undefined): string {
    this.#parts.onGiven(source, mac);
    return script;
  }

  #fill(template: string, facts: ScriptFacts, mac: Mac | undefined): string {
    return fillScript(template, facts, (name) => {
      const known = name.toLowerCase();
      if (this.#unknown.has(known)) return;
      this.#unknown.add(known);
      this.#parts.onUnknown(name, mac);
    });
  }
}

function kernelText(
  { kernel, initrds, extraArgs, retries }: KernelSettings,
  host: Host | undefined,
  { origin, reports }: ServerAddress,
  reporting: Mac | undefined,
): string {
  const console = host?.netboot.console === undefined ? "" : "console={console}";
  return kernelScript({
    kernel: located(kernel, origin),
    initrds: initrds.map((initrd) => located(initrd, origin)),
    args: [console, extraArgs].filter((part) => part !== "").join(" "),
    retries,
    report: reporting === undefined || !reports ? undefined : `${origin}/booted/{mac}`,
  });
}

/** Prepends the origin of this server to a path; returns URLs unchanged. */
function located(name: string, origin: string): string {
  return /^[a-z][a-z0-9+.-]*:/i.test(name) || name.includes("${") ? name : `${origin}/${name.replace(/^\/+/, "")}`;
}
