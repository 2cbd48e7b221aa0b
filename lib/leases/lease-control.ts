import { ControlClient } from "../control/client.js";
import { ControlRefusal } from "../control/protocol.js";
import type { ControlServer } from "../control/server.js";
import { formatCsv, parseCsv } from "./import/csv.js";
import { readAddress } from "./import/imported.js";
import type { LeaseAdmin } from "./lease-admin.js";
import type { Lease } from "./lease.js";
import { formatIpv4, type Ipv4 } from "../net/ipv4.js";

/** The names of the commands on the control socket. */
const LIST = "leases list";
const RELEASE = "leases release";
const IMPORT = "leases import";

/** Approximate number of octets of leases in one line, and of a lease without its names. */
const CHUNK = 64 * 1024;
const OVERHEAD = 200;

const UNREADABLE = "the answer cannot be read; does another version run?";

/**
 * Serves lease commands on a control socket. Leases are transferred as the tables of `pybootd leases export`.
 *
 * @returns a function that unregisters the commands
 */
export function serveLeases(control: ControlServer, admin: LeaseAdmin): () => void {
  const ends = [
    control.register(LIST, () => tablesOf(admin.list())),
    control.register(RELEASE, async function* (argument) {
      const address = typeof argument === "string" ? readAddress(argument) : undefined;
      if (address === undefined) throw new ControlRefusal("expected an IPv4 address to release");
      const released = await admin.release(address);
      yield typeof released === "string" ? { reason: released } : formatCsv([released]);
    }),
    control.register(IMPORT, async function* (argument) {
      const reasons = await admin.import(leasesIn(argument));
      yield reasons.map((reason) => reason ?? null);
    }),
  ];
  return () => {
    for (const end of ends) end();
  };
}

/** The leases of a running daemon, over its control socket. */
export class DaemonLeaseAdmin implements LeaseAdmin {
  readonly #client: ControlClient;

  /** @param client the connection; closed by {@link close} */
  constructor(client: ControlClient) {
    this.#client = client;
  }

  async *list(): AsyncIterable<Lease> {
    for await (const item of this.#client.ask(LIST)) yield* leasesIn(item);
  }

  async release(address: Ipv4): Promise<Lease | string> {
    const item = await this.#one(RELEASE, formatIpv4(address));
    if (typeof item === "object" && item !== null && "reason" in item) return String(item.reason);
    const [lease] = leasesIn(item);
    if (lease === undefined) throw new ControlRefusal(UNREADABLE);
    return lease;
  }

  async import(leases: readonly Lease[]): Promise<readonly (string | undefined)[]> {
    const all: (string | undefined)[] = [];
    for await (const table of tablesOf(leases)) {
      const reasons = await this.#one(IMPORT, table);
      if (!Array.isArray(reasons)) throw new ControlRefusal(UNREADABLE);
      all.push(...reasons.map((reason) => (typeof reason === "string" ? reason : undefined)));
    }
    return all;
  }

  /** Sends a command with a single-item answer. */
  async #one(command: string, argument: unknown): Promise<unknown> {
    let last: unknown;
    for await (const item of this.#client.ask(command, argument)) last = item;
    return last;
  }

  close(): Promise<void> {
    this.#client.close();
    return Promise.resolve();
  }
}

/** Splits leases into tables short enough for a line. */
async function* tablesOf(leases: Iterable<Lease> | AsyncIterable<Lease>): AsyncIterable<string> {
  let chunk: Lease[] = [];
  let length = 0;
  for await (const lease of leases) {
    chunk.push(lease);
    length += OVERHEAD + lease.key.length + (lease.hostName ?? "").length;
    if (length < CHUNK) continue;
    yield formatCsv(chunk);
    chunk = [];
    length = 0;
  }
  if (chunk.length > 0) yield formatCsv(chunk);
}

/** @throws {ControlRefusal} where the item is no table of leases */
function leasesIn(item: unknown): readonly Lease[] {
  const { leases, problems } = parseCsv(typeof item === "string" ? item : "");
  const [problem] = problems;
  if (problem === undefined) return leases;
  throw new ControlRefusal(`leases cannot be read: expected ${problem.expected}, got ${problem.got}`);
}
