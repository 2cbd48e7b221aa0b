/** A daemon whose disk is full reads its configuration again: what needs no room counts, what needs room is refused. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { makeRequest } from "../support/dhcp-packet.js";
import { askFrom } from "./support/ask-program.js";
import { Lab, skipReason } from "./support/lab.js";
import { SmallDisk } from "./support/small-disk.js";

const PROGRAM = fileURLToPath(new URL("../../bin/pybootd.js", import.meta.url));
/** Seconds that a reload may take on a busy host. */
const PATIENCE = 30;

const skip =
  skipReason({ root: true, tools: ["ip", "unshare", "nsenter", "mkfs.ext4", "mount", "truncate", "find"] }) ?? false;

const ini = (folder: string, count: number, cache: string): string => `
[bootpd]
interface = eth0
allow_simple_dhcp = yes
pool_start = 10.77.0.100
pool_count = ${count}

[daemon]
user = root
state_dir = ${folder}/state

[cache]
disk = ${folder}/${cache}

[tftpd]
root = ${folder}
`;

t.setTimeout(180_000);

await t.test("the daemon takes the configuration, or keeps the former one and answers on", { skip }, async (t) => {
  const lab = await Lab.open();
  t.teardown(() => lab.close());
  const [server, machine] = [await lab.host("server"), await lab.host("machine")];
  await lab.link(server, "10.77.0.1/24", machine, "10.77.0.2/24");
  await machine.must("ip", ["route", "add", "255.255.255.255", "dev", "eth0"]);
  const disk = await SmallDisk.open(lab, server, "ext4");
  const file = join(lab.directory, "pybootd.ini");
  writeFileSync(file, ini(disk.folder, 10, "cache"));
  const daemon = disk.start(process.execPath, [PROGRAM, "-c", file]);
  await daemon.waitFor(/\bready$/m, PATIENCE);
  /** @returns what the daemon says of it */
  const reload = async (text: string, last: RegExp): Promise<string> => {
    const from = daemon.output.length;
    writeFileSync(file, text);
    daemon.signal("SIGHUP");
    await daemon.waitFor(last, PATIENCE, from);
    return daemon.output.slice(from);
  };
  const isAnswered = async (): Promise<boolean> => {
    const discover = makeRequest({ flags: 0x8000, options: [[53, "01"]] });
    const [offer] = await askFrom(machine, { from: "0.0.0.0:68", to: "255.255.255.255:67" }, discover, 1);
    return offer !== undefined;
  };
  // On ext4 a new folder needs a block.
  await disk.fill(0);
  await reload(ini(disk.folder, 9, "cache"), /\(9 addresses\)/);
  t.ok(await isAnswered(), "what needs no room counts");

  const moved = ini(disk.folder, 8, "another-cache");
  const refused = await reload(moved, /everything stays as it is$/m);
  t.match(refused, /error +.*another-cache.*ENOSPC: no space left on device/);
  t.notMatch(refused, /^ +at /m, "no mistake of the program");
  t.ok(await isAnswered(), "the former configuration counts on");

  await disk.makeRoom();
  await reload(moved, /\(8 addresses\)/);
  t.ok(await isAnswered(), "with room the same configuration counts");
  t.equal(await daemon.stop(), 0);
});
