/** The contract of every source of hosts. */

import type { Test } from "tap";
import { describeOrigins, keysOf, type Host } from "../../lib/inventory/host.js";
import type { HostSource } from "../../lib/inventory/source.js";
import { formatIpv4 } from "../../lib/net/ipv4.js";
import { clientId, mac } from "../support/values.js";

/** A machine that a source is to know: its name (a MAC address, or `id:` and hexadecimal) and what is known of it. */
export interface KnownMachine {
  readonly name: string;
  readonly address: string;
  readonly hostName?: string;
}

/** The machines of the suite. */
export const MACHINES: readonly KnownMachine[] = [
  { name: "52:54:00:00:00:01", address: "192.168.1.21", hostName: "one" },
  { name: "52:54:00:00:00:02", address: "192.168.1.22" },
  { name: "id:006e6f6465", address: "192.168.1.23", hostName: "three" },
];

/**
 * The suite that each implementation of {@link HostSource} passes.
 *
 * @param make a source that knows these machines
 * @param waits whether it has to ask somebody, so that its answers come later
 */
export async function runHostSourceTests(
  t: Test,
  make: (t: Test, machines: readonly KnownMachine[]) => HostSource | Promise<HostSource>,
  waits = false,
): Promise<void> {
  const open = async (t: Test, machines = MACHINES): Promise<HostSource> => {
    const source = await make(t, machines);
    t.teardown(() => source.close());
    return source;
  };
  const nobody = mac("52-54-00-00-00-99");

  await t.test("finds a machine by its hardware address, and by its client identifier", async (t) => {
    const source = await open(t);
    t.match(await source.find({ mac: mac("52-54-00-00-00-01"), clientId: undefined }), { hostName: "one" });
    t.match(await source.find({ mac: nobody, clientId: clientId("id:006e6f6465") }), { hostName: "three" });
  });

  await t.test("a client identifier counts before a hardware address; an unknown one does not matter", async (t) => {
    const source = await open(t);
    t.match(await source.find({ mac: mac("52-54-00-00-00-01"), clientId: clientId("id:006e6f6465") }), {
      hostName: "three",
    });
    t.match(await source.find({ mac: mac("52-54-00-00-00-01"), clientId: clientId("id:0000") }), { hostName: "one" });
  });

  await t.test("does not know others", async (t) => {
    const source = await open(t);
    t.equal(await source.find({ mac: nobody, clientId: undefined }), undefined);
    t.equal(await source.find({ mac: nobody, clientId: clientId("id:006e6f6466") }), undefined);
    t.strictSame([...(await open(t, [])).known()], []);
  });

  await t.test("names the machines with an address, each as it is found, and says where they are from", async (t) => {
    const source = await open(t);
    const reserved = hostsOf(source).filter(({ address }) => address !== undefined);
    t.strictSame(
      reserved.map((host) => [keysOf(host), addressOf(host)]).sort(),
      MACHINES.map(({ name, address }) => [[name], address]).sort(),
    );
    for (const host of reserved) {
      const found = await source.find({ mac: host.macs[0] ?? nobody, clientId: host.clientId });
      t.strictSame(found, host);
      t.match(describeOrigins(host), /./);
    }
  });

  await t.test("tells of all machines that it knows by now, as far as it knows them", async (t) => {
    const source = await open(t);
    const names = hostsOf(source).map((host) => [keysOf(host), addressOf(host)]);
    t.strictSame(names.sort(), MACHINES.map(({ name, address }) => [[name], address]).sort());
    t.strictSame([...(await open(t, [])).known()], []);
  });

  await t.test(waits ? "answers later" : "answers at once", async (t) => {
    const source = await open(t);
    const answer = source.find({ mac: mac("52-54-00-00-00-01"), clientId: undefined });
    t.equal(answer instanceof Promise, waits);
    await answer;
  });

  await t.test("listeners may leave, once or twice, and the source may be closed", async (t) => {
    const source = await open(t);
    const leave = source.onChange(() => {
      t.fail("nothing changed");
      return [];
    });
    leave();
    leave();
    await source.close();
  });
}

function hostsOf(source: HostSource): readonly Host[] {
  return [...source.known()].map(({ host }) => host);
}

function addressOf({ address }: Host): string | undefined {
  return address === undefined ? undefined : formatIpv4(address);
}
