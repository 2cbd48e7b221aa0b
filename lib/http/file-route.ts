import { requestFacts, type RequestedFiles } from "../files/request-facts.js";
import { mediaTypeOf } from "./media-type.js";
import { READING, type Route } from "./route.js";

/** Serves files at every path: the last of the routes. */
export function fileRoute(files: RequestedFiles): Route {
  return {
    methods: READING,
    match:
      () =>
      async ({ path, client, peer }) => ({
        file: await files.open(path, requestFacts(client, peer.address)),
        mediaType: mediaTypeOf(path),
      }),
  };
}
