import type { CauseOf, NoFacts, Sentences } from "./cause.js";
import { describeCount, type TransferCount } from "./transfers.js";

/** The facts of each cause by which a packet is dropped, or an HTTP connection is closed. */
export interface PacketCauseFacts {
  /** It cannot be decoded; `flaw` tells where and why. */
  malformed: { flaw: string };
  /** A BOOTP message that is a reply (RFC 951). */
  "not-a-request": NoFacts;
  "no-hardware-address": NoFacts;
  /** Its source address and port can be no client's. */
  "impossible-source": NoFacts;
  "too-many-transfers": TransferCount;
  "too-many-connections": { of: "address" | "all"; count: number };
  "not-http": { flaw: string };
  /** The client sent more requests than `count` before it got an answer. */
  "too-many-ahead": { count: number };
}

/** A cause by which a packet is dropped, or an HTTP connection is closed. */
export type PacketCause = CauseOf<PacketCauseFacts>;

/** The sentences of these causes. */
export const PACKET_SENTENCES: Sentences<PacketCauseFacts> = {
  malformed: ({ flaw }) => flaw,
  "not-a-request": () => "it is not a request",
  "no-hardware-address": () => "it has no hardware address to know the client by",
  "impossible-source": () => "no client has its address and port",
  "too-many-transfers": describeCount,
  "too-many-connections": ({ of, count }) =>
    of === "all" ? `there are ${count} connections` : `its address has ${count} connections already`,
  "not-http": ({ flaw }) => `no request: ${flaw}`,
  "too-many-ahead": ({ count }) => `it sent more than ${count} requests ahead`,
};
