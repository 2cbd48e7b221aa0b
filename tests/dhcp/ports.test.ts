/** Which ports the DHCP side of a configuration opens. */

import t, { type Test } from "tap";
import { portsOf } from "../../lib/dhcp/settings.js";
import { loadText } from "../support/configuration.js";

const portNumbers = (t: Test, text: string): readonly number[] =>
  portsOf(loadText(t, text).settings).map(({ port }) => port);

const SERVER = "[bootpd]\npool_start = 192.168.1.100\n";
const ITEMS = "[menu]\nprompt = Choose\nOne = a.0\n";

await t.test("a server opens 4011 only where an answer of its can send a machine there", (t) => {
  t.strictSame(portNumbers(t, SERVER), [67]);
  t.strictSame(portNumbers(t, `${SERVER}pxe_style = bypass\n`), [67]);
  t.strictSame(portNumbers(t, `${SERVER}pxe_style = binl\n`), [67, 4011]);
  t.strictSame(portNumbers(t, `${SERVER}[profile p]\npxe_style = binl\n`), [67, 4011]);
  t.strictSame(portNumbers(t, `${SERVER}[profile p]\npxe_style = binl\nenable = no\n`), [67]);
  t.strictSame(portNumbers(t, SERVER + ITEMS), [67], "a menu with one item is none");
  t.strictSame(portNumbers(t, `${SERVER}${ITEMS}Two = b.0\n`), [67, 4011]);
  t.end();
});

await t.test("a proxy opens both, and only 4011 where another daemon has 67", (t) => {
  t.strictSame(portNumbers(t, "[bootpd]\nmode = auto-proxy\n"), [67, 4011]);
  t.strictSame(portNumbers(t, "[bootpd]\nmode = auto-proxy\nport67 = no\npxe_port = 4012\n"), [4012]);
  t.end();
});
