import { swap, together, type Change } from "../change.js";
import type { ClientDirectory } from "../leases/directory.js";
import { hostInterfaces } from "../net/interfaces.js";
import { pathMtuBy } from "../net/path-mtu.js";
import { openingPort } from "../start-error.js";
import { TftpServer } from "../tftp/server.js";
import type { Service, ServiceOrder, ServiceParts } from "./service.js";
import { tftpAddress, tftpSettings } from "./tftp.js";

/** The TFTP server, where there is to be one. */
export class TftpService implements Service {
  readonly #parts: ServiceParts;
  readonly #directory: ClientDirectory;
  #server: TftpServer | undefined;

  constructor(parts: ServiceParts, directory: ClientDirectory) {
    this.#parts = parts;
    this.#directory = directory;
  }

  async prepare({ config, files: { boot: files } }: ServiceOrder): Promise<Change> {
    // The command line says whether it runs at all.
    if (!config.services.tftp) return swap(() => undefined);
    const { network, libc, events, clock } = this.#parts;
    const settings = tftpSettings(config, hostInterfaces(libc));
    const directory = this.#directory;
    const pathMtu = libc === undefined ? undefined : pathMtuBy(libc);
    const server = this.#server ?? new TftpServer({ network, events, clock, directory, files, settings, pathMtu });
    const address = tftpAddress(config);
    const needed = { service: "TFTP", protocol: "udp", address, port: settings.port, option: "[tftpd] port" } as const;
    const change = await openingPort(needed, () => server.prepare({ files, settings }));
    return together([change, swap(() => (this.#server = server))]);
  }

  stop(): void {
    this.#server?.stop();
  }
}
