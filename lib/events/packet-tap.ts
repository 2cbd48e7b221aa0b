import { systemClock, type Clock } from "../common/clock.js";
import type { Endpoint } from "../os/udp.js";

/** A packet as it was received or sent. */
export interface TappedPacket {
  readonly protocol: "DHCP" | "TFTP";
  readonly direction: "in" | "out";
  /** The address and port of our socket; the address is 0.0.0.0 for what was broadcast to us. */
  readonly local: Endpoint;
  readonly peer: Endpoint;
  /** The UDP payload; valid only until the listener returns. */
  readonly octets: Buffer;
  /** In milliseconds since 1970. */
  readonly time: number;
}

/** Shows packets of the servers to listeners. Listeners must not throw. */
export class PacketTap {
  /** Whether anybody listens: servers do nothing for the tap otherwise. */
  listening = false;
  readonly #clock: Pick<Clock, "date">;
  readonly #listeners = new Set<(packet: TappedPacket) => void>();

  constructor(clock: Pick<Clock, "date"> = systemClock) {
    this.#clock = clock;
  }

  /** @returns a function that ends the subscription */
  subscribe(listener: (packet: TappedPacket) => void): () => void {
    this.#listeners.add(listener);
    this.listening = true;
    return () => {
      this.#listeners.delete(listener);
      this.listening = this.#listeners.size > 0;
    };
  }

  /** Shows a packet. Call it only where somebody listens. */
  show(packet: Omit<TappedPacket, "time">): void {
    const tapped = { ...packet, time: this.#clock.date() };
    for (const listener of this.#listeners) listener(tapped);
  }
}
