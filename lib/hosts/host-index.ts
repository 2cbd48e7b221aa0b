import type { Owner } from "../leases/lease.js";
import type { Identity } from "../leases/leases.js";
import { ownersOf, type Host } from "./host.js";

/** Machines by all their names. */
export class HostIndex {
  readonly hosts: readonly Host[];
  readonly #byOwner = new Map<Owner, Host>();

  /** @param hosts of two that share a name the first has it */
  constructor(hosts: readonly Host[]) {
    this.hosts = hosts;
    for (const host of hosts) {
      for (const owner of ownersOf(host)) {
        if (!this.#byOwner.has(owner)) this.#byOwner.set(owner, host);
      }
    }
  }

  /** The machine of this very name. */
  get(owner: Owner): Host | undefined {
    return this.#byOwner.get(owner);
  }

  /** A client identifier tells more than a hardware address. */
  find({ mac, clientId }: Identity): Host | undefined {
    return (clientId === undefined ? undefined : this.get(clientId)) ?? this.get(mac);
  }
}
