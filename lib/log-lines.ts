import { describeArchitecture } from "./dhcp/architecture.js";
import type { BootNotice, Event, Machine } from "./events.js";
import { formatIpv4 } from "./net/ipv4.js";
import type { Endpoint } from "./net/udp.js";

/** Levels of the log, gravest first. */
export const LEVELS = ["critical", "error", "warning", "info", "debug"] as const;

/** How grave a line is. */
export type Level = (typeof LEVELS)[number];

/** What a line says in parts. */
export type Fields = Readonly<Record<string, string | number | undefined>>;

/** One line of the log. */
export interface LogLine {
  readonly level: Level;
  readonly message: string;
  /** The same in parts, for machines that read the log: made only where one does. */
  readonly fields: () => Fields;
}

type Described = Omit<LogLine, "fields"> & { readonly fields?: () => Fields };

/** Says an event in words: which machine, what it asked, what it got, and why. */
export function lineOf(event: Event): LogLine {
  const { level, message, fields } = describe(event);
  return {
    level,
    message: event.kind === "failed" ? message : printable(message),
    fields: () => ({ event: event.kind, ...fields?.() }),
  };
}

/** The line of an answer that is not sent, since nothing is (`dry_run`). */
export function rehearsed(line: LogLine, { kind }: Event): LogLine {
  const answers = kind.startsWith("dhcp-") || kind === "boot-told";
  return answers ? { ...line, message: `${line.message} (dry run: not sent)` } : line;
}

function describe(event: Event): Described {
  if ("address" in event) return aboutAddress(event);
  if ("name" in event) return aboutFile(event);
  return isAboutOthers(event) ? aboutOthers(event) : aboutRest(event);
}

type AboutRest = Exclude<Event, AboutOthers | { readonly address: unknown } | { readonly name: unknown }>;

function aboutRest(event: AboutRest): Described {
  switch (event.kind) {
    case "dhcp-ignored": {
      const { machine, reason, grave } = event;
      const message = `${machine.mac}: ignored ${whoIs(machine)}: ${reason}`;
      return { level: grave ? "warning" : "info", message, fields: () => fieldsOf(machine, { reason }) };
    }
    case "dhcp-left": {
      const { machine, reason } = event;
      return {
        level: "debug",
        message: `${machine.mac}: left ${whoIs(machine)} to another server: ${reason}`,
        fields: () => fieldsOf(machine, { reason }),
      };
    }
    case "boot-told": {
      const { machine, boot, how } = event;
      const verb = { offer: "offered", answer: "answered", item: "gave what it chose to" }[how];
      const message = `${machine.mac}: ${verb} ${whoIs(machine)}, whose address is another server's${bootPart(boot)}`;
      return { level: levelFor(boot), message, fields: () => fieldsOf(machine, bootFields(boot)) };
    }
    case "lease-lost": {
      const { machine, error } = event;
      const message = `${machine.mac}: no answer to ${whoIs(machine)}: its lease cannot be kept: ${error.message}`;
      return { level: "error", message, fields: () => fieldsOf(machine, { reason: error.message }) };
    }
    case "packet-dropped": {
      const client = formatPeer(event.peer);
      const what = event.protocol === "HTTP" ? "ended an HTTP connection" : `dropped a ${event.protocol} packet`;
      const message = `${client}: ${what}: ${event.reason}`;
      return { level: "debug", message, fields: () => ({ client, reason: event.reason }) };
    }
    case "hosts-changed":
    case "hosts-refused":
      return aboutHosts(event);
    case "hosts-unfit": {
      const told = tellSome(event.problems);
      const message = `${event.problems.length} known machines have no address of their own: ${told}`;
      return { level: "warning", message, fields: () => ({ reason: told }) };
    }
    case "boot-reported": {
      const { mac, by } = event;
      const how = by === "script" ? "it reported so" : "its system took a lease";
      const message = `${mac}: booted, as it should once (${how}); it boots from its own disk from now on`;
      return { level: "info", message, fields: () => ({ mac, by }) };
    }
    case "failed":
      return aboutFailure(event);
  }
}

type AboutOthers = Extract<Event, { kind: `rival-${string}` | "addresses-missing" }>;

function isAboutOthers(event: Event): event is AboutOthers {
  return event.kind.startsWith("rival-") || event.kind === "addresses-missing";
}

/** Of other DHCP servers: one beside a server, none beside a proxy. */
function aboutOthers(event: AboutOthers): Described {
  const advice = "stop one of them, or set mode = auto-proxy here";
  switch (event.kind) {
    case "rival-found": {
      const [server, where] = [formatIpv4(event.server), event.interfaceName];
      const { bootFile } = event;
      const boots = bootFile === undefined ? "" : `, and has them boot ${JSON.stringify(bootFile)}`;
      const message = `another DHCP server, ${server}, answers on ${where}${boots}: machines take the first offer; ${advice}`;
      return { level: "warning", message, fields: () => ({ server, interface: where, file: bootFile }) };
    }
    case "rival-gone": {
      const [server, where] = [formatIpv4(event.server), event.interfaceName];
      const message = `the DHCP server ${server} does not answer on ${where} any more`;
      return { level: "info", message, fields: () => ({ server, interface: where }) };
    }
    case "rival-named": {
      const server = formatIpv4(event.server);
      const message = `another DHCP server, ${server}: ${event.machine.mac} took its offer, not ours; ${advice}`;
      return { level: "warning", message, fields: () => fieldsOf(event.machine, { server }) };
    }
    case "rival-unsought": {
      const { interfaceName, error } = event;
      const message = `${interfaceName}: not looking for other DHCP servers: ${error.message}`;
      return { level: "info", message, fields: () => ({ interface: interfaceName, reason: error.message }) };
    }
    case "addresses-missing": {
      const message = `${event.machine.mac}: asks for an address again and again: this network seems to have no DHCP server; mode = server would give addresses too`;
      return { level: "warning", message, fields: () => fieldsOf(event.machine, {}) };
    }
  }
}

/** How many problems of a file one line tells. */
const MOST_PROBLEMS = 20;

function aboutHosts(event: Extract<Event, { source: string }>): Described {
  const { source } = event;
  if (event.kind === "hosts-changed") {
    const { hosts, added, changed, gone } = event;
    const message = `${source}: ${hosts} machines: ${added} new, ${changed} changed, ${gone} gone`;
    return { level: "info", message, fields: () => ({ source, hosts, added, changed, gone }) };
  }
  const { problems, kept } = event;
  const told = tellSome(problems);
  const message = `${source} was changed and cannot be used, so the ${kept} machines known before stay: ${told}`;
  return { level: "error", message, fields: () => ({ source, reason: told }) };
}

function tellSome(problems: readonly string[]): string {
  const more = problems.length > MOST_PROBLEMS ? [`${problems.length - MOST_PROBLEMS} more`] : [];
  return [...problems.slice(0, MOST_PROBLEMS), ...more].join("; ");
}

function aboutFailure({ where, error }: Extract<Event, { kind: "failed" }>): Described {
  const { code } = error as NodeJS.ErrnoException;
  // What the system refuses has a code and needs no stack; anything else is a mistake of ours.
  if (code !== undefined) {
    return { level: "warning", message: printable(`${where}: ${error.message}`), fields: () => ({ code }) };
  }
  // What is thrown may quote a client: only the calls below it are lines of their own.
  const calls = error.stack?.match(/^ +at .*$/gm) ?? [];
  return { level: "error", message: [`${where}: ${String(error)}`, ...calls].map(printable).join("\n") };
}

function aboutAddress(event: Extract<Event, { machine: Machine; address: unknown }>): Described {
  const { machine } = event;
  const address = formatIpv4(event.address);
  const fields = (): Fields => fieldsOf(machine, { ip: address });
  switch (event.kind) {
    case "dhcp-offered": {
      const message = `${machine.mac}: offered ${address} to ${whoIs(machine)}${bootPart(event.boot)}`;
      return { level: levelFor(event.boot), message, fields: () => ({ ...fields(), ...bootFields(event.boot) }) };
    }
    case "dhcp-leased": {
      const verb = event.renewed ? "confirmed" : "leased";
      const message = `${machine.mac}: ${verb} ${address} to ${whoIs(machine)}${bootPart(event.boot)}`;
      return {
        level: levelFor(event.boot),
        message,
        fields: () => ({ ...fields(), stage: event.stage, ...bootFields(event.boot) }),
      };
    }
    case "dhcp-refused":
      return {
        level: "info",
        message: `${machine.mac}: refused ${address} to ${whoIs(machine)}: ${event.reason}`,
        fields: () => ({ ...fields(), reason: event.reason }),
      };
    case "dhcp-informed":
      return { level: "info", message: `${machine.mac}: told the network's parameters to ${address}`, fields };
    case "dhcp-released": {
      const by = event.byOperator === true ? ", as an operator asked (pybootd leases release)" : "";
      return { level: "info", message: `${machine.mac}: released ${address}${by}`, fields };
    }
    case "address-in-use": {
      const message = `${machine.mac}: not offered ${address}: ${event.user} uses it, to which it was not given`;
      return { level: "warning", message, fields: () => ({ ...fields(), user: event.user }) };
    }
    case "dhcp-declined":
      return {
        level: "warning",
        message: `${machine.mac}: found ${address} in use by another machine`,
        fields,
      };
  }
}

function aboutFile(event: Extract<Event, { peer: Endpoint; name: string }>): Described {
  const client = event.mac === undefined ? formatPeer(event.peer) : `${event.mac} (${formatIpv4(event.peer.address)})`;
  const name = JSON.stringify(event.name);
  const fields = (): Fields => ({ client: formatPeer(event.peer), mac: event.mac, file: event.name });
  switch (event.kind) {
    case "transfer-ended": {
      const { octets, seconds, outcome, origin, retransmissions } = event;
      const numbers = (): Fields => ({
        ...fields(),
        origin,
        octets,
        seconds: round(seconds),
        retransmissions,
        outcome,
      });
      if (outcome === "probed")
        return { level: "debug", message: `${client}: asked the size of ${name}`, fields: numbers };
      const resent = retransmissions > 0 ? `, ${retransmissions} packets again` : "";
      const end = outcome === "unconfirmed" ? ", the last acknowledgement is missing" : "";
      return {
        level: "info",
        message: `${client}: sent ${name} from ${origin}: ${figures(octets, seconds)}${resent}${end}`,
        fields: numbers,
      };
    }
    case "transfer-failed": {
      const message = `${client}: ${name} from ${event.origin} ended after ${formatSize(event.octets)}: ${event.reason}`;
      return {
        level: "warning",
        message,
        fields: () => ({ ...fields(), origin: event.origin, octets: event.octets, reason: event.reason }),
      };
    }
    case "file-refused":
      return {
        level: "info",
        message: `${client}: refused ${name} by ${event.protocol}: ${event.reason}`,
        fields: () => ({ ...fields(), reason: event.reason }),
      };
    case "http-served": {
      const { method, status, octets, seconds } = event;
      const message = `${client}: ${method} ${name}: ${status}, ${figures(octets, seconds)}`;
      return {
        level: "info",
        message,
        fields: () => ({ ...fields(), method, status, octets, seconds: round(seconds) }),
      };
    }
  }
}

const KINDS = {
  pxe: "PXE firmware",
  http: "HTTP boot firmware",
  dhcp: "a DHCP client",
  bootp: "a BOOTP client",
} as const;

/** `PXE firmware, architecture 7 (x64 UEFI), UUID …` */
function whoIs({ kind, architecture, uuid }: Machine): string {
  const what = KINDS[kind];
  if (architecture === undefined && uuid === undefined) return what;
  const parts = [
    what,
    ...(architecture === undefined ? [] : [`architecture ${describeArchitecture(architecture)}`]),
    ...(uuid === undefined ? [] : [`UUID ${uuid}`]),
  ];
  return parts.join(", ");
}

function bootPart(boot: BootNotice): string {
  if (boot === undefined) return "";
  if ("menu" in boot) return `; a menu of ${boot.menu.join(", ")}`;
  return "file" in boot ? `; boot file ${boot.file}` : `; no boot file: ${boot.noFile}`;
}

function bootFields(boot: BootNotice): Fields {
  return boot !== undefined && "file" in boot ? { bootFile: boot.file } : {};
}

/** A machine that wants to boot and is told of nothing to boot needs somebody to look at it. */
function levelFor(boot: BootNotice): Level {
  return boot !== undefined && "noFile" in boot && boot.meant !== true ? "warning" : "info";
}

function fieldsOf({ mac, uuid, architecture }: Machine, more: Fields): Fields {
  return { mac, uuid, architecture, ...more };
}

/** `1.5 MiB in 0.21 s, 7.1 MiB/s` */
function figures(octets: number, seconds: number): string {
  return `${formatSize(octets)} in ${seconds.toFixed(2)} s, ${formatSize(octets / Math.max(seconds, 0.001))}/s`;
}

function formatSize(octets: number): string {
  if (octets < 10240) return `${Math.round(octets)} B`;
  return octets < 10 * 1024 * 1024 ? `${(octets / 1024).toFixed(1)} KiB` : `${(octets / 1024 / 1024).toFixed(1)} MiB`;
}

function formatPeer({ address, port }: Endpoint): string {
  return `${formatIpv4(address)}:${port}`;
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}

/**
 * What clients send may hold anything; control characters of theirs reach neither a terminal nor a line of their own, and
 * none turns round how a line is read.
 */
function printable(text: string): string {
  // Nearly every line is plain.
  return /[^\x20-\x7e]/.test(text) ? text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "?") : text;
}
