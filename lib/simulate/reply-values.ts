import type { ReplyOrigins, ReplyPart } from "../dhcp/reply.js";
import type { Message } from "../dhcp/message.js";
import { formatIpv4, UNSPECIFIED, type Ipv4 } from "../net/ipv4.js";
import { optionName } from "../options/names.js";
import { escapeUnprintable } from "../common/printable.js";
import { optionText } from "./option-text.js";
import type { ReplyValue } from "./simulation.js";

/** Returns each field and option of a message that has a value, in its order. @param origins where known */
export function valuesOf(message: Message, origins?: ReplyOrigins): readonly ReplyValue[] {
  const fields: readonly (readonly [Exclude<ReplyPart, number>, string])[] = [
    ["yiaddr", addressIn(message.yiaddr)],
    ["siaddr", addressIn(message.siaddr)],
    ["sname", message.sname.toString("utf8")],
    ["file", message.file.toString("utf8")],
  ];
  return [
    ...fields
      .filter(([, text]) => text !== "")
      .map(([name, text]) => ({ code: undefined, name, text: escapeUnprintable(text), origin: origins?.get(name) })),
    ...[...message.options].map(([code, value]) => ({
      code,
      name: optionName(code) ?? "",
      text: optionText(code, value),
      origin: origins?.get(code),
    })),
  ];
}

function addressIn(address: Ipv4): string {
  return address === UNSPECIFIED ? "" : formatIpv4(address);
}
