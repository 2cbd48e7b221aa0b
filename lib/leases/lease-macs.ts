import { isClientId, type LeaseKey } from "../machine/lease-key.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { Mac } from "../net/mac.js";

/** A machine whose key is not its hardware address. */
interface Identified {
  readonly key: LeaseKey;
  readonly mac: Mac;
}

/**
 * The hardware addresses of machines whose key is a client identifier. There is one entry for each address of theirs,
 * however many machines come and go.
 */
export class LeaseMacs {
  readonly #byAddress = new Map<Ipv4, Identified>();

  /**
   * Returns the hardware address of the machine that has or uses an address; undefined where it is not known yet, as
   * that of a machine with a reservation by client identifier.
   */
  macOf(address: Ipv4, key: LeaseKey | undefined): Mac | undefined {
    if (key === undefined) return undefined;
    const known = this.#byAddress.get(address);
    if (known?.key === key) return known.mac;
    return isClientId(key) ? undefined : key;
  }

  set(address: Ipv4, key: LeaseKey, mac: Mac): void {
    if (key === mac) this.#byAddress.delete(address);
    else this.#byAddress.set(address, { key, mac });
  }

  delete(address: Ipv4): void {
    this.#byAddress.delete(address);
  }

  [Symbol.iterator](): Iterator<readonly [address: Ipv4, machine: Identified]> {
    return this.#byAddress.entries();
  }
}
