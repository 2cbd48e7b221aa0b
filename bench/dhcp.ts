/** `npm run bench:dhcp`: pybootd beside its peers; see bench/README.md. */

import { Lab } from "../tests/lab/support/lab.js";
import { mayMakeNamespaces } from "../tests/lab/support/tools.js";
import { BIG, runBig } from "./dhcp/big.js";
import { CURVE, runCurve } from "./dhcp/curve.js";
import { FRESH, runFresh } from "./dhcp/fresh.js";
import type { Ground } from "./dhcp/ground.js";
import { LATENCY, runLatency } from "./dhcp/latency.js";
import {
  DHCP_PEERS,
  makeDhcpParticipants,
  toolsFor,
  type DhcpParticipant,
  type DhcpPeer,
} from "./dhcp/participants.js";
import { openCrowd, openRoom, RATE_CASES, runRateCase } from "./dhcp/rates.js";
import { dhcpMarkdown, type DhcpRun } from "./dhcp/report.js";
import { buildLoad } from "./load.js";
import { checkOnly, isWanted, isWhole, readOptions, type Options } from "./options.js";
import { SUBJECT } from "./participants.js";
import { MissingError, requireTools } from "./peer-programs.js";
import { takeProfile } from "./profile.js";
import { circumstances, writeResults } from "./report.js";
import { run } from "./run.js";

const CASES = [...RATE_CASES.map(({ name }) => name), LATENCY, FRESH, BIG, CURVE];

const USAGE = `npm run bench:dhcp -- [options]

  --rounds N         so many rounds of each case; medians are told (5)
  --quick            one round with little to do, to see that all works; its figures mean nothing
  --only NAME,…      only these cases: ${CASES.join(", ")}
  --peers NAME,…     the peers to measure beside: ${DHCP_PEERS.join(", ")} (all)
  --build NAME=PATH  another pybootd.js to measure in the same run; may be repeated
  --pin HOW          apart: servers on one processor, perfdhcp on the next; none: wherever the system puts them (none)
  --profile          run pybootd with a CPU profiler and tell where the time goes (it is slower then)

A whole run (without --quick, --only, --peers, --build, --pin or --profile) is written to bench/results.
`;

function tell(line: string): void {
  console.error(line);
}

async function measure(
  lab: Lab,
  options: Options,
  participants: readonly DhcpParticipant[],
): Promise<Omit<DhcpRun, "circumstances">> {
  const [rooms, crowds] = [new Map<DhcpParticipant, Ground>(), new Map<DhcpParticipant, Ground>()];
  for (const participant of participants) {
    rooms.set(participant, await openRoom(lab, options.pin));
    crowds.set(participant, await openCrowd(lab, options.pin));
  }
  const tellProfile = (name: string, grounds: ReadonlyMap<DhcpParticipant, Ground>): void => {
    const [subject] = grounds.values();
    if (!options.profile || subject === undefined) return;
    tell([`\nself time of ${SUBJECT} in ${name}:`, ...takeProfile(subject.scratch)].join("\n"));
  };
  const rates = [];
  for (const what of RATE_CASES.filter(({ name }) => isWanted(options, name))) {
    const grounds = what.machines === "known" ? rooms : crowds;
    rates.push(await runRateCase(grounds, what, options, tell));
    tellProfile(what.name, grounds);
  }
  const latency = isWanted(options, LATENCY) ? await runLatency(rooms, options, tell) : undefined;
  if (latency !== undefined) tellProfile(LATENCY, rooms);
  const fresh = isWanted(options, FRESH) ? await runFresh(rooms, options, tell) : undefined;
  if (fresh !== undefined) tellProfile(FRESH, rooms);
  const big = isWanted(options, BIG) ? await runBig(lab, options, tell) : undefined;
  const curve = isWanted(options, CURVE) ? await runCurve(lab, options, tell) : undefined;
  return { rates, latency, fresh, big, curve };
}

/** Whether everything that was to be measured of pybootd could be. */
function sound({ rates, latency, fresh, big = [], curve }: DhcpRun): boolean {
  const answered = rates.every(({ rounds }) => (rounds[SUBJECT] ?? []).every(({ rate }) => rate > 0));
  const complete = (latency?.[SUBJECT] ?? []).every((round) => round.complete > 0);
  const begun = (fresh?.[SUBJECT] ?? []).every((round) => round.complete > 0);
  const costs = (curve ?? []).flatMap(({ offers, leases }) => [...offers, ...leases]);
  const stored = big.every(({ rounds }) => rounds.every(({ best }) => best.rate > 0));
  return answered && complete && begun && stored && costs.every((cost) => cost.answered > 0);
}

async function main(): Promise<void> {
  const options: Options<DhcpPeer> = readOptions(process.argv.slice(2), DHCP_PEERS);
  checkOnly(options.only, CASES);
  if (!mayMakeNamespaces())
    throw new MissingError("This needs root, to make network namespaces: sudo npm run bench:dhcp");
  requireTools(toolsFor(options.peers));
  await buildLoad();
  const participants = await makeDhcpParticipants(options);
  const around = await circumstances(options, participants);
  const lab = await Lab.open();
  try {
    const run: DhcpRun = { circumstances: around, ...(await measure(lab, options, participants)) };
    const report = dhcpMarkdown(run);
    console.log(`\n${report}`);
    if (isWhole(options, DHCP_PEERS)) console.log(`\nwritten to ${await writeResults(around, report, run, "-dhcp")}`);
    if (!sound(run)) {
      tell("\nNot everything could be measured.");
      process.exitCode = 1;
    }
  } finally {
    await lab.close();
  }
}

await run(USAGE, main);
