import { describeCause } from "../events/causes/describe.js";
import type { Event, Machine } from "../events/event.js";
import type { Described, Fields, LogLine } from "../common/log-line.js";
import { aboutInventory, isAboutInventory, type AboutInventory } from "./log-inventory.js";
import { aboutOthers, isAboutOthers, type AboutOthers } from "./log-rivals.js";
import { aboutRequest, type AboutRequest } from "./log-requests.js";
import { aboutMaster, isAboutMaster, type AboutMaster } from "./log-standby.js";
import { aboutScripts, isAboutScripts, type AboutScripts } from "./log-scripts.js";
import { aboutFile } from "./log-transfers.js";
import { bootFields, bootPart, fieldsOf, formatPeer, levelFor, printable, whoIs } from "./log-words.js";
import { counted } from "../common/counted.js";
import { formatIpv4 } from "../net/ipv4.js";

/** The events whose line, at debug level, only adds detail to the line of another event. */
const DETAILS: ReadonlySet<Event["kind"]> = new Set<Event["kind"]>(["boot-asked", "script-given", "transfer-began"]);

/** Whether the line of an event only adds detail to that of another. */
export function isDetail({ kind }: Event): boolean {
  return DETAILS.has(kind);
}

/** Returns the log line of an event: which client, what it asked, what it got, and why. */
export function lineOf(event: Event): LogLine {
  const { level, message, fields } = describe(event);
  return {
    level,
    message: event.kind === "failed" ? message : printable(message),
    fields: () => ({ event: event.kind, ...fields?.() }),
  };
}

/** Marks the line of an answer as not sent (`dry_run`). */
export function rehearsed(line: LogLine, { kind }: Event): LogLine {
  const answers = kind.startsWith("dhcp-") || kind === "boot-told";
  return answers ? { ...line, message: `${line.message} (dry run: not sent)` } : line;
}

function describe(event: Event): Described {
  if ("address" in event) return aboutAddress(event);
  if ("name" in event) return aboutFile(event);
  if ("origin" in event) return aboutMirror(event);
  if (isAboutInventory(event)) return aboutInventory(event);
  if (isAboutScripts(event)) return aboutScripts(event);
  if (isAboutMaster(event)) return aboutMaster(event);
  if (isAboutOthers(event)) return aboutOthers(event);
  return "machine" in event ? aboutRequest(event) : aboutRest(event);
}

type AboutRest = Exclude<
  Event,
  | AboutOthers
  | AboutRequest
  | AboutScripts
  | AboutMaster
  | { readonly address: unknown }
  | { readonly name: unknown }
  | AboutMirror
  | AboutInventory
>;

function aboutRest(event: AboutRest): Described {
  switch (event.kind) {
    case "packet-dropped": {
      const client = formatPeer(event.peer);
      const what = event.protocol === "HTTP" ? "ended an HTTP connection" : `dropped a ${event.protocol} packet`;
      const reason = describeCause(event.cause);
      return { level: "debug", message: `${client}: ${what}: ${reason}`, fields: () => ({ client, reason }) };
    }
    case "store-recovered": {
      const { lost } = event;
      const message = `leases are kept again; before, ${counted(lost, "lease")} could not be`;
      return { level: "info", message, fields: () => ({ lost }) };
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

type AboutMirror = Extract<Event, { kind: "mirror-away" | "mirror-back" }>;

function aboutMirror(event: AboutMirror): Described {
  const { origin } = event;
  if (event.kind === "mirror-back") {
    const message = `${origin} is reached again, after ${event.seconds.toFixed(0)} s`;
    return { level: "info", message, fields: () => ({ origin, seconds: Math.round(event.seconds) }) };
  }
  const { reason, cure } = event;
  const message = `${origin} cannot be reached: ${reason}. Files from there cannot be had: ${cure}.`;
  return { level: "warning", message, fields: () => ({ origin, reason }) };
}

function aboutFailure({ where, error }: Extract<Event, { kind: "failed" }>): Described {
  const { code } = error as NodeJS.ErrnoException;
  // An error with a code comes from the system and needs no stack trace; any other is a bug of this program.
  if (code !== undefined) {
    return { level: "warning", message: printable(`${where}: ${error.message}`), fields: () => ({ code }) };
  }
  // The message may quote a client, so only the stack frames below it get lines of their own.
  const calls = error.stack?.match(/^ +at .*$/gm) ?? [];
  return { level: "error", message: [`${where}: ${String(error)}`, ...calls].map(printable).join("\n") };
}

/** Most characters of a client identifier in a line. */
const LONGEST_IDENTIFIER = 64;

function aboutAddress(event: Extract<Event, { machine: Machine; address: unknown }>): Described {
  const { machine } = event;
  const address = formatIpv4(event.address);
  const fields = (): Fields => fieldsOf(machine, { ip: address });
  switch (event.kind) {
    case "dhcp-offered": {
      const { otherCard } = event;
      const instead =
        otherCard === undefined
          ? ""
          : ` (${formatIpv4(otherCard.address)} is in use by another card of its machine, ${otherCard.key.slice(0, LONGEST_IDENTIFIER)})`;
      const message = `${machine.mac}: offered ${address} to ${whoIs(machine)}${instead}${bootPart(event.boot)}`;
      return { level: levelFor(event.boot), message, fields: () => ({ ...fields(), ...bootFields(event.boot) }) };
    }
    case "dhcp-leased": {
      const verb = event.renewed ? "confirmed" : "leased";
      const from = event.from === undefined ? "" : `, taken over from another card of its machine, ${event.from}`;
      const message = `${machine.mac}: ${verb} ${address} to ${whoIs(machine)}${from}${bootPart(event.boot)}`;
      return {
        level: levelFor(event.boot),
        message,
        fields: () => ({ ...fields(), stage: event.stage, ...bootFields(event.boot) }),
      };
    }
    case "dhcp-refused": {
      const reason = describeCause(event.cause);
      const message = `${machine.mac}: refused ${address} to ${whoIs(machine)}: ${reason}`;
      return { level: "info", message, fields: () => ({ ...fields(), reason }) };
    }
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
    case "key-shared": {
      const both = event.identifiers.map((key) => key.slice(0, LONGEST_IDENTIFIER)).join(" and ");
      const message = `${machine.mac}: two clients with this MAC address use ${address}, with the identifiers ${both}; [bootpd] client_key = client-id gives each an address of its own`;
      return { level: "warning", message, fields };
    }
    case "dhcp-declined":
      return {
        level: "warning",
        message: `${machine.mac}: found ${address} in use by another machine`,
        fields,
      };
  }
}
