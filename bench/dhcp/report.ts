/** The report of a run, as Markdown. */

import { preamble, type Circumstances } from "../report.js";
import type { BigSize } from "./big.js";
import { CURVE_RATE, type CurvePoint } from "./curve.js";
import { FRESH_RATE, type FreshOutcome } from "./fresh.js";
import { LATENCY_RATE, type LatencyOutcome } from "./latency.js";
import type { RateOutcome } from "./rates.js";
import { bigTable, costTable, curveTable, freshTable, latencyTable, rateTable } from "./tables.js";

export interface DhcpRun {
  readonly circumstances: Circumstances;
  readonly rates: readonly RateOutcome[];
  readonly latency: LatencyOutcome | undefined;
  readonly fresh: FreshOutcome | undefined;
  readonly big: readonly BigSize[] | undefined;
  readonly curve: readonly CurvePoint[] | undefined;
}

export function dhcpMarkdown({ circumstances: around, rates, latency, fresh, big, curve }: DhcpRun): string {
  const names = Object.keys(around.versions);
  const parts = [
    `# DHCP beside its peers: ${around.date}, ${around.commit}`,
    preamble(around, ["perfdhcp and server share all processors, unless --pin says otherwise"]),
    ...(rates.length === 0 ? [] : ["## Rates", rateTable(rates, names), costTable(rates, names)]),
    ...(latency === undefined
      ? []
      : [`## Waiting, at ${LATENCY_RATE} exchanges a second`, latencyTable(latency, names)]),
    ...(fresh === undefined ? [] : [`## Just started, at ${FRESH_RATE} exchanges a second`, freshTable(fresh, names)]),
    ...(big === undefined ? [] : ["## A million leases", bigTable(big)]),
    ...(curve === undefined ? [] : [`## The size of the pool, at ${CURVE_RATE} a second`, curveTable(curve)]),
  ];
  return parts.join("\n\n");
}
