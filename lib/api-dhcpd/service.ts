import { asError } from "../common/error.js";
import type { Transaction } from "../common/transaction.js";
import { PlainPort } from "../http/plain-port.js";
import type { Service, ServiceParts } from "../service/service.js";
import { apiHandler } from "./handler.js";
import { answerQuery, type AnswerSources } from "./machine-answer.js";
import type { ApiSettings } from "./section.js";

/** The input of the service from the configuration. */
export interface ApiOrder {
  readonly config: { readonly settings: { readonly api: ApiSettings } };
}

/** The JSON API of api-dhcpd; it runs while the configuration enables it. */
export class ApiService implements Service<ApiOrder> {
  readonly #port: PlainPort;

  constructor({ events }: Pick<ServiceParts, "events">, sources: AnswerSources) {
    const onRequest = apiHandler(
      (query) => answerQuery(query, sources),
      (error) => {
        events.publish({ kind: "failed", where: "answering a query of the API", error: asError(error) });
      },
    );
    this.#port = new PlainPort({ events, onRequest, service: "The API", option: "[api] port" });
  }

  prepare({ config: { settings } }: ApiOrder): Promise<Transaction> {
    const { enable, address, port } = settings.api;
    return this.#port.prepare(enable ? { address, port } : undefined);
  }

  stop(): void {
    this.#port.stop();
  }
}
