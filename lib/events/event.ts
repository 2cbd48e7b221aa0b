import type { LeaseKey } from "../machine/lease-key.js";
import type { Stage } from "../machine/stage.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { Mac } from "../net/mac.js";
import type { IpxeFacts } from "../options/ipxe.js";
import type { Endpoint } from "../os/udp.js";
import type { AccessCause } from "./causes/access.js";
import type { BootCause, LeftCause } from "./causes/boot.js";
import type { DhcpCause, StoreCause } from "./causes/dhcp.js";
import type { InventoryCause } from "./causes/inventory.js";
import type { FileCause } from "./causes/files.js";
import type { PacketCause } from "./causes/packets.js";
import type { RequestCause, TransferCause } from "./causes/transfers.js";
import { systemClock, type Clock } from "../common/clock.js";
import type { Uuid } from "../net/uuid.js";

/** A client machine as its requests describe it. */
export interface Machine {
  readonly mac: Mac;
  readonly uuid: Uuid | undefined;
  /** DHCP option 93. */
  readonly architecture: number | undefined;
  readonly kind: "pxe" | "http" | "dhcp" | "bootp";
  // The rest is absent where the event comes from no request. Texts have at most 255 octets.
  /** DHCP option 60; empty where the client sends none. */
  readonly vendorClass?: string;
  /** DHCP option 77. */
  readonly userClasses?: readonly string[];
  /** The host name that the client sends (DHCP option 12). */
  readonly hostName?: string | undefined;
  /** Seconds since the client began to ask, as it says (RFC 2131 2). */
  readonly secs?: number;
  readonly via?: Via;
  /** The facts that iPXE sends about itself; undefined for other clients. */
  readonly ipxe?: IpxeFacts | undefined;
}

/** The way by which a request came. */
export interface Via {
  readonly interfaceName: string;
  /** The address of the relay agent (giaddr); undefined where none relayed it. */
  readonly relay: Ipv4 | undefined;
}

/** The boot file or the menu labels that a client was told, or the reason for neither. */
export type BootNotice =
  | { readonly file: string }
  | { readonly menu: readonly string[] }
  /** `meant`: the operator configured it so. */
  | { readonly noFile: BootCause; readonly meant?: boolean }
  | undefined;

/**
 * The source of an iPXE script. `folder`: the file of its machine in a folder of scripts; `host` and `host-url`: the
 * machine's entry in the inventory; `template`, `url` and `kernel`: the options of `[ipxe]` for all machines;
 * `own-disk`: the machine is to boot from its own disk.
 */
export type ScriptSource = "folder" | "host" | "host-url" | "template" | "url" | "kernel" | "own-disk";

/** The events of the daemon, each published once. */
export type Event =
  | {
      readonly kind: "dhcp-offered";
      readonly machine: Machine;
      readonly address: Ipv4;
      readonly boot: BootNotice;
      /**
       * An address that was not offered because another card of the machine holds it; `key` is the key of its lease.
       */
      readonly otherCard?: { readonly key: string; readonly address: Ipv4 } | undefined;
    }
  | {
      readonly kind: "dhcp-leased";
      readonly machine: Machine;
      readonly address: Ipv4;
      readonly stage: Stage;
      readonly boot: BootNotice;
      /** Whether the client had the address before. */
      readonly renewed: boolean;
      /** Another card of the machine, whose lease of the address this one replaced. */
      readonly from?: Mac | undefined;
    }
  | { readonly kind: "dhcp-refused"; readonly machine: Machine; readonly address: Ipv4; readonly cause: DhcpCause }
  | { readonly kind: "dhcp-informed"; readonly machine: Machine; readonly address: Ipv4 }
  | {
      readonly kind: "dhcp-released";
      readonly machine: Machine;
      readonly address: Ipv4;
      /** Whether an operator released the lease. */
      readonly byOperator?: boolean;
    }
  | { readonly kind: "dhcp-declined"; readonly machine: Machine; readonly address: Ipv4 }
  /** Two clients share a hardware address, and so one lease: they renew it with different identifiers (option 61). */
  | {
      readonly kind: "key-shared";
      readonly machine: Machine;
      readonly address: Ipv4;
      readonly identifiers: readonly [LeaseKey, LeaseKey];
    }
  /** An address to be offered is in use by a machine that has no lease of it. */
  | { readonly kind: "address-in-use"; readonly machine: Machine; readonly address: Ipv4; readonly user: Mac }
  | {
      readonly kind: "dhcp-ignored";
      readonly machine: Machine;
      readonly cause: DhcpCause | AccessCause | BootCause | InventoryCause;
      /** True where the operator has to act; false also where the operator was told recently. */
      readonly grave: boolean;
    }
  /** Firmware was told what to boot by an answer without an address. */
  | {
      readonly kind: "boot-told";
      readonly machine: Machine;
      readonly boot: BootNotice;
      /**
       * `offer`: beside another server's offer; `answer`: to a boot server request; `item`: for its choice in the menu.
       */
      readonly how: "offer" | "answer" | "item";
    }
  /** A request was left to another server. */
  | { readonly kind: "dhcp-left"; readonly machine: Machine; readonly cause: LeftCause }
  /** A machine asked the boot server, on its own port. */
  | { readonly kind: "boot-asked"; readonly machine: Machine; readonly peer: Endpoint }
  /** Another DHCP server began or stopped answering on a link of this host. */
  | {
      readonly kind: "rival-found";
      readonly server: Ipv4;
      readonly interfaceName: string;
      /** The boot file that it announces. */
      readonly bootFile: string | undefined;
    }
  | { readonly kind: "rival-gone"; readonly server: Ipv4; readonly interfaceName: string }
  /** A client took the offer of a DHCP server that was not known. */
  | { readonly kind: "rival-named"; readonly server: Ipv4; readonly machine: Machine }
  /** The search for other DHCP servers failed. */
  | { readonly kind: "rival-unsought"; readonly interfaceName: string; readonly error: Error }
  /** Firmware asks for an address that another server should give, and no server does. */
  | { readonly kind: "addresses-missing"; readonly machine: Machine }
  /** A lease could not be stored; its client gets no answer. */
  | { readonly kind: "lease-lost"; readonly machine: Machine; readonly cause: StoreCause }
  /** Leases are stored again, after `lost` leases that could not be. */
  | { readonly kind: "store-recovered"; readonly lost: number }
  | {
      /** For HTTP: a connection that was closed. */
      readonly kind: "packet-dropped";
      readonly protocol: "DHCP" | "TFTP" | "HTTP";
      readonly peer: Endpoint;
      readonly cause: PacketCause;
    }
  /** A transfer of a file begins; one of `transfer-ended`, `transfer-failed` and `http-served` tells its end. */
  | {
      readonly kind: "transfer-began";
      readonly protocol: "TFTP" | "HTTP";
      readonly peer: Endpoint;
      readonly mac: Mac | undefined;
      readonly name: string;
      readonly origin: string;
      /** The octets that it is to send: for HTTP, those of the range; undefined where that is not known beforehand. */
      readonly size: number | undefined;
    }
  | {
      readonly kind: "transfer-ended";
      readonly peer: Endpoint;
      readonly mac: Mac | undefined;
      readonly name: string;
      /** The source of the octets: a path or a URL. */
      readonly origin: string;
      readonly octets: number;
      readonly seconds: number;
      readonly retransmissions: number;
      /** `unconfirmed`: all data was sent, but the last acknowledgement did not arrive. */
      readonly outcome: "complete" | "unconfirmed" | "probed";
    }
  | {
      readonly kind: "transfer-failed";
      readonly peer: Endpoint;
      readonly mac: Mac | undefined;
      readonly name: string;
      readonly origin: string;
      readonly octets: number;
      readonly cause: FileCause | TransferCause;
    }
  | {
      readonly kind: "file-refused";
      readonly protocol: "TFTP" | "HTTP";
      readonly peer: Endpoint;
      readonly mac: Mac | undefined;
      readonly name: string;
      readonly cause: FileCause | RequestCause;
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
  /** The hosts of a source changed. */
  | {
      readonly kind: "hosts-changed";
      readonly source: string;
      /** The number of hosts of the source now, and how many were added, changed or removed. */
      readonly hosts: number;
      readonly added: number;
      readonly changed: number;
      readonly gone: number;
    }
  /** A changed source of hosts is unusable; the hosts of its last valid version stay in effect. */
  | {
      readonly kind: "hosts-refused";
      readonly source: string;
      readonly problems: readonly string[];
      readonly kept: number;
    }
  /**
   * A server of hosts cannot be read; published once for each outage. `known` hosts that were read before stay in effect;
   * `asOf` is when they were last known to be right, in milliseconds since 1970, undefined where none was ever read.
   */
  | {
      readonly kind: "hosts-away";
      readonly source: string;
      readonly reason: string;
      readonly known: number;
      readonly asOf: number | undefined;
    }
  /** A server of hosts can be read again, after this many seconds. */
  | { readonly kind: "hosts-back"; readonly source: string; readonly seconds: number }
  /** A reading lacks so many of the known hosts that another one has to agree before they are gone. */
  | { readonly kind: "hosts-held"; readonly source: string; readonly missing: number; readonly known: number }
  /** Warnings about a server of hosts, such as records that are left out; a sentence each. */
  | { readonly kind: "hosts-warned"; readonly source: string; readonly warnings: readonly string[] }
  /** The kept picture of a server of hosts cannot be used. */
  | { readonly kind: "snapshot-ignored"; readonly source: string; readonly reason: string }
  /** Hosts whose reserved addresses do not fit, a sentence each. */
  | { readonly kind: "hosts-unfit"; readonly problems: readonly string[] }
  /** Addresses that several cards of one machine share, a sentence each. */
  | { readonly kind: "hosts-shared"; readonly addresses: readonly string[] }
  /** A one-shot boot is done. */
  | { readonly kind: "boot-reported"; readonly mac: Mac; readonly by: "script" | "lease" }
  /** A mirror is unreachable; published once for each outage. */
  | { readonly kind: "mirror-away"; readonly origin: string; readonly reason: string; readonly cure: string }
  /** A mirror is reachable again, after this many seconds. */
  | { readonly kind: "mirror-back"; readonly origin: string; readonly seconds: number }
  /** The master does not answer, so its standby, this server, serves from now on. */
  | { readonly kind: "master-away"; readonly master: Ipv4; readonly reason: string }
  /** The master answers again, after this many seconds; its standby is silent from now on. */
  | { readonly kind: "master-back"; readonly master: Ipv4; readonly seconds: number }
  /** iPXE got the script of its machine. */
  | { readonly kind: "script-given"; readonly mac: Mac | undefined; readonly source: ScriptSource }
  /** An iPXE script uses a name that is neither a variable nor an iPXE setting; it is replaced by nothing. */
  | { readonly kind: "script-lacks"; readonly variable: string; readonly mac: Mac | undefined }
  /** A bug of this program, or a failure of the system under it. */
  | { readonly kind: "failed"; readonly where: string; readonly error: Error };

/** Receives an event. @param time when it was published, in milliseconds since 1970 */
export type EventListener = (event: Event, time: number) => void;

/** Publishes events to listeners, at once and in the order of subscription. Listeners must not throw. */
export class EventBus {
  readonly #listeners = new Set<EventListener>();
  readonly #clock: Pick<Clock, "date">;

  /** @param clock tells the time of the events */
  constructor(clock: Pick<Clock, "date"> = systemClock) {
    this.#clock = clock;
  }

  /** @returns a function that ends the subscription */
  subscribe(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  publish(event: Event): void {
    const time = this.#clock.date();
    for (const listener of this.#listeners) listener(event, time);
  }
}
