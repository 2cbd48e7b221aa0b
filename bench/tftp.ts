/** `npm run bench:tftp`: pybootd beside its peers; see bench/README.md. */

import { mayMakeNamespaces } from "../tests/lab/support/tools.js";
import { Field } from "./field.js";
import { allIntact, buildLoad } from "./load.js";
import { checkOnly, isWanted, isWhole, PEERS, readOptions, USAGE, type Options, type Peer } from "./options.js";
import { makeParticipants, SUBJECT, type Participant } from "./participants.js";
import { checkTools, MissingError } from "./peer-programs.js";
import { takeProfile } from "./profile.js";
import { runQuiet } from "./quiet.js";
import { READING_CASES } from "./reading-cases.js";
import { runReadingCase } from "./reading.js";
import { circumstances, markdown, writeReport, type Run } from "./report.js";
import { run } from "./run.js";
import { runStorms, STORMS } from "./storm.js";

const QUIET = "start";

function tell(line: string): void {
  console.error(line);
}

const NAMES = [...READING_CASES.map(({ name }) => name), ...STORMS.map((readers) => `storm-${readers}`), QUIET];

/** Whether every octet that was asked of pybootd arrived, and every machine was offered an address. */
function sound({ reading, storms }: Run): boolean {
  const read = reading.every(({ rounds }) => (rounds[SUBJECT] ?? []).every(({ load }) => allIntact(load)));
  return read && storms.every(({ load, dhcp }) => allIntact(load) && dhcp.answered === dhcp.asked);
}

async function measure(options: Options<Peer>, participants: readonly Participant[]): Promise<Run> {
  const wanted = (name: string): boolean => isWanted(options, name);
  const around = await circumstances(options, participants);
  const field = await Field.open(participants);
  const tellProfile = (name: string): void => {
    if (options.profile)
      tell([`\nself time of ${SUBJECT} in ${name}:`, ...takeProfile(field.scratch(SUBJECT))].join("\n"));
  };
  try {
    const reading = [];
    for (const what of READING_CASES.filter(({ name }) => wanted(name))) {
      reading.push(await runReadingCase(field, what, participants, options, tell));
      tellProfile(what.name);
    }
    const storms = await runStorms(field, options, wanted, tell);
    if (storms.length > 0) tellProfile("the storms");
    const quiet = wanted(QUIET) ? await runQuiet(field, participants, options, tell) : undefined;
    return { circumstances: around, reading, storms, quiet };
  } finally {
    await field.close();
  }
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), PEERS);
  checkOnly(options.only, NAMES);
  if (!mayMakeNamespaces())
    throw new MissingError("This needs root, to make network namespaces: sudo npm run bench:tftp");
  checkTools(options.peers);
  await buildLoad();
  const run = await measure(options, await makeParticipants(options));
  console.log(`\n${markdown(run)}`);
  if (isWhole(options, PEERS)) console.log(`\nwritten to ${await writeReport(run)}`);
  if (!sound(run)) {
    tell("\nNot everything arrived.");
    process.exitCode = 1;
  }
}

await run(USAGE, main);
