/** Measures an idle server: the time until it answers, and the number of wake-ups with nothing to do. */

import { setTimeout as sleep } from "node:timers/promises";
import type { Field } from "./field.js";
import type { Options } from "./options.js";
import { SUBJECT, wholeSubject, type Participant } from "./participants.js";
import { median } from "./statistics.js";

/** Duration of the measurement and of the pause before it, in milliseconds. */
const WATCHED = 5000;
const SETTLING = 2500;

export interface QuietOutcome {
  /** By participant, and once more for the subject with all its services. */
  readonly startMilliseconds: Readonly<Record<string, readonly number[]>>;
  /** The number of wake-ups of each of the server's threads in 5 s. */
  readonly wakeUps: Readonly<Record<string, number>>;
  /** In MiB, when it was watched. */
  readonly memory: Readonly<Record<string, number>>;
}

const WHOLE = `${SUBJECT} with DHCP and HTTP`;

/** Starts each participant as often as there are rounds, and watches it the last time. */
export async function runQuiet(
  field: Field,
  participants: readonly Participant[],
  { rounds }: Options,
  tell: (line: string) => void,
): Promise<QuietOutcome> {
  const quiet = new Map([...participants.map((each) => [each.name, each] as const), [WHOLE, wholeSubject()]]);
  const startMilliseconds: Record<string, number[]> = {};
  const wakeUps: Record<string, number> = {};
  const memory: Record<string, number> = {};
  for (let round = 1; round <= rounds; round++) {
    for (const [name, participant] of quiet) {
      const server = await field.start(participant);
      try {
        (startMilliseconds[name] ??= []).push(server.startMilliseconds);
        if (round < rounds) continue;
        await sleep(SETTLING);
        const before = server.sleeps;
        await sleep(WATCHED);
        wakeUps[name] = server.sleeps - before;
        memory[name] = server.peakMemory;
        const start = median(startMilliseconds[name]).toFixed(0);
        tell(`start: ${name} answers after ${start} ms, wakes ${wakeUps[name]} times in 5 s`);
      } finally {
        await server.stop();
      }
    }
  }
  return { startMilliseconds, wakeUps, memory };
}
