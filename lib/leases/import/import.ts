import { isCsvHeader, parseCsv } from "./csv.js";
import { parseDnsmasqLeases } from "./dnsmasq-leases.js";
import { hasContent, ImportCollector, linesOf, type Imported } from "./imported.js";
import { parseIscLeases } from "./isc-leases.js";
import { isKeaHeader, parseKeaLeases } from "./kea-leases.js";

export type { Imported, ImportProblem } from "./imported.js";

/** The lease file formats that can be read: our own tables, dnsmasq, ISC's dhcpd, Kea. */
export type LeaseFormat = "csv" | "dnsmasq" | "isc-dhcpd" | "kea";

/** The leases in a text, and its format. */
export interface ImportedFile extends Imported {
  /** Undefined for an unknown format; that is the only problem then. */
  readonly format: LeaseFormat | undefined;
}

const PARSERS: Readonly<Record<LeaseFormat, (text: string) => Imported>> = {
  csv: parseCsv,
  dnsmasq: parseDnsmasqLeases,
  "isc-dhcpd": parseIscLeases,
  kea: parseKeaLeases,
};

/** The statements at the top level of dhcpd's file. */
const ISC_STATEMENT =
  /^(?:lease|host|group|subgroup|class|subclass|failover|server-duid|authoring-byte-order|ia-na|ia-ta|ia-pd)(?:\s|\{|$)/;

/** The comment at the start of dhcpd's file, which may have no other content. */
const ISC_COMMENT = /^#.*dhcpd\.leases\(5\)/;

/** Reads leases from a text in any of the known formats. Never throws. */
export function importLeases(text: string): ImportedFile {
  const format = recognise(text);
  if (format !== undefined) return { format, ...PARSERS[format](text) };
  const collector = new ImportCollector();
  const lines = linesOf(text);
  const first = lines.findIndex(hasContent);
  collector.refuse(
    first < 0 ? 1 : first + 1,
    "leases as CSV, of dnsmasq (dnsmasq.leases), ISC dhcpd (dhcpd.leases) or Kea (kea-leases4.csv)",
    lines[first]?.trim() ?? "",
  );
  return { format: undefined, ...collector.result() };
}

/** Detects the format by dhcpd's comment, or by the first line that is neither empty nor a comment. */
function recognise(text: string): LeaseFormat | undefined {
  for (const line of linesOf(text)) {
    const content = line.trim();
    if (ISC_COMMENT.test(content)) return "isc-dhcpd";
    if (hasContent(content)) return formatOf(content);
  }
  return undefined;
}

function formatOf(line: string): LeaseFormat | undefined {
  if (isCsvHeader(line)) return "csv";
  if (isKeaHeader(line)) return "kea";
  if (/^(?:[0-9]+|duid)\s/.test(line)) return "dnsmasq";
  return ISC_STATEMENT.test(line) ? "isc-dhcpd" : undefined;
}
