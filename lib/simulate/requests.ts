import { encodeAddresses } from "../options/encodings.js";
import { BOOTREQUEST, BROADCAST_FLAG, MessageType, type Message } from "../dhcp/message.js";
import type { Options } from "../options/codec.js";
import { Code } from "../options/codes.js";
import { UNSPECIFIED, type Ipv4 } from "../net/ipv4.js";
import { macToBytes } from "../net/mac.js";
import type { SimulatedMachine } from "./machine.js";

/** A request of a machine. */
export type Question =
  | { readonly kind: "discover" }
  /** The client accepts the offer of a server. */
  | { readonly kind: "select"; readonly address: Ipv4; readonly server: Ipv4 }
  /** The client asks a boot server (port 4011) what to boot; `address` is its own. */
  | { readonly kind: "boot-server"; readonly address: Ipv4 };

/** Client network interface: UNDI and its version (RFC 4578 2.2). */
const INTERFACE = 94;
const UNDI = { bios: "010201", uefi: "010300", http: "010300" } as const;
const UNDI_TEXT = { bios: "UNDI:002001", uefi: "UNDI:003000", http: "UNDI:003000" } as const;

/**
 * The requested parameters and the largest message of each kind of client, as in tests/fixtures/dhcp; those of the BIOS
 * ROM are from Intel's log.
 */
const WANTED = {
  bios: "0102030506 0b0c0d0f101112 2b363c43 80818283848586 87",
  uefi: "0102030405060c0d0f111216171c28292a2b3233363a3b3c4243618081828384858687",
  http: "0102030405060c0d0f111216171c28292a2b3233363a3b3c4361",
  ipxe: "010306070c0f111a2b3c4243778081828384858687afcb",
  os: "0103060c0f1a1c212a777879",
} as const;
const LARGEST = { bios: "04ec", uefi: "05c0", http: "05c0", ipxe: "05c0", os: "05c0" } as const;

/** iPXE's encapsulated options: its network card, version and features, as in tests/fixtures/dhcp/ipxe-bios.pcap. */
const IPXE_FEATURES = [
  "b105011af41000eb03011501",
  "170101220101130101110101270101190101290101100102210101150101180101120101",
].join("");
const EFI_FEATURE = "240101";

/** Builds the message that this kind of firmware, iPXE or an operating system sends. */
export function requestOf(machine: SimulatedMachine, question: Question, xid: number): Message {
  const { mac, stage, via = UNSPECIFIED } = machine;
  const octets = macToBytes(mac);
  const chaddr = Buffer.alloc(16);
  octets.copy(chaddr);
  const none = Buffer.alloc(0);
  const hasAddress = question.kind === "boot-server";
  return {
    op: BOOTREQUEST,
    htype: 1,
    hlen: octets.length,
    hops: via === UNSPECIFIED || hasAddress ? 0 : 1,
    xid,
    secs: 0,
    flags: stage === "rom" && !hasAddress ? BROADCAST_FLAG : 0,
    ciaddr: hasAddress ? question.address : UNSPECIFIED,
    yiaddr: UNSPECIFIED,
    siaddr: UNSPECIFIED,
    // Requests to boot servers are not relayed.
    giaddr: hasAddress ? UNSPECIFIED : via,
    chaddr,
    sname: none,
    file: none,
    options: new Map([...questionOptions(question), ...ownOptions(machine)]),
  };
}

function questionOptions(question: Question): readonly (readonly [number, Buffer])[] {
  const type = question.kind === "discover" ? MessageType.discover : MessageType.request;
  const options: [number, Buffer][] = [[Code.messageType, Buffer.from([type])]];
  if (question.kind !== "select") return options;
  options.push([Code.serverIdentifier, encodeAddresses([question.server])]);
  options.push([Code.requestedAddress, encodeAddresses([question.address])]);
  return options;
}

function ownOptions(machine: SimulatedMachine): Options {
  const { stage, firmware, architecture, uuid, mac } = machine;
  const kind = stage === "rom" ? firmware : stage;
  const options = new Map<number, Buffer>([
    [Code.maximumMessageSize, Buffer.from(LARGEST[kind], "hex")],
    [Code.parameterRequestList, Buffer.from(WANTED[kind].replaceAll(" ", ""), "hex")],
  ]);
  if (stage === "os") return options;
  const name = stage === "rom" && firmware === "http" ? "HTTPClient" : "PXEClient";
  const number = architecture.toString().padStart(5, "0");
  options.set(Code.clientMachineIdentifier, Buffer.from(`00${uuid.replaceAll("-", "")}`, "hex"));
  options.set(INTERFACE, Buffer.from(UNDI[firmware], "hex"));
  options.set(Code.clientArchitecture, Buffer.from([architecture >> 8, architecture & 255]));
  options.set(Code.vendorClass, Buffer.from(`${name}:Arch:${number}:${UNDI_TEXT[firmware]}`));
  if (stage === "ipxe") {
    options.set(Code.userClass, Buffer.from("iPXE"));
    options.set(Code.ipxe, Buffer.from(IPXE_FEATURES + (firmware === "bios" ? "" : EFI_FEATURE), "hex"));
    options.set(Code.clientIdentifier, Buffer.concat([Buffer.from([1]), macToBytes(mac)]));
  }
  return options;
}
