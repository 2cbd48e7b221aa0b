/**
 * Watches the event loop of the process that it is loaded into (`node --import`): adds a line with the delay of a second,
 * its 99th percentile in milliseconds, to the file that SOAK_PROBE names, each second.
 */

import { appendFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";

const file = process.env["SOAK_PROBE"];
if (file !== undefined) {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const timer = setInterval(() => {
    appendFileSync(file, `${(delay.percentile(99) / 1e6).toFixed(2)}\n`);
    delay.reset();
  }, 1000);
  timer.unref();
}
