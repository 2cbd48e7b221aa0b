import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeManual } from "../lib/config/manual.js";
import { schema } from "../lib/settings/schema.js";
import { packageFolder } from "../lib/common/package.js";

writeFileSync(join(packageFolder, "docs", "configuration.md"), writeManual(schema));
