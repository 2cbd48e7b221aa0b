import { optionName } from "../options/names.js";
import { builtInProfiles } from "../machine/built-in-profiles.js";
import type { Message } from "../dhcp/message.js";
import { messageType } from "../dhcp/message.js";
import { Code } from "../options/codes.js";
import { escapeUnprintable } from "../common/printable.js";
import { describeOrigins } from "../inventory/host.js";
import { formatIpv4, UNSPECIFIED, type Ipv4 } from "../net/ipv4.js";
import type { Exchange } from "./exchange.js";
import { messageName, optionText } from "./option-text.js";
import type { Rehearsal, Outcome } from "./rehearsal.js";
import { placeOf } from "./rules.js";
import { rows, table, type Row } from "./text.js";

/**
 * Describes a request and its reply, option by option with the source of each value.
 *
 * @param again whether the machine has sent a request before
 */
export function describeExchange(made: Exchange, rehearsal: Rehearsal, again = false): readonly string[] {
  const { message, client, outcome } = made;
  const vendorClass = client.vendorClass === "" ? "" : ` as ${client.vendorClass}`;
  const heads: Row[] = [["asks", `${messageName(messageType(message))}${vendorClass}`]];
  // A later request of a machine need not repeat what is known of it.
  if (!again) {
    heads.push(["known", made.host === undefined ? "by no source of machines" : describeOrigins(made.host)]);
    heads.push(["profile", profileText(made, rehearsal)]);
  }
  heads.push(["access", accessText(outcome, rehearsal)]);
  const { reply } = outcome;
  if (reply === undefined)
    return rows([...heads, ["answer", `none: ${outcome.said.join("; ") || "it takes too long"}`]]);
  if (reply.message.yiaddr !== UNSPECIFIED) heads.push(["address", addressText(made, reply.message.yiaddr, rehearsal)]);
  const to = `${formatIpv4(reply.to.address)}:${reply.to.port}`;
  const frame = reply.mac === undefined ? "" : `, in a frame to ${reply.mac}`;
  heads.push(["answer", `${messageName(messageType(reply.message))} to ${to}${frame}`]);
  const told = describeMessage(reply.message, (what) => ruleFor(what, made));
  return [...rows(heads), ...told.map((line) => `  ${line}`)];
}

/**
 * Describes a message, with a line for each field and option that has a value, and the source of the value where it is
 * known.
 */
export function describeMessage(message: Message, ruleOf: (what: number | string) => string): readonly string[] {
  const fields: readonly (readonly [string, string])[] = [
    ["yiaddr", addressIn(message.yiaddr)],
    ["siaddr", addressIn(message.siaddr)],
    ["sname", message.sname.toString("utf8")],
    ["file", message.file.toString("utf8")],
  ];
  const said = fields.filter(([, text]) => text !== "");
  return table([
    ...said.map(([name, text]) => ["", name, escapeUnprintable(text), ruleOf(name)]),
    ...[...message.options].map(([code, value]) => [
      code.toString(),
      optionName(code) ?? "",
      optionText(code, value),
      ruleOf(code),
    ]),
  ]);
}

function ruleFor(what: number | string, { told }: Exchange): string {
  if (told === undefined) return "";
  const { rules } = told;
  if (typeof what === "number") return rules.ruleOf(what);
  if (what === "file") return rules.bootRule;
  if (what === "yiaddr") return "see address";
  return rules.ruleOf(Code.tftpServerName);
}

function addressIn(address: Ipv4): string {
  return address === UNSPECIFIED ? "" : formatIpv4(address);
}

function profileText({ profiles }: Exchange, { config }: Rehearsal): string {
  if (profiles.length === 0) return "none: as every machine";
  return profiles
    .map((name) => {
      const own = config.settings.profile.some((section) => section.name === name);
      const reason = builtInProfiles.find((each) => each.name === name)?.reason;
      return own || reason === undefined ? `[profile ${name}]` : `[profile ${name}], built in: ${reason}`;
    })
    .join("; ");
}

function accessText({ verdict }: Outcome, { config }: Rehearsal): string {
  const { access } = config.settings.bootpd;
  const place = placeOf(config, "bootpd", "access");
  if (verdict === undefined) return "not asked";
  if (access === "http") return `taken for granted: its authority is not asked (${place})`;
  if (!verdict.granted) return `refused: ${verdict.reason} (${place})`;
  return `granted${access === undefined ? " to everybody" : ""} (${place})`;
}

function addressText({ host, told, client }: Exchange, address: Ipv4, { order, leases, config }: Rehearsal): string {
  const shown = formatIpv4(address);
  if (host?.address === address) return `${shown}: reserved for it, ${describeOrigins(host)}`;
  const lease = leases.find((each) => each.address === address);
  const key = order.scopes.holding(address)?.allocator.keyOf(client);
  if (lease !== undefined && lease.key === key) return `${shown}: the one that it has or had`;
  const pool =
    told?.served.name === undefined ? placeOf(config, "bootpd", "pool_start") : `[subnet ${told.served.name}]`;
  return `${shown}: a free one of the pool (${pool})`;
}
