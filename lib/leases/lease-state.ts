import { Refusal } from "../common/refusal.js";
import type { ControlServer } from "../control/server.js";
import type { MachineTable } from "../machine/records.js";
import type { ServiceParts } from "../service/service.js";
import type { Allocation } from "./allocation.js";
import { serveLeases } from "./lease-control.js";
import type { Lease } from "./lease.js";
import { openAllocation } from "./open-allocation.js";
import { openControl, type ControlConfig } from "./open-control.js";

/** The leases of a daemon: who has which address, and the control socket that serves operators. */
export class LeaseState {
  readonly allocation: Allocation;
  readonly #control: ControlServer | undefined;
  readonly #endServing: () => void;

  private constructor(allocation: Allocation, control: ControlServer | undefined) {
    this.allocation = allocation;
    this.#control = control;
    this.#endServing = control === undefined ? () => undefined : serveLeases(control, allocation);
  }

  /**
   * Opens the leases of a configuration for this process alone.
   *
   * @param machines the records that name a machine whose lease an operator ends
   * @throws {StartError} where they cannot be opened, or another process uses them
   */
  static async open(config: ControlConfig, parts: ServiceParts, machines: MachineTable): Promise<LeaseState> {
    const { clock, events, log } = parts;
    // The socket locks the state: open it before touching anything else.
    const control = await openSocket(config, parts);
    try {
      const onReleased = ({ mac, address }: Lease): void => {
        const { uuid, architecture } = machines.get(mac);
        const machine = { mac, uuid, architecture, kind: "dhcp" } as const;
        events.publish({ kind: "dhcp-released", machine, address, byOperator: true });
      };
      const { allocation, alarm } = await openAllocation(config, clock, onReleased);
      if (alarm !== undefined) log.say("critical", alarm);
      return new LeaseState(allocation, control);
    } catch (error) {
      await control?.close();
      throw error;
    }
  }

  /** Resolves when all is on disk and another process may open it. */
  async close(): Promise<void> {
    this.#endServing();
    await this.allocation.close();
    await this.#control?.close();
  }
}

async function openSocket(
  config: ControlConfig,
  { clock, events, log }: ServiceParts,
): Promise<ControlServer | undefined> {
  const control = await openControl(config, clock, (error) => {
    events.publish({ kind: "failed", where: "answering on the control socket", error });
  });
  if (!(control instanceof Refusal)) return control;
  log.say("info", `pybootd leases cannot ask this daemon: ${control.cause}`);
  return undefined;
}
