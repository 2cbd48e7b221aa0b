import { onCommit, combine, type Transaction } from "../common/transaction.js";
import type { RequestedFiles } from "../files/request-facts.js";
import type { ClientDirectory } from "../machine/directory.js";
import { hostInterfaces } from "../os/interfaces.js";
import { pathMtuBy } from "../os/path-mtu.js";
import { openingPort } from "../os/start-error.js";
import { TappedNetwork } from "../events/tapped-network.js";
import { controlPackets } from "./control-packets.js";
import { TftpServer } from "./server.js";
import type { Service, ServiceParts } from "../service/service.js";
import { tftpAddress, tftpSettings, type TftpConfig } from "./settings.js";

/** The input of the service from the configuration. */
export interface TftpOrder {
  readonly config: TftpConfig;
  /** The files that clients may read. */
  readonly files: { readonly boot: RequestedFiles };
}

/** The TFTP service; runs a server where the configuration enables it. */
export class TftpService implements Service<TftpOrder> {
  readonly #parts: ServiceParts;
  /** The network of the server, which shows its packets other than data. */
  readonly #tapped: TappedNetwork;
  readonly #directory: ClientDirectory;
  #server: TftpServer | undefined;

  constructor(parts: ServiceParts, directory: ClientDirectory) {
    this.#parts = parts;
    this.#tapped = new TappedNetwork(parts.network, parts.tap, "TFTP", controlPackets());
    this.#directory = directory;
  }

  async prepare({ config, files: { boot: files } }: TftpOrder): Promise<Transaction> {
    // The command line decides whether the service runs at all.
    if (!config.services.tftp) return onCommit(() => undefined);
    const { libc, events, clock } = this.#parts;
    const network = this.#tapped;
    const settings = tftpSettings(config, hostInterfaces(libc));
    const directory = this.#directory;
    const pathMtu = libc === undefined ? undefined : pathMtuBy(libc);
    const server = this.#server ?? new TftpServer({ network, events, clock, directory, files, settings, pathMtu });
    const address = tftpAddress(config);
    const needed = { service: "TFTP", protocol: "udp", address, port: settings.port, option: "[tftpd] port" } as const;
    const change = await openingPort(needed, () => server.prepare({ files, settings }));
    return combine([change, onCommit(() => (this.#server = server))]);
  }

  stop(): void {
    this.#server?.stop();
  }
}
