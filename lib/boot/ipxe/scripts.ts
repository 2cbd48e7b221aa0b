import { readFile } from "node:fs/promises";
import { FileError } from "../../files/source.js";
import type { Host } from "../../inventory/host.js";
import type { OneShots } from "../one-shots.js";
import type { HostScripts } from "./script-folder.js";
import type { HostSource } from "../../inventory/source.js";
import { asError } from "../../common/error.js";
import type { Mac } from "../../net/mac.js";
import { factsOf, type ScriptMachine } from "./facts.js";
import { chainScript, kernelScript, localBootScript } from "./script.js";
import { fillScript, type ScriptFacts } from "./template.js";

/** Where scripts come from. */
export interface ScriptParts {
  readonly hosts: Pick<HostSource, "find">;
  /** The scripts that are named by MAC addresses. */
  readonly named: Pick<HostScripts, "read"> | undefined;
  readonly once: Pick<OneShots, "isDone">;
  readonly settings: ScriptSettings;
  /** Is told once of each name in a script that nobody knows the value of: neither we nor iPXE. */
  readonly onUnknown: (name: string, mac: Mac | undefined) => void;
}

/** The script of machines that have none of their own: the first of these that is set. */
export interface ScriptSettings {
  /** The path of a template, which is read each time. */
  readonly script: string | undefined;
  readonly scriptUrl: string | undefined;
  readonly kernel: KernelSettings | undefined;
  /** Whether machines that no source knows get it too. */
  readonly forUnknown: boolean;
}

/** What the script that is made here boots: names below our root, or URLs. */
export interface KernelSettings {
  readonly kernel: string;
  readonly initrds: readonly string[];
  readonly extraArgs: string;
  readonly retries: number;
}

/** How a script reaches this server. */
export interface ServerAddress {
  /** What paths are appended to: the origin of a URL, or nothing where the script comes from there anyway. */
  readonly origin: string;
  /** Whether it takes reports by HTTP there. */
  readonly reports: boolean;
}

/** The iPXE scripts of machines. */
export class Scripts {
  readonly #parts: ScriptParts;
  /** The names that were told of, in lower case; no more than facts have. */
  readonly #unknown = new Set<string>();

  constructor(parts: ScriptParts) {
    this.#parts = parts;
  }

  /**
   * The script of a machine, as it is at this moment.
   *
   * @returns undefined where it gets none
   * @throws {FileError} where it cannot be had
   */
  async scriptFor(machine: ScriptMachine, server: ServerAddress): Promise<string | undefined> {
    try {
      return await this.#make(machine, server);
    } catch (error) {
      if (error instanceof FileError) throw error;
      const { code, message } = asError(error) as NodeJS.ErrnoException;
      throw new FileError(code === "ENOENT" ? "not-found" : "unavailable", `no script: ${message}`);
    }
  }

  async #make(machine: ScriptMachine, server: ServerAddress): Promise<string | undefined> {
    const { hosts, once } = this.#parts;
    const { mac } = machine;
    const host = mac === undefined ? undefined : await hosts.find({ mac, clientId: undefined });
    const { allowPxe, once: oneShot } = host?.netboot ?? {};
    const done = mac !== undefined && oneShot === true && once.isDone(mac);
    if (allowPxe === false || done) return localBootScript();
    const facts = factsOf(machine, host);
    const own = mac === undefined ? undefined : await this.#own(mac, host, facts);
    return own ?? (await this.#common(mac, host, facts, server));
  }

  async #own(mac: Mac, host: Host | undefined, facts: ScriptFacts): Promise<string | undefined> {
    const { script, scriptUrl } = host?.netboot ?? {};
    const own = (await this.#parts.named?.read(mac)) ?? script;
    if (own !== undefined) return this.#fill(own, facts, mac);
    return scriptUrl === undefined ? undefined : chainScript(scriptUrl);
  }

  async #common(
    mac: Mac | undefined,
    host: Host | undefined,
    facts: ScriptFacts,
    server: ServerAddress,
  ): Promise<string | undefined> {
    const { script, scriptUrl, kernel, forUnknown } = this.#parts.settings;
    if (host === undefined && !forUnknown) return undefined;
    if (script !== undefined) return this.#fill(await readFile(script, "utf8"), facts, mac);
    if (scriptUrl !== undefined) return chainScript(scriptUrl);
    if (kernel === undefined) return undefined;
    const reporting = host?.netboot.once === true ? mac : undefined;
    return this.#fill(kernelText(kernel, host, server, reporting), facts, mac);
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

/** A path is this server's. */
function located(name: string, origin: string): string {
  return /^[a-z][a-z0-9+.-]*:/i.test(name) || name.includes("${") ? name : `${origin}/${name.replace(/^\/+/, "")}`;
}
