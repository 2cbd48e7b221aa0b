import type { BootCause } from "../events/causes/boot.js";
import type { EventBus } from "../events/event.js";
import { isInstalledSystem, type OneShots } from "../boot/one-shots.js";
import { asError } from "../common/error.js";
import { UNSPECIFIED } from "../net/ipv4.js";
import { Code } from "../options/codes.js";
import type { Served, ServedMachine } from "./served.js";

/** Returns the cause by which a machine with `once` gets nothing more to boot; undefined where it may boot. */
export function doneCause(
  { client: { mac }, host }: ServedMachine,
  once: Pick<OneShots, "isDone">,
): BootCause | undefined {
  if (host?.netboot.once !== true || !once.isDone(mac)) return undefined;
  return { code: "booted-once", mac };
}

/**
 * Takes the first address request of the installed system as a sign that its machine has booted. A system that only
 * renews (RFC 2131 4.4.5) does not count: it may have been running since before the machine was to boot again.
 */
export function reportLease(
  { request: { message }, machine }: Served,
  once: Pick<OneShots, "finish">,
  events: EventBus,
): void {
  const {
    client: { mac },
    stage,
    host,
  } = machine;
  if (host?.netboot.once !== true || stage !== "system" || message.ciaddr !== UNSPECIFIED) return;
  if (!isInstalledSystem(message.options.get(Code.vendorClass)?.toString("latin1"))) return;
  try {
    if (once.finish(mac, "lease")) events.publish({ kind: "boot-reported", mac, by: "lease" });
  } catch (error) {
    events.publish({ kind: "failed", where: `keeping that ${mac} has booted`, error: asError(error) });
  }
}
