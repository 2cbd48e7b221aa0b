import { onCommit, combine, type Transaction } from "../common/transaction.js";
import type { Inventory } from "../inventory/source.js";
import { HttpServer } from "./server.js";
import type { RequestedFiles } from "../files/request-facts.js";
import type { ClientDirectory } from "../machine/directory.js";
import { neighbourAt } from "../os/neighbours.js";
import { openingPort } from "../os/start-error.js";
import { httpRoutes, httpSettings, whoAsksBy, type HttpConfig, type HttpContent } from "./settings.js";
import type { Service, ServiceParts } from "../service/service.js";

/** The input of the service from the configuration. */
export interface HttpOrder {
  readonly config: HttpConfig;
  /** The files that clients may read. */
  readonly files: { readonly web: RequestedFiles };
  readonly ipxe: Pick<HttpContent, "scripts" | "once">;
}

/** The HTTP service; runs a server while the configuration enables it. */
export class HttpService implements Service<HttpOrder> {
  readonly #parts: ServiceParts;
  readonly #directory: ClientDirectory;
  readonly #hosts: Pick<Inventory, "find" | "state">;
  #server: HttpServer | undefined;

  constructor(parts: ServiceParts, directory: ClientDirectory, hosts: Pick<Inventory, "find" | "state">) {
    this.#parts = parts;
    this.#hosts = hosts;
    this.#directory = directory;
  }

  async prepare({ config, files: { web: files }, ipxe }: HttpOrder): Promise<Transaction> {
    if (!config.services.http) return this.#server?.prepare(undefined) ?? onCommit(() => undefined);
    const { events, clock } = this.#parts;
    const settings = httpSettings(config);
    const routes = httpRoutes({ files, ...ipxe, hosts: this.#hosts, whoAsks: whoAsksBy(config, neighbourAt), events });
    const server = this.#server ?? new HttpServer({ events, clock, directory: this.#directory, routes, settings });
    const service = settings.certificate === undefined ? "HTTP" : "HTTPS";
    const needed = { service, protocol: "tcp", ...settings.listen, option: "[httpd] port" } as const;
    const change = await openingPort(needed, () => server.prepare({ routes, settings }));
    return combine([change, onCommit(() => (this.#server = server))]);
  }

  stop(): void {
    this.#server?.stop();
  }
}
