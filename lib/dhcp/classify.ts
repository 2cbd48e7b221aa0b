import { VENDOR_CLASS, type Client } from "../machine/client.js";
import { clientIdFromOctets, type ClientId } from "../machine/client-id.js";
import { macFromBytes, type Mac } from "../net/mac.js";
import { uuidFromOption, type Uuid } from "../net/uuid.js";
import { ipxeFacts, type IpxeFacts } from "../options/ipxe.js";
import { messageType, type Message } from "./message.js";
import { withoutPadding } from "../options/codec.js";
import { Code } from "../options/registry.js";
import { userClasses } from "./user-class.js";

/** More octets than one option holds are no identifier that any client has. */
const LONGEST_IDENTIFIER = 255;

/** How iPXE names itself in option 77, unless its script says otherwise. */
const IPXE_USER_CLASS = "iPXE";

const EMPTY = Buffer.alloc(0);

const NO_FACTS: IpxeFacts = { features: new Set(), version: undefined };

/** Recognises the sender of a message. */
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

/** iPXE names itself in its user class, or is known by an option that only it sends (conformance B18). */
function ipxeOf(message: Message, classes: readonly string[]): IpxeFacts | undefined {
  const value = message.options.get(Code.ipxe);
  if (value !== undefined) return ipxeFacts(value);
  return classes.includes(IPXE_USER_CLASS) ? NO_FACTS : undefined;
}

/**
 * What a machine is known by. On InfiniBand a hardware address has 20 octets, which a message does not hold: such a
 * client says hlen 0, and has to have an identifier (RFC 4390 2.1).
 *
 * @returns nothing for a client that cannot be told from others
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
  // PyBootd knew firmware by its UUID; some ROMs send none, and those at least name their class.
  if (vendorClass.startsWith(VENDOR_CLASS.pxe) || uuid !== undefined) return "pxe";
  return messageType(message) === undefined ? "bootp" : "dhcp";
}

/**
 * Those of option 93 (RFC 4578 2.1); the text in the vendor class (`PXEClient:Arch:00007:UNDI:003016`) only where that
 * option is absent or malformed.
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
