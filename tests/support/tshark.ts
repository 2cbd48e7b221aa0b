/** Decodes datagrams with tshark, an independent decoder. */

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Test } from "tap";
import { skipReason } from "../lab/support/tools.js";
import { writePcap, type WireDatagram } from "./pcap.js";

/** Preferences by which tshark looks whether checksums are right; where network cards write them it would be vain. */
export const CHECK_CHECKSUMS = ["ip.check_checksum:TRUE", "udp.check_checksum:TRUE"] as const;

/** Options for a test that needs tshark: it is skipped where that is absent, and fails in CI. */
export function needsTshark(): { readonly skip: string | false } {
  return { skip: skipReason({ tools: ["tshark"] }) ?? false };
}

/**
 * The values of `fields` in each packet of a capture, "" for one that a packet has not, and commas between the values of
 * one that it has more than once.
 *
 * @param preferences of tshark's, `name:value`
 */
export function readFields(
  file: string,
  fields: readonly string[],
  filter = "",
  preferences: readonly string[] = [],
): readonly (readonly string[])[] {
  const preferred = preferences.flatMap((preference) => ["-o", preference]);
  const wanted = fields.flatMap((field) => ["-e", field]);
  const args = ["-n", ...preferred, "-r", file, ...(filter === "" ? [] : ["-Y", filter]), "-T", "fields", ...wanted];
  const { status, stdout, stderr } = spawnSync("tshark", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`tshark ${args.join(" ")}: ${stderr}`);
  return stdout
    .split("\n")
    .slice(0, -1)
    .map((line) => line.split("\t"));
}

/** Does the same as {@link readFields}; the test fails where tshark finds a datagram malformed or in error. */
export function dissect(
  t: Test,
  datagrams: readonly WireDatagram[],
  fields: readonly string[],
): readonly (readonly string[])[] {
  const file = join(t.testdir({}), "datagrams.pcap");
  writePcap(file, datagrams);
  const bad = readFields(file, ["frame.number", "_ws.expert.message"], COMPLAINTS);
  t.strictSame(bad, [], "tshark finds every packet well formed");
  return readFields(file, fields);
}

const COMPLAINTS = '_ws.malformed || _ws.expert.severity == "Error" || (dhcp && _ws.expert.severity == "Warning")';
