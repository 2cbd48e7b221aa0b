import { IdentifierList } from "../../access/list.js";
import type { TableEntry } from "../../config/spec.js";
import type { InventorySections } from "../sections.js";
import type { Identity } from "../../machine/lease-key.js";
import type { BitPattern } from "../../net/bit-pattern.js";
import { macFromInteger, type Mac } from "../../net/mac.js";
import type { HostEntry } from "../entry.js";
import { HostIndex } from "../host-index.js";
import { mergeHosts, type Host } from "../host.js";
import { namedBy } from "../machine-name.js";
import { CURRENT, type HostSource, type SourceState } from "../source.js";

/** The sections that define hosts. */
export type IniSections = Pick<InventorySections, "static_dhcp"> & {
  readonly bootpd: { readonly access: "mac" | "uuid" | "http" | undefined };
  readonly mac: readonly TableEntry<BitPattern, boolean>[];
};

/** The place of what `[mac]` lists: after all of `[static_dhcp]`. */
const AFTER_ALL_LINES = 2 ** 32;

/**
 * The hosts of the configuration file: those of `[static_dhcp]` and, with `access = mac`, those of `[mac]`. They do not
 * change until the configuration is loaded anew.
 */
export class IniHosts implements HostSource {
  readonly #file: string;
  readonly #index: HostIndex;
  readonly #list: IdentifierList;
  /** The hosts that `[mac]` lists by a whole address. */
  readonly #named: readonly Mac[];

  /** @param file the path of the configuration file, for messages */
  constructor({ bootpd, static_dhcp: reserved, mac }: IniSections, file: string) {
    this.#file = file;
    this.#index = new HostIndex(
      reserved.map(({ key, value, line }) => ({
        id: `${line}`,
        place: line,
        host: { ...namedBy(key), ...value, facts: {}, netboot: {}, origins: [{ source: file, line }] },
      })),
    );
    const listed = bootpd.access === "mac" ? mac : [];
    this.#list = new IdentifierList(listed.map(({ key, value }) => ({ pattern: key, allow: value })));
    this.#named = listed.filter(({ key }) => key.exact).map(({ key }) => macFromInteger(key.value));
  }

  find(who: Identity): Host | undefined {
    const host = this.#index.find(who);
    const listed = this.#listed(who.mac);
    return host === undefined || listed === undefined ? (host ?? listed) : mergeHosts(host, listed);
  }

  *known(): Iterable<HostEntry> {
    yield* this.#index.entries();
    for (const mac of this.#named) {
      const host = this.#listed(mac);
      if (host !== undefined) yield { id: `[mac] ${mac}`, place: AFTER_ALL_LINES, host };
    }
  }

  state(): SourceState {
    return CURRENT;
  }

  onChange(): () => void {
    return () => undefined;
  }

  start(): void {
    // Nothing changes.
  }

  close(): void {
    // Nothing is open.
  }

  /** Returns the host that `[mac]` defines for an address. */
  #listed(mac: Mac): Host | undefined {
    const rule = this.#list.findMac(mac);
    if (rule === undefined) return undefined;
    const origins = [{ source: `${this.#file} [mac]`, line: undefined }];
    return { macs: [mac], disabled: !rule.allow, facts: {}, netboot: {}, origins };
  }
}
