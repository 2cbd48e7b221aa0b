import { requestFacts, type RequestedFiles } from "../files/request-facts.js";
import { FileError } from "../files/source.js";
import { textFile } from "../files/text-file.js";
import { isScriptName } from "../boot/ipxe/files.js";
import type { Scripts } from "../boot/ipxe/scripts.js";
import { mediaTypeOf } from "./media-type.js";
import { holderFor, macIn, type WhoAsks } from "./own-path.js";
import { READING, type Content, type Route } from "./route.js";

/**
 * Serves the iPXE script of the client at `auto.ipxe` and `autoexec.ipxe`, and at the same names below its MAC address.
 *
 * @param files the files to serve where the client has no script, except below a MAC address
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
        // An empty origin keeps paths in the script relative to this server, whatever name the client uses for it.
        const script = await scripts.scriptFor(machine, { origin: "", reports: true });
        const mediaType = mediaTypeOf(path);
        if (script !== undefined) return { file: textFile("[ipxe]", script), mediaType };
        if (own !== undefined) throw new FileError({ code: "no-script" });
        return { file: await files.open(path, facts), mediaType };
      };
    },
  };
}
