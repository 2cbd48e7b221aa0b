import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeManual } from "../lib/config/manual.js";
import { schema } from "../lib/config/schema.js";
import { packageFolder } from "../lib/package.js";

writeFileSync(join(packageFolder, "docs", "configuration.md"), writeManual(schema));
