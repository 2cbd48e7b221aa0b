/** A network of `[subnet NAME]` is that of an interface which DHCP does not serve. */

import t, { type Test } from "tap";
import { HOST, interfaceWith, loadText } from "../support/configuration.js";

const SUBNET = "[subnet lab]\npool_start = 10.20.0.100\npool_count = 5\nnetwork = 10.20.0.0/16\n";

/** The warnings about `[subnet lab]` of a text; the file is called `FILE`. */
function warningsOf(t: Test, bootpd: string, interfaces = HOST): readonly string[] {
  const { file, warnings } = loadText(t, `[bootpd]\n${bootpd}\n${SUBNET}[tftpd]\nroot = .\n`, { interfaces });
  return warnings.map((warning) => warning.replaceAll(file, "FILE"));
}

await t.test("the line of the network is told, and what [bootpd] interface lacks", (t) => {
  const warning = (line: number): string =>
    `FILE:${line} [subnet lab] network: 10.20.0.0/16 is the network of eth1, which [bootpd] interface does not name: machines there are answered only through a relay agent (did you mean interface = eth0; eth1?)`;
  t.strictSame(warningsOf(t, "pool_start = 192.168.1.100"), [warning(6)]);
  t.strictSame(warningsOf(t, "pool_start = 192.168.1.100\ninterface = eth0"), [warning(7)]);
  t.strictSame(warningsOf(t, "mode = auto-proxy\ninterface = eth0"), [warning(7)]);
  t.end();
});

await t.test("a network that is served or behind a relay agent is in order", (t) => {
  t.strictSame(warningsOf(t, "pool_start = 192.168.1.100\ninterface = eth0; eth1"), []);
  t.strictSame(warningsOf(t, "mode = auto-proxy"), []);
  const elsewhere = [interfaceWith("eth0", "192.168.1.1/24"), interfaceWith("eth1", "10.21.0.1/16")];
  t.strictSame(warningsOf(t, "pool_start = 192.168.1.100", elsewhere), []);
  t.end();
});
