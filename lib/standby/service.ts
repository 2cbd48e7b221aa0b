import { onCommit, prepareAll, type Transaction } from "../common/transaction.js";
import type { Duty } from "../dhcp/duty.js";
import { pathOf, sendNotFound, sendStatus } from "../http/plain-answers.js";
import { PlainPort } from "../http/plain-port.js";
import type { Inventory } from "../inventory/source.js";
import type { Endpoint } from "../os/udp.js";
import type { Service, ServiceParts } from "../service/service.js";
import type { RequestListener } from "node:http";
import { Health } from "./health.js";
import { MasterWatch } from "./master-watch.js";
import { pingMaster } from "./ping.js";
import { heartbeatOf, masterOf, type StandbyConfig } from "./settings.js";

/** The input of the service from the configuration. */
export interface StandbyOrder {
  readonly config: StandbyConfig;
}

/** The heartbeat that this server gives to its standby, and the watch over the master whose standby it is. */
export class StandbyService implements Service<StandbyOrder> {
  readonly #parts: Pick<ServiceParts, "clock" | "events">;
  readonly #health: Health;
  readonly #port: PlainPort;
  #watch: MasterWatch | undefined;
  #isRehearsal = false;
  /** Whether DHCP answers now. */
  readonly duty: Duty;

  /** @param inventory without which this server cannot serve */
  constructor({ clock, events }: Pick<ServiceParts, "clock" | "events">, inventory: Pick<Inventory, "state">) {
    this.#parts = { clock, events };
    this.#health = new Health(clock, events, inventory);
    const onRequest = heartbeat(() => !this.#isRehearsal && this.#health.trouble === undefined);
    this.#port = new PlainPort({ events, onRequest, service: "The heartbeat", option: "[bootpd] heartbeat_port" });
    const watch = (): MasterWatch | undefined => this.#watch;
    this.duty = {
      get silence() {
        return watch()?.silence;
      },
    };
  }

  prepare({ config }: StandbyOrder): Promise<Transaction> {
    const goByIt = (): void => {
      this.#isRehearsal = config.settings.bootpd.dry_run;
      this.#watchOver(masterOf(config));
    };
    return prepareAll([() => this.#port.prepare(heartbeatOf(config)), () => onCommit(goByIt)]);
  }

  stop(): void {
    this.#watch?.stop();
    this.#port.stop();
    this.#health.stop();
  }

  #watchOver(master: Endpoint | undefined): void {
    if (master !== undefined && this.#watch?.watches(master) === true) return;
    this.#watch?.stop();
    const { clock, events } = this.#parts;
    const ping = (asked: Endpoint): Promise<void> => pingMaster(asked, clock);
    this.#watch = master && new MasterWatch(master, { clock, events, ping });
    this.#watch?.start();
  }
}

/** Answers `GET /ping` as api-dhcpd's daemon: 200 without a body; 503 where this server cannot serve. */
function heartbeat(canServe: () => boolean): RequestListener {
  return (request, response) => {
    if (pathOf(request.url) !== "/ping") sendNotFound(response);
    else if (request.method !== "GET") sendStatus(response, 405);
    else sendStatus(response, canServe() ? 200 : 503);
  };
}
