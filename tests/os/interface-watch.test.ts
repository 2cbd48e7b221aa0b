import t from "tap";
import { InterfaceWatch, type AddressChange } from "../../lib/os/interface-watch.js";
import { HOST, interfaceWith } from "../support/configuration.js";
import { ManualClock } from "../support/manual-clock.js";

const MOVED = interfaceWith("eth0", "192.168.1.2/24");
const [LOOPBACK, FIRST, SECOND] = HOST;

await t.test("a change of this host's addresses is told once, soon", (t) => {
  const clock = new ManualClock();
  const changes: AddressChange[] = [];
  let now = HOST;
  const look = (): typeof HOST => {
    if (now.length === 0) throw new Error("no descriptor left");
    return [...now];
  };
  const watch = new InterfaceWatch(look, HOST, clock, (change) => changes.push(change));
  clock.advance(5000);
  t.strictSame(changes, []);
  now = [LOOPBACK, MOVED, SECOND].filter((entry) => entry !== undefined);
  clock.advance(1000);
  t.strictSame(changes, [{ now, gone: [FIRST], fresh: [MOVED] }]);
  clock.advance(5000);
  t.equal(changes.length, 1);

  now = [];
  clock.advance(5000);
  t.equal(changes.length, 1, "what cannot be looked at has not changed");
  now = [...HOST].reverse();
  clock.advance(1000);
  t.strictSame(changes[1], { now, gone: [MOVED], fresh: [FIRST] });

  const anew = interfaceWith("eth0", "192.168.1.1/24", 9);
  now = now.map((entry) => (entry === FIRST ? anew : entry));
  clock.advance(1000);
  t.strictSame(changes[2], { now, gone: [FIRST], fresh: [anew] }, "also of an interface that was made anew");
  watch.stop();
  t.equal(clock.pending, 0);
  t.end();
});
