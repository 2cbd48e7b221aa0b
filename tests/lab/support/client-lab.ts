/** A server with a folder to serve, and clients on the switch beside it, each a host of its own. */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Daemon } from "./daemon.js";
import { Lab, type Host } from "./lab.js";
import { Switch } from "./switch.js";

/** The server's address, and the first of the pool's ten. */
export const SERVER = "10.77.0.1";
export const POOL_START = "10.77.0.100";

/** The parameters that a client is told beside its address. */
export const DNS = "10.77.0.53";
export const DOMAIN = "lab.example";

const INI = `[bootpd]
allow_simple_dhcp = enable
pool_start = ${POOL_START}
pool_count = 10
dns = ${DNS}
domain = ${DOMAIN}
lease_time = 1h

[bootfile]
default = boot.0

[tftpd]
root = ./files

[httpd]
enable = yes
port = 80
root = ./files
check_ip = yes
`;

export class ClientLab {
  #ini: string;
  readonly #wrapper: readonly string[];
  #daemon: Daemon;

  private constructor(
    readonly lab: Lab,
    readonly server: Host,
    readonly network: Switch,
    daemon: Daemon,
    /** The folder that the daemon serves, by TFTP and by HTTP. */
    readonly folder: string,
    ini: string,
    wrapper: readonly string[],
  ) {
    this.#daemon = daemon;
    this.#ini = ini;
    this.#wrapper = wrapper;
  }

  /** The one that runs, or ran last. */
  get daemon(): Daemon {
    return this.#daemon;
  }

  /**
   * Makes the server and its switch, puts `files` in the folder, and starts the daemon, its configuration passed
   * through `edit` before; the caller closes `lab`.
   *
   * @param wrapper a command that runs the daemon, and its arguments
   */
  static async open(
    files: Readonly<Record<string, string | Uint8Array>> = {},
    edit: (ini: string) => string = (ini) => ini,
    wrapper: readonly string[] = [],
  ): Promise<ClientLab> {
    const lab = await Lab.open();
    try {
      const server = await lab.host("server");
      const network = await Switch.open(lab);
      await network.connect(server, `${SERVER}/24`);
      const folder = join(Daemon.folder(lab, server), "files");
      await mkdir(folder, { recursive: true });
      for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
      const ini = edit(INI);
      const daemon = await Daemon.start(lab, server, ini, {}, [], wrapper);
      return new ClientLab(lab, server, network, daemon, folder, ini, wrapper);
    } catch (error) {
      await lab.close();
      throw error;
    }
  }

  /** Ends the daemon, has something done meanwhile, and starts another one in the same way. */
  async restart(
    meanwhile: () => Promise<unknown> = () => Promise.resolve(),
    signal: NodeJS.Signals = "SIGTERM",
  ): Promise<Daemon> {
    await this.#daemon.stop(signal);
    await meanwhile();
    this.#daemon = await Daemon.start(this.lab, this.server, this.#ini, {}, [], this.#wrapper);
    return this.#daemon;
  }

  /** Starts the daemon anew with an edited configuration. */
  reconfigure(edit: (ini: string) => string): Promise<Daemon> {
    this.#ini = edit(this.#ini);
    return this.restart();
  }

  /** The server gets another address ("10.77.0.2") instead of its own; what is asked meanwhile gets no answer. */
  move(address: string): Promise<Daemon> {
    return this.restart(async () => {
      await this.server.must("ip", ["address", "flush", "dev", "eth0", "scope", "global"]);
      await this.server.must("ip", ["address", "add", `${address}/24`, "dev", "eth0"]);
    });
  }

  /** A new host on the switch, its interface eth0; without an address unless one ("10.77.0.7/24") is given. */
  async client(name: string, address?: string): Promise<Host> {
    const host = await this.lab.host(name);
    await this.network.connect(host, address);
    return host;
  }
}
