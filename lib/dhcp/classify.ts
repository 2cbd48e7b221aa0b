import { VENDOR_CLASS, type Client } from "../machine/client.js";
import { clientIdFromOctets, type ClientId } from "../machine/client-id.js";
import { macFromBytes, type Mac } from "../net/mac.js";
import { uuidFromOption, type Uuid } from "../net/uuid.js";
import { ipxeFacts, type IpxeFacts } from "../options/ipxe.js";
import { messageType, type Message } from "./message.js";
import { withoutPadding } from "../options/codec.js";
import { Code } from "../options/codes.js";
import { userClasses } from "./user-class.js";

/** Maximum number of octets of an identifier: longer than one option holds is no valid one. */
const LONGEST_IDENTIFIER = 255;

/** The user class of iPXE (option 77), unless its script sets another. */
const IPXE_USER_CLASS = "iPXE";

const EMPTY = Buffer.alloc(0);

const NO_FACTS: IpxeFacts = { features: new Set(), version: undefined };

/** Identifies the sender of a message. */
export function classify(message: Message): Client {
  const vendorClass = withoutPadding(message.options.get(Code.vendorClass) ?? EMPTY).toString("latin1");
  const uuid = uuidFromOption(message.options.get(Code.clientMachineIdentifier) ?? EMPTY);
  const architectures = architecturesOf(message, vendorClass);
  const classes = userClasses(message.options.get(Code.userClass));
  return {
    mac: hardwareOf(message),
    clientId: clientIdIn(message),
    uuid,
    kind: kindOf(message, vendorClass, uuid),
    architecture: architectures[0],
    architectures,
    vendorClass,
    userClasses: classes,
    ipxe: ipxeOf(message, classes),
  };
}

/** Returns the iPXE features of a client; recognises iPXE by its user class or its own option (conformance B18). */
function ipxeOf(message: Message, classes: readonly string[]): IpxeFacts | undefined {
  const value = message.options.get(Code.ipxe);
  if (value !== undefined) return ipxeFacts(value);
  return classes.includes(IPXE_USER_CLASS) ? NO_FACTS : undefined;
}

/**
 * Returns the hardware address of a client. An InfiniBand address of 20 octets does not fit chaddr: such a client sets
 * hlen to 0 and must send an identifier (RFC 4390 2.1), which is then used instead.
 *
 * @returns the empty address for a client without either
 */
function hardwareOf({ chaddr, hlen, options }: Message): Mac {
  if (hlen > 0) return macFromBytes(chaddr, 0, hlen);
  const identifier = options.get(Code.clientIdentifier) ?? EMPTY;
  return macFromBytes(identifier, 0, identifier.length < 2 ? 0 : Math.min(identifier.length, LONGEST_IDENTIFIER));
}

function clientIdIn(message: Message): ClientId | undefined {
  const value = message.options.get(Code.clientIdentifier);
  return value === undefined ? undefined : clientIdFromOctets(value);
}

function kindOf(message: Message, vendorClass: string, uuid: Uuid | undefined): Client["kind"] {
  if (vendorClass.startsWith(VENDOR_CLASS.http)) return "http";
  // PyBootd recognised firmware by its UUID; some ROMs send none, but do send a vendor class.
  if (vendorClass.startsWith(VENDOR_CLASS.pxe) || uuid !== undefined) return "pxe";
  return messageType(message) === undefined ? "bootp" : "dhcp";
}

/**
 * Returns the architectures in option 93 (RFC 4578 2.1); the one in the vendor class
 * (`PXEClient:Arch:00007:UNDI:003016`) only where that option is absent or malformed.
 */
function architecturesOf(message: Message, vendorClass: string): readonly number[] {
  const option = message.options.get(Code.clientArchitecture);
  if (option !== undefined && option.length >= 2 && option.length % 2 === 0) {
    return Array.from({ length: option.length / 2 }, (_, index) => option.readUInt16BE(2 * index));
  }
  if (vendorClass === "") return [];
  const digits = /^(?:PXE|HTTP)Client:Arch:([0-9]{5})/.exec(vendorClass)?.[1];
  return digits === undefined ? [] : [Number(digits)];
}
