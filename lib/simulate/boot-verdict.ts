import { describeCause } from "../events/causes/describe.js";
import { isThere } from "./fetch.js";
import type { Boot, Fetched, SimulatedStage, Simulation } from "./simulation.js";

/** Whether a machine would get what it needs, as far as that can be told without a network. */
export interface BootVerdict {
  readonly boots: boolean;
  /** Why it would not. */
  readonly reason: string | undefined;
}

const YES: BootVerdict = { boots: true, reason: undefined };

/** Returns the verdict on a simulation: that of the last program that asked. An operating system needs an address only. */
export function verdictOf({ stages }: Simulation): BootVerdict {
  const last = stages.at(-1);
  return last === undefined ? no("nothing was asked") : ofStage(last);
}

function ofStage({ offer, acceptance, boot }: SimulatedStage): BootVerdict {
  if (offer.answer === undefined) return no(offer.said.join("; ") || "no answer in time");
  if (acceptance?.answered === false) return no(acceptance.said.join("; "));
  return boot === undefined ? YES : ofBoot(boot);
}

function ofBoot(boot: Boot): BootVerdict {
  switch (boot.kind) {
    case "nothing":
      return no(boot.reason ?? "there is no boot file for it");
    case "menu":
      return boot.items.some(({ file }) => file === undefined || isThere(file))
        ? YES
        : no("no item of its menu is there");
    case "file":
      return ofFile(boot.file);
  }
}

function ofFile({ outcome }: Fetched): BootVerdict {
  if (outcome.kind === "tftp-off") return no("TFTP does not run here");
  return outcome.kind === "refused" ? no(describeCause(outcome.cause)) : YES;
}

function no(reason: string): BootVerdict {
  return { boots: false, reason };
}
