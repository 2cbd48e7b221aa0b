/** A switch of the lab: a host of its own whose bridge joins cables and the network cards of virtual machines. */

import { mustRun, type Host } from "./host.js";
import type { Lab } from "./lab.js";

const BRIDGE = "br0";

export class Switch {
  readonly #lab: Lab;

  private constructor(
    lab: Lab,
    /** Where the bridge is, and the place to run what has a tap device in it. */
    readonly host: Host,
  ) {
    this.#lab = lab;
  }

  /** A new switch, nothing plugged in. */
  static async open(lab: Lab, name = "switch"): Promise<Switch> {
    const made = new Switch(lab, await lab.host(name));
    // No spanning tree and no forwarding delay: a ROM gives up long before the default of 15 s has passed.
    await made.#ip("link", "add", BRIDGE, "type", "bridge", "stp_state", "0", "forward_delay", "0");
    await made.#ip("link", "set", BRIDGE, "up");
    return made;
  }

  /** A cable from `host`, which gets `address` ("10.77.0.1/24") where one is given. Returns the host's interface. */
  async connect(host: Host, address?: string): Promise<string> {
    const { interfaceA, interfaceB } = await this.#lab.link(host, address, this.host, undefined);
    await this.#ip("link", "set", interfaceB, "master", BRIDGE);
    return interfaceA;
  }

  /** A tap device in the bridge, for a virtual machine that is run on this.host. Returns its name. */
  async tap(): Promise<string> {
    const name = this.host.nextInterface();
    await this.#ip("tuntap", "add", "dev", name, "mode", "tap");
    await this.#ip("link", "set", name, "master", BRIDGE);
    await this.#ip("link", "set", name, "up");
    return name;
  }

  #ip(...args: string[]): Promise<string> {
    return mustRun("ip", ["-n", this.host.namespace, ...args]);
  }
}
