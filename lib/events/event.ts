import type { LeaseKey } from "../machine/lease-key.js";
import type { Stage } from "../machine/stage.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { Mac } from "../net/mac.js";
import type { Endpoint } from "../os/udp.js";
import type { Uuid } from "../net/uuid.js";

/** A machine as its requests tell of it. */
export interface Machine {
  readonly mac: Mac;
  readonly uuid: Uuid | undefined;
  /** DHCP option 93. */
  readonly architecture: number | undefined;
  readonly kind: "pxe" | "http" | "dhcp" | "bootp";
}

/** The boot file a machine was told of, or the labels of a menu, or why it was told of neither. */
export type BootNotice =
  | { readonly file: string }
  | { readonly menu: readonly string[] }
  /** `meant` where the operator wants it so. */
  | { readonly noFile: string; readonly meant?: boolean }
  | undefined;

/** What happens to machines, once each; whoever cares subscribes. */
export type Event =
  | {
      readonly kind: "dhcp-offered";
      readonly machine: Machine;
      readonly address: Ipv4;
      readonly boot: BootNotice;
      /** What it was not offered, since another card of its machine has it, known by a name of a lease. */
      readonly otherCard?: { readonly key: string; readonly address: Ipv4 } | undefined;
    }
  | {
      readonly kind: "dhcp-leased";
      readonly machine: Machine;
      readonly address: Ipv4;
      readonly stage: Stage;
      readonly boot: BootNotice;
      /** Whether it had the address before. */
      readonly renewed: boolean;
      /** Another card of the machine, whose lease of the address ended by this. */
      readonly from?: Mac | undefined;
    }
  | { readonly kind: "dhcp-refused"; readonly machine: Machine; readonly address: Ipv4; readonly reason: string }
  | { readonly kind: "dhcp-informed"; readonly machine: Machine; readonly address: Ipv4 }
  | {
      readonly kind: "dhcp-released";
      readonly machine: Machine;
      readonly address: Ipv4;
      /** Whether an operator took it from the machine. */
      readonly byOperator?: boolean;
    }
  | { readonly kind: "dhcp-declined"; readonly machine: Machine; readonly address: Ipv4 }
  /** Two clients have one hardware address, and so one lease: they renew it with different identifiers (option 61). */
  | {
      readonly kind: "key-shared";
      readonly machine: Machine;
      readonly address: Ipv4;
      readonly identifiers: readonly [LeaseKey, LeaseKey];
    }
  /** An address that was to be offered is in use by a machine that it was not given to. */
  | { readonly kind: "address-in-use"; readonly machine: Machine; readonly address: Ipv4; readonly user: Mac }
  | {
      readonly kind: "dhcp-ignored";
      readonly machine: Machine;
      readonly reason: string;
      /** Whether the operator has to do something, or knows already. */
      readonly grave: boolean;
      /** Where it took another server's offer: whose. */
      readonly server?: Ipv4;
    }
  /** Firmware was told what to boot, by an answer that gives no address. */
  | {
      readonly kind: "boot-told";
      readonly machine: Machine;
      readonly boot: BootNotice;
      /** `offer`: beside another server's; `answer`: it asked a boot server; `item`: it chose this from the menu. */
      readonly how: "offer" | "answer" | "item";
    }
  /** A request is for another server to answer. */
  | { readonly kind: "dhcp-left"; readonly machine: Machine; readonly reason: string }
  /** Another DHCP server answers on a link of ours, or does not any more. */
  | {
      readonly kind: "rival-found";
      readonly server: Ipv4;
      readonly interfaceName: string;
      /** What it has machines boot. */
      readonly bootFile: string | undefined;
    }
  | { readonly kind: "rival-gone"; readonly server: Ipv4; readonly interfaceName: string }
  /** A machine took the offer of a DHCP server that was not known. */
  | { readonly kind: "rival-named"; readonly server: Ipv4; readonly machine: Machine }
  /** Whether there are other DHCP servers cannot be found out. */
  | { readonly kind: "rival-unsought"; readonly interfaceName: string; readonly error: Error }
  /** Firmware looks for an address, which another server should give, and nobody does. */
  | { readonly kind: "addresses-missing"; readonly machine: Machine }
  /** A lease could not be kept, so that its machine gets no answer. */
  | { readonly kind: "lease-lost"; readonly machine: Machine; readonly error: Error }
  | {
      /** For HTTP: a connection, which was ended. */
      readonly kind: "packet-dropped";
      readonly protocol: "DHCP" | "TFTP" | "HTTP";
      readonly peer: Endpoint;
      readonly reason: string;
    }
  | {
      readonly kind: "transfer-ended";
      readonly peer: Endpoint;
      readonly mac: Mac | undefined;
      readonly name: string;
      /** Where the octets came from: a path, a URL. */
      readonly origin: string;
      readonly octets: number;
      readonly seconds: number;
      readonly retransmissions: number;
      /** `unconfirmed`: all was sent, but the last acknowledgement did not come. */
      readonly outcome: "complete" | "unconfirmed" | "probed";
    }
  | {
      readonly kind: "transfer-failed";
      readonly peer: Endpoint;
      readonly mac: Mac | undefined;
      readonly name: string;
      readonly origin: string;
      readonly octets: number;
      readonly reason: string;
    }
  | {
      readonly kind: "file-refused";
      readonly protocol: "TFTP" | "HTTP";
      readonly peer: Endpoint;
      readonly mac: Mac | undefined;
      readonly name: string;
      readonly reason: string;
    }
  | {
      readonly kind: "http-served";
      readonly peer: Endpoint;
      readonly mac: Mac | undefined;
      readonly method: string;
      readonly name: string;
      readonly status: number;
      readonly octets: number;
      readonly seconds: number;
    }
  /** What is known of machines is another from now on. */
  | {
      readonly kind: "hosts-changed";
      readonly source: string;
      /** How many machines the source knows, and how many of them it did not know, or otherwise; and how many are gone. */
      readonly hosts: number;
      readonly added: number;
      readonly changed: number;
      readonly gone: number;
    }
  /** A source of machines was changed in a way that cannot be used; the machines that it told of before stay. */
  | {
      readonly kind: "hosts-refused";
      readonly source: string;
      readonly problems: readonly string[];
      readonly kept: number;
    }
  /** Machines whose addresses cannot be their own, a sentence each. */
  | { readonly kind: "hosts-unfit"; readonly problems: readonly string[] }
  /** Addresses that several cards of one machine have, a sentence each. */
  | { readonly kind: "hosts-shared"; readonly addresses: readonly string[] }
  /** A machine that boots from here once has done so. */
  | { readonly kind: "boot-reported"; readonly mac: Mac; readonly by: "script" | "lease" }
  /** A mirror cannot be reached: once for each outage. */
  | { readonly kind: "mirror-away"; readonly origin: string; readonly reason: string; readonly cure: string }
  /** It is reached again, after so many seconds. */
  | { readonly kind: "mirror-back"; readonly origin: string; readonly seconds: number }
  /** A name in a script of iPXE's has no value, and iPXE has no setting for it: nothing stands there. */
  | { readonly kind: "script-lacks"; readonly variable: string; readonly mac: Mac | undefined }
  /** A mistake of this program, or of the system under it. */
  | { readonly kind: "failed"; readonly where: string; readonly error: Error };

/** Publishes what happens. Listeners run at once, in the order they subscribed, and must not throw. */
export class EventBus {
  readonly #listeners = new Set<(event: Event) => void>();

  /** @returns what ends the subscription */
  subscribe(listener: (event: Event) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  publish(event: Event): void {
    for (const listener of this.#listeners) listener(event);
  }
}
