import { swap, together, type Change } from "../change.js";
import type { Config } from "../config/load.js";
import { HttpServer, type HttpSettings } from "../http/server.js";
import type { ClientDirectory } from "../leases/directory.js";
import { UNSPECIFIED } from "../net/ipv4.js";
import { openingPort } from "../start-error.js";
import type { Service, ServiceOrder, ServiceParts } from "./service.js";

/** The HTTP server, while there is to be one. */
export class HttpService implements Service {
  readonly #parts: ServiceParts;
  readonly #directory: ClientDirectory;
  #server: HttpServer | undefined;

  constructor(parts: ServiceParts, directory: ClientDirectory) {
    this.#parts = parts;
    this.#directory = directory;
  }

  async prepare({ config, files: { web: files } }: ServiceOrder): Promise<Change> {
    if (!config.services.http) return this.#server?.prepare(undefined) ?? swap(() => undefined);
    const settings = httpSettings(config);
    const { events, clock } = this.#parts;
    const server = this.#server ?? new HttpServer({ events, clock, directory: this.#directory, files, settings });
    const needed = { service: "HTTP", protocol: "tcp", ...settings.listen, option: "[httpd] port" } as const;
    const change = await openingPort(needed, () => server.prepare({ files, settings }));
    return together([change, swap(() => (this.#server = server))]);
  }

  stop(): void {
    this.#server?.stop();
  }
}

function httpSettings({ settings, network }: Config): HttpSettings {
  const { address, port, check_ip: check } = settings.httpd;
  return {
    listen: { address: address ?? network?.serverAddress ?? UNSPECIFIED, port },
    // Without a DHCP side nobody holds an address of ours, and PyBootd checks none then.
    checkAddress: check && network !== undefined,
  };
}
