import { counted } from "../common/counted.js";
import type { Described } from "../common/log-line.js";
import type { Event } from "../events/event.js";

/** The events of the inventory. */
export type AboutInventory = Extract<Event, { readonly kind: `hosts-${string}` | "snapshot-ignored" }>;

/** Most problems of a file in one line. */
const MOST_PROBLEMS = 20;

/** Whether an event is one of the inventory. */
export function isAboutInventory(event: Event): event is AboutInventory {
  return event.kind.startsWith("hosts-") || event.kind === "snapshot-ignored";
}

/** Describes an event of the inventory for the log. */
export function aboutInventory(event: AboutInventory): Described {
  switch (event.kind) {
    case "hosts-changed": {
      const { source, hosts, added, changed, gone } = event;
      const message = `${source}: ${counted(hosts, "machine")}: ${added} new, ${changed} changed, ${gone} gone`;
      return { level: "info", message, fields: () => ({ source, hosts, added, changed, gone }) };
    }
    case "hosts-refused": {
      const { source, problems, kept } = event;
      const told = tellSome(problems);
      const message = `${source} was changed and cannot be used, so the ${counted(kept, "machine known before stays", "machines known before stay")}: ${told}`;
      return { level: "error", message, fields: () => ({ source, reason: told }) };
    }
    case "hosts-unfit": {
      const told = tellSome(event.problems);
      const message = `${counted(event.problems.length, "known machine has no address of its", "known machines have no address of their")} own: ${told}`;
      return { level: "warning", message, fields: () => ({ reason: told }) };
    }
    case "hosts-shared": {
      const message = tellSome(event.addresses);
      return { level: "info", message, fields: () => ({ addresses: message }) };
    }
    case "hosts-away":
    case "hosts-back":
    case "hosts-held":
    case "hosts-warned":
    case "snapshot-ignored":
      return aboutServer(event);
  }
}

type AboutServer = Extract<
  AboutInventory,
  { readonly kind: "hosts-away" | "hosts-back" | "hosts-held" | "hosts-warned" | "snapshot-ignored" }
>;

/** Describes an event of a server of hosts. */
function aboutServer(event: AboutServer): Described {
  const { source } = event;
  switch (event.kind) {
    case "hosts-away": {
      const { reason, known, asOf } = event;
      const meanwhile =
        asOf === undefined
          ? "It was never read, so leases are renewed as they are, and machines that nothing else knows get no answer."
          : `Until then ${counted(known, "machine")} of ${new Date(asOf).toISOString()} count.`;
      return {
        level: "warning",
        message: `${source} cannot be read: ${reason}. ${meanwhile}`,
        fields: () => ({ source, reason }),
      };
    }
    case "hosts-back": {
      const seconds = event.seconds.toFixed(0);
      return { level: "info", message: `${source} can be read again, after ${seconds} s`, fields: () => ({ source }) };
    }
    case "hosts-held": {
      const { missing, known } = event;
      const message = `${source} lacks ${missing} of the ${counted(known, "known machine")}; they stay in effect until another reading lacks them too`;
      return { level: "warning", message, fields: () => ({ source, missing, known }) };
    }
    case "hosts-warned": {
      const told = tellSome(event.warnings);
      return { level: "warning", message: `${source}: ${told}`, fields: () => ({ source, reason: told }) };
    }
    case "snapshot-ignored": {
      const { reason } = event;
      const message = `the machines that were kept of ${source} are not used: ${reason}`;
      return { level: "warning", message, fields: () => ({ source, reason }) };
    }
  }
}

function tellSome(problems: readonly string[]): string {
  const more = problems.length > MOST_PROBLEMS ? [`${problems.length - MOST_PROBLEMS} more`] : [];
  return [...problems.slice(0, MOST_PROBLEMS), ...more].join("; ");
}
