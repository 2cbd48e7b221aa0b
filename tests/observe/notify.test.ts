import t, { type Test } from "tap";
import { EventBus, type Event, type Machine } from "../../lib/events/event.js";
import { dgramNetwork } from "../../lib/os/udp.js";
import { Notifier } from "../../lib/observe/notify.js";
import { startUdpListener, type UdpListener } from "../support/udp-listener.js";
import { ip, mac, uuid } from "../support/values.js";

const UUID = uuid("12345678-abcd-ef00-1111-abcdefabcdef");
const ADDRESS = ip("192.168.1.100");
const MACHINE: Machine = { mac: mac("52-54-00-ab-cd-ef"), uuid: UUID, architecture: 0, kind: "pxe" };
const WITHOUT_UUID: Machine = { ...MACHINE, uuid: undefined, kind: "dhcp" };

function leased(machine: Machine, stage: "firmware" | "system", renewed = false): Event {
  return { kind: "dhcp-leased", machine, address: ADDRESS, stage, boot: undefined, renewed };
}

/** A bus whose events are told to some listeners. */
async function startBus(t: Test, listeners: readonly UdpListener[]): Promise<EventBus> {
  const events = new EventBus();
  const notifier = new Notifier(dgramNetwork, events);
  (await notifier.prepare(listeners.map(({ endpoint }) => endpoint))).commit();
  t.teardown(() => {
    notifier.stop();
  });
  return events;
}

await t.test("tells what happens to a machine, octet by octet as PyBootd did", async (t) => {
  const listener = await startUdpListener(t);
  const events = await startBus(t, [listener]);
  const cases: readonly (readonly [Event, string])[] = [
    [leased(MACHINE, "firmware"), "BOOT,12345678-abcd-ef00-1111-abcdefabcdef,52:54:00:AB:CD:EF,192.168.1.100"],
    [leased(MACHINE, "system"), "LEASE,12345678-abcd-ef00-1111-abcdefabcdef,52:54:00:AB:CD:EF,192.168.1.100"],
    [leased(WITHOUT_UUID, "system"), "LEASE,52:54:00:AB:CD:EF,192.168.1.100"],
    [leased(WITHOUT_UUID, "firmware"), "BOOT,52:54:00:AB:CD:EF,192.168.1.100"],
    [leased(MACHINE, "system", true), "LEASE,12345678-abcd-ef00-1111-abcdefabcdef,52:54:00:AB:CD:EF,192.168.1.100"],
    [
      { kind: "dhcp-released", machine: MACHINE, address: ADDRESS },
      "RELEASE,12345678-abcd-ef00-1111-abcdefabcdef,52:54:00:AB:CD:EF,192.168.1.100",
    ],
    [{ kind: "dhcp-released", machine: WITHOUT_UUID, address: ADDRESS }, "RELEASE,52:54:00:AB:CD:EF,192.168.1.100"],
  ];
  for (const [event, text] of cases) {
    events.publish(event);
    t.strictSame(await listener.next(), Buffer.from(text, "latin1"), text);
  }
});

await t.test("tells every listener, also when one is not there", async (t) => {
  const listeners = [await startUdpListener(t), await startUdpListener(t)];
  const gone = { endpoint: { address: ip("127.0.0.1"), port: 1 }, next: () => Promise.resolve(Buffer.alloc(0)) };
  const events = await startBus(t, [gone, ...listeners]);
  for (const stage of ["firmware", "system"] as const) {
    events.publish(leased(WITHOUT_UUID, stage));
    for (const listener of listeners) t.match(String(await listener.next()), /^(BOOT|LEASE),52:54:00:AB:CD:EF,/);
  }
});

await t.test("what is no boot, lease or release is not told", async (t) => {
  const listener = await startUdpListener(t);
  const events = await startBus(t, [listener]);
  events.publish({ kind: "dhcp-offered", machine: MACHINE, address: ADDRESS, boot: undefined });
  events.publish({ kind: "dhcp-refused", machine: MACHINE, address: ADDRESS, cause: { code: "not-free" } });
  events.publish({ kind: "dhcp-informed", machine: MACHINE, address: ADDRESS });
  events.publish({ kind: "dhcp-declined", machine: MACHINE, address: ADDRESS });
  events.publish({ kind: "dhcp-ignored", machine: MACHINE, cause: { code: "no-uuid" }, grave: false });
  events.publish(leased(WITHOUT_UUID, "system"));
  t.equal(String(await listener.next()), "LEASE,52:54:00:AB:CD:EF,192.168.1.100", "the first that comes");
});

await t.test("a notifier that was stopped tells nothing more", async (t) => {
  const listener = await startUdpListener(t);
  const events = new EventBus();
  const notifier = new Notifier(dgramNetwork, events);
  (await notifier.prepare([listener.endpoint])).commit();
  notifier.stop();
  events.publish(leased(MACHINE, "system"));
  const successor = await startBus(t, [listener]);
  successor.publish(leased(WITHOUT_UUID, "firmware"));
  t.equal(String(await listener.next()), "BOOT,52:54:00:AB:CD:EF,192.168.1.100", "the first that comes");
});
