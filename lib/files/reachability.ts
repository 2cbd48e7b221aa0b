import type { Event } from "../events/event.js";
import type { Clock } from "../common/clock.js";

/** An event that a mirror became unreachable, or reachable again. */
export type MirrorNotice = Extract<Event, { kind: "mirror-away" | "mirror-back" }>;

/** The state of a mirror. */
interface Known {
  /** Time of the last answer, in the clock's milliseconds. */
  answered: number;
  /** Start of the outage; undefined where there is none. */
  awaySince: number | undefined;
}

/** Statuses by which a proxy reports that it cannot reach the server (RFC 9110 15.5.8, 15.6.3 to 15.6.5). */
const PROXY_FAILURES = [407, 502, 503, 504];

/** Reports the start and the end of each outage of a mirror once, however many requests it affects. */
export class Reachability {
  readonly #clock: Pick<Clock, "now">;
  readonly #tell: (notice: MirrorNotice) => void;
  readonly #environment: NodeJS.ProcessEnv;
  /** By origin; bounded by the number of mirrors in the configuration. */
  readonly #known = new Map<string, Known>();

  constructor(
    clock: Pick<Clock, "now">,
    tell: (notice: MirrorNotice) => void,
    environment: NodeJS.ProcessEnv = process.env,
  ) {
    this.#clock = clock;
    this.#tell = tell;
    this.#environment = environment;
  }

  /**
   * Records the start of a request.
   *
   * @returns a function to call when it ends, with the status of the answer or the error
   */
  begin({ origin, protocol }: URL): (result: number | Error) => void {
    const begun = this.#clock.now();
    const known = this.#known.get(origin) ?? { answered: -Infinity, awaySince: undefined };
    this.#known.set(origin, known);
    return (result) => {
      const proxy = proxyFor(protocol, this.#environment);
      const failed = typeof result !== "number" || (proxy !== undefined && PROXY_FAILURES.includes(result));
      if (!failed) this.#answered(origin, known);
      // A failed request that started before the last answer says nothing new.
      else if (known.awaySince === undefined && begun >= known.answered) {
        known.awaySince = this.#clock.now();
        const reason = typeof result === "number" ? `the proxy answered ${result}` : reasonOf(result);
        this.#tell({ kind: "mirror-away", origin, reason, cure: cureFor(result, proxy) });
      }
    };
  }

  #answered(origin: string, known: Known): void {
    const { awaySince } = known;
    const now = this.#clock.now();
    known.answered = now;
    known.awaySince = undefined;
    if (awaySince === undefined) return;
    this.#tell({ kind: "mirror-back", origin, seconds: (now - awaySince) / 1000 });
  }
}

/** Returns the reason why a request failed. A host name with several addresses may have one reason for each. */
export function reasonOf(error: Error): string {
  const causes = error instanceof AggregateError ? error.errors.map((each) => messageOf(each)) : [];
  return error.message || [...new Set(causes)].join("; ") || error.name;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function cureFor(result: number | Error, proxy: Proxy | undefined): string {
  const code = typeof result === "number" ? "" : String((result as NodeJS.ErrnoException).code);
  if (/CERT|SELF_SIGNED|UNABLE_TO_/.test(code)) {
    return "check its certificate; NODE_EXTRA_CA_CERTS names the file of an authority of your own";
  }
  if (proxy !== undefined) return `check the proxy that ${proxy.variable} names, ${proxy.host}, and no_proxy`;
  const what = /^(?:ENOTFOUND|EAI_)/.test(code) ? "check this host's DNS" : "check this host's way to it";
  return `${what}; where a proxy leads there, set http_proxy in the daemon's environment (sudo and systemd pass on none)`;
}

interface Proxy {
  readonly variable: string;
  /** Host and port, without credentials. */
  readonly host: string;
}

/** Returns the proxy that the environment names for a protocol. */
function proxyFor(protocol: string, environment: NodeJS.ProcessEnv): Proxy | undefined {
  const names = ["http_proxy", "HTTP_PROXY"];
  const variables = protocol === "https:" ? ["https_proxy", "HTTPS_PROXY", ...names] : names;
  const variable = variables.find((name) => (environment[name] ?? "") !== "");
  if (variable === undefined) return undefined;
  const text = environment[variable] ?? "";
  return { variable, host: URL.canParse(text) ? new URL(text).host : "which is no URL" };
}
