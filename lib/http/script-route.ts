import { requestFacts, type RequestedFiles } from "../files/request-facts.js";
import { FileError } from "../files/source.js";
import { textFile } from "../files/text-file.js";
import { isScriptName } from "../boot/ipxe/files.js";
import type { Scripts } from "../boot/ipxe/scripts.js";
import { mediaTypeOf } from "./media-type.js";
import { holderFor, macIn, type WhoAsks } from "./own-path.js";
import { READING, type Content, type Route } from "./route.js";

/**
 * The iPXE script of the machine that asks, at `auto.ipxe`, `autoexec.ipxe`, and at the same below its MAC address.
 *
 * @param files what is served where it gets none, except below a MAC address
 */
export function scriptRoute(scripts: Scripts, files: RequestedFiles, whoAsks: WhoAsks): Route {
  return {
    methods: READING,
    match(path) {
      const own = macIn(path);
      if (!isScriptName(own?.rest ?? path)) return undefined;
      return async (request): Promise<Content> => {
        const { client, peer, query } = request;
        const facts = requestFacts(client, peer.address);
        const mac = own === undefined ? whoAsks(request) : holderFor(own.mac, request, whoAsks);
        const machine = { mac, ip: facts.ip, uuid: facts.uuid, arch: facts.arch, told: query };
        // The script is taken from here, so that paths in it are this server's, by whatever name it is known.
        const script = await scripts.scriptFor(machine, { origin: "", reports: true });
        const mediaType = mediaTypeOf(path);
        if (script !== undefined) return { file: textFile("[ipxe]", script), mediaType };
        if (own !== undefined) throw new FileError("not-found", "[ipxe] has no script for this machine");
        return { file: await files.open(path, facts), mediaType };
      };
    },
  };
}
