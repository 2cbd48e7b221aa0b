import { describeCause } from "../events/causes/describe.js";
import type { Event } from "../events/event.js";
import type { Described, Fields } from "../common/log-line.js";
import { formatPeer } from "./log-words.js";
import { counted } from "../common/counted.js";
import { formatIpv4 } from "../net/ipv4.js";
import type { Endpoint } from "../os/udp.js";

/** Describes the result of a file request by TFTP or HTTP. */
export function aboutFile(event: Extract<Event, { peer: Endpoint; name: string }>): Described {
  const client = event.mac === undefined ? formatPeer(event.peer) : `${event.mac} (${formatIpv4(event.peer.address)})`;
  const name = JSON.stringify(event.name);
  const fields = (): Fields => ({ client: formatPeer(event.peer), mac: event.mac, file: event.name });
  switch (event.kind) {
    case "transfer-began": {
      const { protocol, origin, size } = event;
      const most = size === undefined ? "" : `, ${formatSize(size)}`;
      const message = `${client}: sending ${name} from ${origin} by ${protocol}${most}`;
      return { level: "debug", message, fields: () => ({ ...fields(), protocol, origin, size }) };
    }
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
      if (outcome === "probed") {
        const what = octets === 0 ? "asked the size" : "looked at the first block";
        return { level: "debug", message: `${client}: ${what} of ${name}`, fields: numbers };
      }
      const resent = retransmissions > 0 ? `, ${counted(retransmissions, "packet")} again` : "";
      const end = outcome === "unconfirmed" ? ", the last acknowledgement is missing" : "";
      return {
        level: "info",
        message: `${client}: sent ${name} from ${origin}: ${figures(octets, seconds)}${resent}${end}`,
        fields: numbers,
      };
    }
    case "transfer-failed": {
      const reason = describeCause(event.cause);
      const message = `${client}: ${name} from ${event.origin} ended after ${formatSize(event.octets)}: ${reason}`;
      return {
        level: "warning",
        message,
        fields: () => ({ ...fields(), origin: event.origin, octets: event.octets, reason }),
      };
    }
    case "file-refused": {
      const reason = describeCause(event.cause);
      const message = `${client}: refused ${name} by ${event.protocol}: ${reason}`;
      return { level: "info", message, fields: () => ({ ...fields(), reason }) };
    }
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

/** Formats size, time and rate: `1.5 MiB in 0.21 s, 7.1 MiB/s`. */
function figures(octets: number, seconds: number): string {
  return `${formatSize(octets)} in ${seconds.toFixed(2)} s, ${formatSize(octets / Math.max(seconds, 0.001))}/s`;
}

function formatSize(octets: number): string {
  if (octets < 10240) return `${Math.round(octets)} B`;
  return octets < 10 * 1024 * 1024 ? `${(octets / 1024).toFixed(1)} KiB` : `${(octets / 1024 / 1024).toFixed(1)} MiB`;
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
