import { swap, together, type Change } from "../change.js";
import type { HostSource } from "../hosts/source.js";
import { HttpServer } from "../http/server.js";
import type { ClientDirectory } from "../leases/directory.js";
import { neighbourAt } from "../net/neighbours.js";
import { openingPort } from "../start-error.js";
import { httpRoutes, httpSettings, whoAsksBy } from "./http.js";
import type { Service, ServiceOrder, ServiceParts } from "./service.js";

/** The HTTP server, while there is to be one. */
export class HttpService implements Service {
  readonly #parts: ServiceParts;
  readonly #directory: ClientDirectory;
  readonly #hosts: Pick<HostSource, "find">;
  #server: HttpServer | undefined;

  constructor(parts: ServiceParts, directory: ClientDirectory, hosts: Pick<HostSource, "find">) {
    this.#parts = parts;
    this.#hosts = hosts;
    this.#directory = directory;
  }

  async prepare({ config, files: { web: files }, ipxe }: ServiceOrder): Promise<Change> {
    if (!config.services.http) return this.#server?.prepare(undefined) ?? swap(() => undefined);
    const { events, clock } = this.#parts;
    const settings = httpSettings(config);
    const routes = httpRoutes({ files, ...ipxe, hosts: this.#hosts, whoAsks: whoAsksBy(config, neighbourAt), events });
    const server = this.#server ?? new HttpServer({ events, clock, directory: this.#directory, routes, settings });
    const service = settings.certificate === undefined ? "HTTP" : "HTTPS";
    const needed = { service, protocol: "tcp", ...settings.listen, option: "[httpd] port" } as const;
    const change = await openingPort(needed, () => server.prepare({ routes, settings }));
    return together([change, swap(() => (this.#server = server))]);
  }

  stop(): void {
    this.#server?.stop();
  }
}
