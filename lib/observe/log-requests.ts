import type { Described } from "../common/log-line.js";
import { describeCause } from "../events/causes/describe.js";
import type { Event } from "../events/event.js";
import { bootFields, bootPart, fieldsOf, formatPeer, levelFor, whoIs } from "./log-words.js";

/** The events about a request of a machine that got no address. */
export type AboutRequest = Extract<
  Event,
  { kind: "dhcp-ignored" | "dhcp-left" | "boot-asked" | "boot-told" | "lease-lost" }
>;

const VERBS = { offer: "offered", answer: "answered", item: "gave what it chose to" } as const;

/** Describes a request of a machine that got no address: why, or what it was told. */
export function aboutRequest(event: AboutRequest): Described {
  const { machine } = event;
  switch (event.kind) {
    case "dhcp-ignored": {
      const reason = describeCause(event.cause);
      const message = `${machine.mac}: ignored ${whoIs(machine)}: ${reason}`;
      return { level: event.grave ? "warning" : "info", message, fields: () => fieldsOf(machine, { reason }) };
    }
    case "dhcp-left": {
      const reason = describeCause(event.cause);
      const message = `${machine.mac}: left ${whoIs(machine)} to another server: ${reason}`;
      return { level: "debug", message, fields: () => fieldsOf(machine, { reason }) };
    }
    case "boot-asked": {
      const client = formatPeer(event.peer);
      const message = `${machine.mac}: ${whoIs(machine)} asks the boot server from ${client}`;
      return { level: "debug", message, fields: () => fieldsOf(machine, { client }) };
    }
    case "boot-told": {
      const { boot, how } = event;
      const message = `${machine.mac}: ${VERBS[how]} ${whoIs(machine)}, whose address is another server's${bootPart(boot)}`;
      return { level: levelFor(boot), message, fields: () => fieldsOf(machine, bootFields(boot)) };
    }
    case "lease-lost": {
      const { cause } = event;
      const message = `${machine.mac}: no answer to ${whoIs(machine)}: ${describeCause(cause)}`;
      return { level: "error", message, fields: () => fieldsOf(machine, { reason: cause.message }) };
    }
  }
}
