import type { Event } from "../events/event.js";
import type { Described } from "../common/log-line.js";
import { fieldsOf } from "./log-words.js";
import { formatIpv4 } from "../net/ipv4.js";

/** The events about other DHCP servers. */
export type AboutOthers = Extract<Event, { kind: `rival-${string}` | "addresses-missing" }>;

/** Whether an event is about another DHCP server, or about the lack of one. */
export function isAboutOthers(event: Event): event is AboutOthers {
  return event.kind.startsWith("rival-") || event.kind === "addresses-missing";
}

/** Describes an event about other DHCP servers: one found beside a server, or none beside a proxy. */
export function aboutOthers(event: AboutOthers): Described {
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
