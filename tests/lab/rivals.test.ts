/** Another DHCP server on the network is found when ours starts, whichever it is, at its defaults. */

import t from "tap";
import { Daemon } from "./support/daemon.js";
import { Lab, skipReason } from "./support/lab.js";
import { RIVALS } from "./support/rival-servers.js";

const INI = `[bootpd]
interface = eth0
pool_start = 10.77.0.100
[tftpd]
root = .
`;
const FOUND = /warning +another DHCP server, 10\.77\.0\.9, answers on eth0: machines take the first offer/;

/** Time limit in seconds for the first look to find a server; the second one comes after 48 seconds at the earliest. */
const FIRST_LOOK_SECONDS = 30;
/** A look lasts seven. */
const LOOK_SECONDS = 20;

t.setTimeout(240_000);

for (const [name, { command, start }] of Object.entries(RIVALS)) {
  const skip = skipReason({ root: true, tools: ["ip", "ss", command] }) ?? false;
  await t.test(name, { skip }, async (t) => {
    const lab = await Lab.open();
    t.teardown(() => lab.close());
    const [server, other] = [await lab.host("server"), await lab.host("other")];
    await lab.link(server, "10.77.0.1/24", other, "10.77.0.9/24");
    await start(lab, other);
    const daemon = await Daemon.start(lab, server, INI);
    await daemon.waitFor(FOUND, FIRST_LOOK_SECONDS);

    const listening = (): Promise<string> => server.must("ss", ["-Hulnp", "sport", "=", ":68"]);
    for (let waited = 0; waited < LOOK_SECONDS && (await listening()) !== ""; waited += 1) {
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
    t.equal(await listening(), "", "the clients' port is not open any more");
    t.equal(daemon.lines.filter((line) => FOUND.test(line)).length, 1, "it is told of once");
  });
}
