import { counted } from "../../common/counted.js";
import type { CauseOf, NoFacts, Sentences } from "./cause.js";

/** The facts of each cause by which a request for a file is refused, whatever the file. */
export interface RequestCauseFacts {
  /** `[tftpd] clients` does not name the client's network. */
  clients: NoFacts;
  "write-request": NoFacts;
  /** The client holds no address of this server. */
  "check-ip": NoFacts;
  "method-not-served": { method: string };
  "no-host-header": NoFacts;
  "expectation-failed": { expect: string };
  /** The file has no such octets; `size` is its size in octets. */
  "range-unsatisfiable": { size: number; range: string };
}

/** A cause by which a request for a file is refused, whatever the file. */
export type RequestCause = CauseOf<RequestCauseFacts>;

/** The facts of each cause by which a transfer ends early, beside those of its file. */
export interface TransferCauseFacts {
  /** The client sent an error packet (RFC 1350 5). */
  "aborted-by-client": { errorCode: number; text: string };
  "unexpected-packet": { opcode: number };
  "no-acknowledgement": NoFacts;
  "too-long": { seconds: number };
  /** `rate` is the least one, in octets per second. */
  "too-slow": { rate: number };
  /** A chunk, or the whole response, took an HTTP client too long. */
  "client-too-slow": NoFacts;
  "connection-lost": { error: string };
  "asked-again": NoFacts;
  /** The client did not answer, and another one needed the room: there are `count` transfers, of its address or in all. */
  "gave-way": TransferCount;
  "shutting-down": NoFacts;
  "read-failed": { error: string };
}

/** A cause by which a transfer ends early. */
export type TransferCause = CauseOf<TransferCauseFacts>;

/** The sentences of refused requests. */
export const REQUEST_SENTENCES: Sentences<RequestCauseFacts> = {
  clients: () => "[tftpd] clients does not name its network; it gets no answer",
  "write-request": () => "it wanted to write, and nothing can be written here",
  "check-ip": () => "check_ip is on, and the machine holds no address of ours",
  "method-not-served": ({ method }) => `the method ${method} is not served`,
  "no-host-header": () => "HTTP/1.1 without a Host header",
  "expectation-failed": ({ expect }) => `it expects ${JSON.stringify(expect)}`,
  "range-unsatisfiable": ({ size, range }) => `the file has ${counted(size, "octet")}, not ${range}`,
};

/** The sentences of transfers that ended early. */
export const TRANSFER_SENTENCES: Sentences<TransferCauseFacts> = {
  "aborted-by-client": ({ errorCode, text }) =>
    `the client ended it: error ${errorCode}${text === "" ? "" : ` ${JSON.stringify(text)}`}`,
  "unexpected-packet": ({ opcode }) => `the client sent a packet of type ${opcode}`,
  "no-acknowledgement": () => "no acknowledgement came in time",
  "too-long": ({ seconds }) => `it took longer than ${seconds} s`,
  "too-slow": ({ rate }) => `it was slower than ${rate} octets a second`,
  "client-too-slow": () => "the client takes too long",
  "connection-lost": ({ error }) => error,
  "asked-again": () => "the client sent another request from the same port",
  "gave-way": (count) => `the client did not answer, and ${describeCount(count)}`,
  "shutting-down": () => "the server is shutting down",
  "read-failed": ({ error }) => error,
};

/** The number of transfers, of one address or in all. */
export interface TransferCount {
  readonly of: "address" | "all";
  readonly count: number;
}

/** Describes that there is no room for another transfer. */
export function describeCount({ of, count }: TransferCount): string {
  if (of === "address") return `its address has ${counted(count, "transfer")} already`;
  return `there ${count === 1 ? "is" : "are"} ${counted(count, "transfer")}`;
}
