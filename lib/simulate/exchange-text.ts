import { describeEntries, describeOrigin } from "../config/origin.js";
import { formatIpv4 } from "../net/ipv4.js";
import type { Access, Answered, Exchange, MatchedProfile, ReplyValue } from "./simulation.js";
import { rows, table, type Row } from "./text.js";

/**
 * Describes a request and its reply, option by option with the source of each value.
 *
 * @param again whether the machine has sent a request before
 */
export function describeExchange(exchange: Exchange, again = false): readonly string[] {
  const { asks, vendorClass, known, profiles, access, answer, said } = exchange;
  const heads: Row[] = [["asks", `${asks}${vendorClass === "" ? "" : ` as ${vendorClass}`}`]];
  // A later request of a machine need not repeat what is known of it.
  if (!again) {
    heads.push(["known", known === undefined ? "by no source of machines" : describeEntries(known)]);
    heads.push(["profile", describeProfiles(profiles)]);
  }
  heads.push(["access", describeAccess(access)]);
  if (answer === undefined) return rows([...heads, ["answer", `none: ${said.join("; ") || "it takes too long"}`]]);
  const address = answer.values.find(({ name }) => name === "yiaddr");
  if (address?.origin !== undefined) heads.push(["address", `${address.text}: ${describeOrigin(address.origin)}`]);
  heads.push(["answer", describeAnswer(answer)]);
  return [...rows(heads), ...describeValues(answer.values).map((line) => `  ${line}`)];
}

/** Describes the values of a reply, a line each, with the source of each where it is known. */
export function describeValues(values: readonly ReplyValue[]): readonly string[] {
  return table(
    values.map(({ code, name, text, origin }) => [code?.toString() ?? "", name, text, sourceOf(name, origin)]),
  );
}

function sourceOf(name: string, origin: ReplyValue["origin"]): string {
  if (origin === undefined) return "";
  return name === "yiaddr" ? "see address" : describeOrigin(origin);
}

function describeAnswer({ type, to, frame }: Answered): string {
  return `${type} to ${formatIpv4(to.address)}:${to.port}${frame === undefined ? "" : `, in a frame to ${frame}`}`;
}

function describeProfiles(profiles: readonly MatchedProfile[]): string {
  if (profiles.length === 0) return "none: as every machine";
  return profiles
    .map(({ name, reason }) => (reason === undefined ? `[profile ${name}]` : `[profile ${name}], built in: ${reason}`))
    .join("; ");
}

function describeAccess({ verdict, reason, origin }: Access): string {
  if (verdict === "not asked") return verdict;
  return `${verdict}${reason === undefined ? "" : `: ${reason}`} (${describeOrigin(origin)})`;
}
