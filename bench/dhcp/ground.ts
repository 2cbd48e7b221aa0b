/** The network of a measurement: a host for the DHCP server, one for perfdhcp, and a cable between them. */

import { chmod, mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { Lab, type Host } from "../../tests/lab/support/lab.js";
import type { Pinning } from "../options.js";
import type { Command } from "../participants.js";
import { pinned } from "../pinning.js";
import { LOAD } from "../paths.js";
import { knownAddress } from "./databases.js";
import type { Network } from "./network.js";
import type { DhcpParticipant } from "./participants.js";
import { DhcpServer } from "./server.js";

/** Length of the log's end that an error quotes, in characters. */
const LOG_END = 2000;

/** A server that was asked too much is asked for an address that often, until it offers one. */
const SETTLING_MICROSECONDS = 50_000;
const SETTLING_SECONDS = 20;

let grounds = 0;

export class Ground {
  private constructor(
    readonly lab: Lab,
    readonly network: Network,
    readonly server: Host,
    readonly client: Host,
    readonly interfaceName: string,
    /** The other end of the cable. */
    readonly clientInterface: string,
    readonly scratch: string,
    readonly pinning: Pinning,
  ) {}

  /** Makes hosts and cable in `lab`, which removes them. */
  static async open(lab: Lab, network: Network, pinning: Pinning | undefined): Promise<Ground> {
    const number = ++grounds;
    const [server, client] = [await lab.host(`server${number}`), await lab.host(`client${number}`)];
    const [own, other] = [`${network.server}/${network.bits}`, `${network.client}/${network.bits}`];
    const { interfaceA, interfaceB } = await lab.link(server, own, client, other);
    const scratch = join(lab.directory, `ground${number}`);
    await mkdir(scratch);
    // Servers that run as nobody must get there.
    await chmod(lab.directory, 0o755);
    return new Ground(lab, network, server, client, interfaceA, interfaceB, scratch, pinning ?? "none");
  }

  /** The folder of a server's state, its log and its configuration. */
  get state(): string {
    return join(this.scratch, "state");
  }

  /** Forgets what a server kept here, and configures one; the first `known` machines have leases. */
  async prepare(participant: DhcpParticipant, known = 0): Promise<Command> {
    await rm(this.state, { recursive: true, force: true });
    await mkdir(this.state);
    const { network, interfaceName, state, scratch } = this;
    return participant.prepare({ network, interfaceName, state, scratch, known });
  }

  /** Starts a server with what was kept here; returns once it answers. */
  launch(command: Command): Promise<DhcpServer> {
    return DhcpServer.start(this, pinned(command, "server", this.pinning));
  }

  /** Starts a server that knows of the leases of the first `known` machines, and of no others. */
  async start(participant: DhcpParticipant, known = 0): Promise<DhcpServer> {
    const server = await this.launch(await this.prepare(participant, known));
    if (known > 0) this.requireKnown(server);
    return server;
  }

  /** Throws where a server offered the first machine another address than the one it had. */
  requireKnown({ firstOffered }: DhcpServer): void {
    const expected = knownAddress(this.network, 0);
    if (firstOffered !== expected) throw new Error(`a machine was offered ${firstOffered}, and had ${expected}`);
  }

  /** Resolves when the server has answered all that it was asked, or forgotten it. */
  async settle(): Promise<void> {
    const { network, client } = this;
    const options = ["--server", network.server, "--relay", network.client, "--every", `${SETTLING_MICROSECONDS}`];
    await client.run(LOAD, ["first-offer", ...options, "--limit", `${SETTLING_SECONDS}`], {
      timeoutSeconds: SETTLING_SECONDS + 1,
    });
  }

  /** The end of the server's log. */
  async log(): Promise<string> {
    const text = await readFile(join(this.state, "log"), "utf8").catch(() => "");
    return text.slice(-LOG_END);
  }
}
