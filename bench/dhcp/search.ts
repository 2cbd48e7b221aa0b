/** Looking for the highest rate that a server sustains. */

/** The share of requests that must be answered. */
export const ANSWERED = 0.99;

/** The search ends when the best rate that was sustained and the least that was not are that close. */
const CLOSE = 1.05;

/** Or when so many rates were tried. */
const MOST_PROBES = 8;

const LEAST_RATE = 20;
const MOST_RATE = 100_000;

/** The result of a rate that was tried for some seconds. */
export interface Probe {
  /** The rate that was asked for, and the one that was reached, in exchanges per second. */
  readonly asked: number;
  readonly reached: number;
  /** Whether the server answered nearly all that was sent. */
  readonly sustained: boolean;
  /** Whether perfdhcp sent as much as it was asked to. */
  readonly delivered: boolean;
  /** CPU time of the server per complete exchange. */
  readonly cpuMicroseconds: number;
}

export interface Best {
  /** Exchanges a second; 0 where no rate was sustained. */
  readonly rate: number;
  readonly cpuMicroseconds: number;
  /** The bottleneck: the server, or perfdhcp, which could not send more. */
  readonly limit: "server" | "perfdhcp";
  readonly probes: readonly Probe[];
}

/** A rate to begin with, and by what factor the next is higher, or lower, until the limit is between two. */
export interface Beginning {
  readonly rate: number;
  readonly step: number;
}

/** Goes up or down (by `step`) from a rate on until the limit is between two, then takes their geometric middle. */
export async function findBest(
  probe: (rate: number) => Promise<Probe>,
  { rate: first, step }: Beginning,
): Promise<Best> {
  const probes: Probe[] = [];
  let [low, high, rate] = [0, Infinity, first];
  while (rate >= LEAST_RATE && rate <= MOST_RATE && high / low > CLOSE && probes.length < MOST_PROBES) {
    const tried = await probe(Math.round(rate));
    probes.push(tried);
    if (tried.sustained && tried.delivered) low = rate;
    else high = rate;
    if (low === 0) rate = high / step;
    else rate = high === Infinity ? low * step : Math.sqrt(low * high);
  }
  return bestOf(probes);
}

/** Returns the best rate. Where perfdhcp sent less than asked and all was answered, it is a lower bound. */
function bestOf(probes: readonly Probe[]): Best {
  const answered = probes.filter(({ sustained }) => sustained);
  const best = answered.reduce<Probe | undefined>(
    (most, each) => (most === undefined || each.reached > most.reached ? each : most),
    undefined,
  );
  const limit = best?.delivered === false || probes.every(({ sustained }) => sustained) ? "perfdhcp" : "server";
  return { rate: best?.reached ?? 0, cpuMicroseconds: best?.cpuMicroseconds ?? 0, limit, probes };
}
