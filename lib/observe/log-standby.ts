import type { Described } from "../common/log-line.js";
import type { Event } from "../events/event.js";
import { formatIpv4 } from "../net/ipv4.js";

/** The events about the master of a standby. */
export type AboutMaster = Extract<Event, { readonly master: unknown }>;

/** Whether an event is about the master of a standby. */
export function isAboutMaster(event: Event): event is AboutMaster {
  return "master" in event;
}

/** Describes an event about the master of a standby. */
export function aboutMaster(event: AboutMaster): Described {
  const master = formatIpv4(event.master);
  if (event.kind === "master-back") {
    const { seconds } = event;
    const message = `${master} serves again, after ${seconds.toFixed(0)} s: this server, its standby, is silent`;
    return { level: "info", message, fields: () => ({ server: master, seconds: Math.round(seconds) }) };
  }
  const { reason } = event;
  const message = `${master} does not serve (${reason}): this server, its standby, does so from now on`;
  return { level: "warning", message, fields: () => ({ server: master, reason }) };
}
