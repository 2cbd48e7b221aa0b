import type { Event, ScriptSource } from "../events/event.js";
import type { Described } from "../common/log-line.js";

/** The events about iPXE scripts. */
export type AboutScripts = Extract<Event, { kind: `script-${string}` }>;

/** Whether an event is about an iPXE script. */
export function isAboutScripts(event: Event): event is AboutScripts {
  return event.kind.startsWith("script-");
}

const UNKNOWN_MACHINE = "a machine whose MAC address is not known";

const SOURCES: Readonly<Record<ScriptSource, string>> = {
  folder: "its file in [hosts] scripts",
  host: "the script of its entry in the inventory",
  "host-url": "the script URL of its entry in the inventory",
  template: "[ipxe] script",
  url: "[ipxe] script_url",
  kernel: "[ipxe] kernel",
  "own-disk": "the script that boots its own disk",
};

/** Describes an event about an iPXE script. */
export function aboutScripts(event: AboutScripts): Described {
  const { mac } = event;
  const whose = mac ?? UNKNOWN_MACHINE;
  switch (event.kind) {
    case "script-given": {
      const { source } = event;
      const message = `${whose}: iPXE gets ${SOURCES[source]}`;
      return { level: "debug", message, fields: () => ({ mac, source }) };
    }
    case "script-lacks": {
      const { variable } = event;
      const message = `[ipxe]: {${variable}} in the script of ${whose} is not known, and iPXE has no setting for it: nothing stands there (said once)`;
      return { level: "warning", message, fields: () => ({ variable, mac }) };
    }
  }
}
