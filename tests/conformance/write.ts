import { readFileSync, writeFileSync } from "node:fs";
import { CONFORMANCE_LIST, testsByItem, withTests } from "./table.js";

writeFileSync(CONFORMANCE_LIST, withTests(readFileSync(CONFORMANCE_LIST, "utf8"), testsByItem()));
