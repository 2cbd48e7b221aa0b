import type { LeaseKey, Identity } from "../machine/lease-key.js";
import { keysOf, type Host } from "./host.js";

/** An index of hosts by all their keys. */
export class HostIndex {
  readonly hosts: readonly Host[];
  readonly #byKey = new Map<LeaseKey, Host>();

  /** @param hosts in order of precedence: of two with the same key the first is found */
  constructor(hosts: readonly Host[]) {
    this.hosts = hosts;
    for (const host of hosts) {
      for (const key of keysOf(host)) {
        if (!this.#byKey.has(key)) this.#byKey.set(key, host);
      }
    }
  }

  /** Returns the host with exactly this key. */
  get(key: LeaseKey): Host | undefined {
    return this.#byKey.get(key);
  }

  /** Finds the host of a client. A client identifier takes precedence over a hardware address. */
  find({ mac, clientId }: Identity): Host | undefined {
    return (clientId === undefined ? undefined : this.get(clientId)) ?? this.get(mac);
  }
}
