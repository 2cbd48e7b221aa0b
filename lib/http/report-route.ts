import { textFile } from "../files/text-file.js";
import { FileError } from "../files/source.js";
import { parseMac, type Mac } from "../net/mac.js";
import { holderFor, type WhoAsks } from "./own-path.js";
import type { Route } from "./route.js";

/** Accepts reports at `booted/MAC` that a machine has booted; scripts and installers send them. */
export function reportRoute(report: (mac: Mac) => void | Promise<void>, whoAsks: WhoAsks): Route {
  return {
    methods: ["GET", "POST"],
    match(path) {
      const [, name] = /^booted\/([^/]+)$/.exec(path) ?? [];
      if (name === undefined) return undefined;
      return async (request) => {
        const mac = parseMac(name);
        if (mac === undefined) throw new FileError({ code: "not-a-mac" });
        await report(holderFor(mac, request, whoAsks));
        return { file: textFile("a report", "noted\n"), mediaType: "text/plain; charset=utf-8" };
      };
    },
  };
}
