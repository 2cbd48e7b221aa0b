import type { LeftCause } from "../events/causes/boot.js";
import type { MenuItem } from "../boot/menu.js";
import { isFirmware, type Client } from "../machine/client.js";
import type { Service } from "./link.js";
import { messageType, MessageType, type Message } from "./message.js";
import { Code } from "../options/codes.js";
import { CREDENTIALS_LAYER, decodePxeOptions, type PxeOptions } from "../options/pxe.js";

/** The action for a boot-only message. `pass` leaves it to another server. */
export type BootDecision =
  | { readonly kind: "offer" }
  | { readonly kind: "acknowledge" }
  /** The answer to a menu choice. */
  | { readonly kind: "item"; readonly item: NonNullable<PxeOptions["bootItem"]> }
  | { readonly kind: "pass"; readonly cause: LeftCause };

/**
 * Returns the boot menu item that a message looks for a server of (PXE 2.1 3.1.3, PXE_BOOT_ITEM); undefined for other
 * messages, such as a REQUEST for an address.
 */
export function bootItemOf({ options }: Message, { kind }: Client): PxeOptions["bootItem"] {
  if (kind !== "pxe") return undefined;
  const [value, type] = [options.get(Code.vendorSpecific), options.get(Code.messageType)?.at(0)];
  const looks = type === MessageType.inform || (type === MessageType.request && !options.has(Code.requestedAddress));
  return value === undefined || !looks ? undefined : decodePxeOptions(value).bootItem;
}

/**
 * Decides what a booting client gets from a server that gives no addresses. Changes nothing.
 *
 * @param menu the items that firmware may choose from
 */
export function decideBoot(
  message: Message,
  client: Client,
  service: Service,
  menu: readonly MenuItem[] = [],
): BootDecision {
  if (!isFirmware(client)) return pass({ code: "not-firmware" });
  if (client.kind === "pxe" && client.vendorClass === "") return pass({ code: "no-vendor-class" });
  if (client.architectures.length === 0) return pass({ code: "no-architecture" });
  const type = messageType(message);
  const item = bootItemOf(message, client);
  if (item !== undefined) return decideItem(item, menu);
  if (service === "dhcp") {
    return type === MessageType.discover ? { kind: "offer" } : pass({ code: "not-a-discover" });
  }
  if (client.kind !== "pxe") return pass({ code: "not-pxe" });
  const asks = type === MessageType.request || type === MessageType.inform || type === MessageType.discover;
  return asks ? { kind: "acknowledge" } : pass({ code: "asks-for-nothing" });
}

/** Decides on a menu choice: a boot server must not answer for a type that it does not serve (PXE 2.1 3.1.3). */
function decideItem(item: NonNullable<PxeOptions["bootItem"]>, menu: readonly MenuItem[]): BootDecision {
  if (!menu.some(({ type, file }) => type === item.type && file !== undefined))
    return pass({ code: "other-boot-server", type: item.type });
  if ((item.layer & CREDENTIALS_LAYER) !== 0) return pass({ code: "wants-credentials" });
  return { kind: "item", item };
}

function pass(cause: LeftCause): BootDecision {
  return { kind: "pass", cause };
}
