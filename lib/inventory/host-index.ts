import type { LeaseKey, Identity } from "../machine/lease-key.js";
import { keysOf, type Host } from "./host.js";

/** Machines by all their names. */
export class HostIndex {
  readonly hosts: readonly Host[];
  readonly #byKey = new Map<LeaseKey, Host>();

  /** @param hosts of two that share a name the first has it */
  constructor(hosts: readonly Host[]) {
    this.hosts = hosts;
    for (const host of hosts) {
      for (const key of keysOf(host)) {
        if (!this.#byKey.has(key)) this.#byKey.set(key, host);
      }
    }
  }

  /** The machine of this very name. */
  get(key: LeaseKey): Host | undefined {
    return this.#byKey.get(key);
  }

  /** A client identifier tells more than a hardware address. */
  find({ mac, clientId }: Identity): Host | undefined {
    return (clientId === undefined ? undefined : this.get(clientId)) ?? this.get(mac);
  }
}
