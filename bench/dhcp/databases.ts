/**
 * What each server's database holds of machines that had their leases before it was started, in its own form: asking for
 * as many leases first would take some servers minutes.
 */

import { createWriteStream } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { LmdbStore } from "../../lib/leases/store/lmdb-store.js";
import { parseIpv4 } from "../../lib/net/ipv4.js";
import { parseMac } from "../../lib/net/mac.js";
import { poolAddress, type Network } from "./network.js";
import { macOf } from "./perfdhcp.js";

/** Lease time in seconds; pybootd's default. */
export const LEASE_SECONDS = 86_400;

/** The machines that a server knows, and the network that they are on. */
export interface Known {
  readonly network: Network;
  /** A folder for what the server keeps. */
  readonly state: string;
  /** The first so many of perfdhcp's machines have leases. */
  readonly known: number;
}

/** The address of machine `index`: one that it would not get by asking, since those are given from the pool's beginning. */
export function knownAddress({ count }: Network, index: number): string {
  return poolAddress(count - 1 - index);
}

/** perfdhcp's client identifier: the type of the hardware address before it. */
function clientIdOf(mac: string): string {
  return `01:${mac}`;
}

async function writeLines(path: string, lines: Iterable<string>): Promise<void> {
  const file = createWriteStream(path);
  for (const line of lines) if (!file.write(line)) await once(file, "drain");
  file.end();
  await once(file, "close");
}

/** One text for each machine's lease. */
function* leasesAs(
  { network, known }: Known,
  line: (address: string, mac: string, ends: number) => string,
): Generator<string> {
  const ends = Math.floor(Date.now() / 1000) + LEASE_SECONDS;
  for (let index = 0; index < known; index++) yield line(knownAddress(network, index), macOf(index), ends);
}

/** Number of leases that are written before the first has to be on disk. */
const BATCH = 10_000;

/** Fills pybootd's database. */
export async function fillOwn({ network, state, known }: Known): Promise<void> {
  const { store } = await LmdbStore.open(join(state, "leases"));
  const starts = Date.now();
  for (let index = 0; index < known; index++) {
    const [address, mac] = [parseIpv4(knownAddress(network, index)), parseMac(macOf(index))];
    if (address === undefined || mac === undefined) throw new Error(`there is no machine ${index}`);
    const lease = { address, key: mac, mac, state: "bound", starts, ends: starts + LEASE_SECONDS * 1000 } as const;
    const kept = store.put(lease);
    if (index % BATCH === 0) await kept;
  }
  await store.close();
}

/** Writes dnsmasq's file of leases; returns its path. */
export async function fillDnsmasq(known: Known): Promise<string> {
  const path = join(known.state, "leases");
  const lines = leasesAs(known, (address, mac, ends) => `${ends} ${mac} ${address} * ${clientIdOf(mac)}\n`);
  await writeLines(path, lines);
  return path;
}

/** Writes dhcpd's file of leases; returns its path. */
export async function fillDhcpd(known: Known): Promise<string> {
  const path = join(known.state, "dhcpd.leases");
  const lines = leasesAs(known, (address, mac, ends) => {
    const uid = clientIdOf(mac).replace(/(..):?/g, "\\x$1");
    return `lease ${address} {
  starts epoch ${ends - LEASE_SECONDS};
  ends epoch ${ends};
  cltt epoch ${ends - LEASE_SECONDS};
  binding state active;
  next binding state free;
  hardware ethernet ${mac};
  uid "${uid}";
}
`;
  });
  await writeLines(path, lines);
  return path;
}

const KEA_COLUMNS =
  "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context\n";

/** Writes Kea's file of leases for a subnet with the number 1; returns its path. */
export async function fillKea(known: Known): Promise<string> {
  const path = join(known.state, "leases.csv");
  const leases = leasesAs(
    known,
    (address, mac, ends) => `${address},${mac},${clientIdOf(mac)},${LEASE_SECONDS},${ends},1,0,0,,0,\n`,
  );
  await writeLines(path, [KEA_COLUMNS, ...leases]);
  return path;
}
