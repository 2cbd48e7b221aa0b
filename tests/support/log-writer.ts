/**
 * Writes a few lines to a log that goes to this process's own streams, for tests to look at from outside: the one
 * argument is the `[logger]` section as JSON.
 */

import { openLog } from "../../lib/observe/log.js";
import { LEVELS } from "../../lib/common/log-line.js";

const log = openLog(JSON.parse(process.argv[2] ?? "") as Parameters<typeof openLog>[0], false);
for (const level of LEVELS) log.say(level, `${level} line`);
log.say("info", "two\nlines");
await log.close();
