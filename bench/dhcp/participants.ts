/** The DHCP servers that are measured: how each is started. What a server does unless told otherwise, it does here. */

import { copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { packageVersion } from "../../lib/common/package.js";
import { runCommand } from "../../tests/lab/support/host.js";
import type { Options } from "../options.js";
import { profiling, SUBJECT, type Command } from "../participants.js";
import { PROGRAM } from "../paths.js";
import { fillDhcpd, fillDnsmasq, fillKea, fillOwn, LEASE_SECONDS, type Known } from "./databases.js";

export const DHCP_PEERS = ["kea-dhcp4", "dnsmasq", "dhcpd"] as const;
export type DhcpPeer = (typeof DHCP_PEERS)[number];

export interface Place extends Known {
  /** The server's interface. */
  readonly interfaceName: string;
  /** A folder for what outlasts that: CPU profiles. */
  readonly scratch: string;
}

export interface DhcpParticipant {
  readonly name: string;
  readonly version: string;
  /** In exchanges a second: where a search for what it sustains begins. */
  readonly likelyRate: number;
  /** Writes the configuration, and the leases there are; returns the command that serves in the foreground and logs to standard error or output. */
  prepare(place: Place): Promise<Command>;
}

type Prepare = DhcpParticipant["prepare"];

/**
 * A copy of an installed program: Debian's AppArmor profiles go by its path, and let it neither read nor write in the
 * benchmark's folders.
 */
async function copied(program: string, folder: string): Promise<string> {
  const path = join(folder, program.slice(program.lastIndexOf("/") + 1));
  await copyFile(program, path);
  return path;
}

const prepareKea: Prepare = async (place) => {
  const { network, interfaceName, state } = place;
  const config = {
    Dhcp4: {
      // ISC advises this for relayed traffic; it is the faster one.
      "interfaces-config": { interfaces: [interfaceName], "dhcp-socket-type": "udp" },
      "lease-database": { type: "memfile", persist: true, name: await fillKea(place) },
      "multi-threading": { "enable-multi-threading": true },
      "valid-lifetime": LEASE_SECONDS,
      subnet4: [
        {
          id: 1,
          subnet: `${network.subnet}/${network.bits}`,
          pools: [{ pool: `${network.first} - ${network.last}` }],
          "option-data": [{ name: "routers", data: network.server }],
        },
      ],
      // Debian's own configuration has this too.
      loggers: [{ name: "kea-dhcp4", output_options: [{ output: "stdout" }], severity: "INFO" }],
    },
  };
  const path = join(state, "kea.json");
  await writeFile(path, JSON.stringify(config));
  const program = await copied("/usr/sbin/kea-dhcp4", state);
  const folders = ["PIDFILE", "LOCKFILE"].map((what) => `KEA_${what}_DIR=${state}`);
  return { command: "env", args: [...folders, program, "-c", path] };
};

/** Kea 2.2 and pybootd have no such thing as a ping before an offer: the others go without. */
const prepareDnsmasq: Prepare = async (place) => {
  const { network, interfaceName } = place;
  return {
    command: "dnsmasq",
    args: [
      "--keep-in-foreground",
      "--conf-file=/dev/null",
      "--pid-file=",
      "--log-facility=-",
      "--port=0",
      "--user=root",
      "--no-ping",
      `--interface=${interfaceName}`,
      `--dhcp-range=${network.first},${network.last},${network.netmask},${LEASE_SECONDS}`,
      `--dhcp-lease-max=${network.count}`,
      `--dhcp-leasefile=${await fillDnsmasq(place)}`,
    ],
  };
};

const prepareDhcpd: Prepare = async (place) => {
  const { network, interfaceName, state } = place;
  const config = join(state, "dhcpd.conf");
  await writeFile(
    config,
    `authoritative;
ping-check false;
default-lease-time ${LEASE_SECONDS};
max-lease-time ${LEASE_SECONDS};
subnet ${network.subnet} netmask ${network.netmask} {
  range ${network.first} ${network.last};
  option routers ${network.server};
}
`,
  );
  const leases = await fillDhcpd(place);
  const program = await copied("/usr/sbin/dhcpd", state);
  return { command: program, args: ["-4", "-d", "--no-pid", "-cf", config, "-lf", leases, interfaceName] };
};

interface PeerProgram {
  readonly prepare: Prepare;
  readonly versionArgument: string;
  readonly package: string;
  readonly likelyRate: number;
}

const PEER_PROGRAMS: Readonly<Record<DhcpPeer, PeerProgram>> = {
  "kea-dhcp4": { prepare: prepareKea, versionArgument: "-v", package: "kea-dhcp4-server", likelyRate: 4000 },
  dnsmasq: { prepare: prepareDnsmasq, versionArgument: "--version", package: "dnsmasq-base", likelyRate: 100 },
  dhcpd: { prepare: prepareDhcpd, versionArgument: "--version", package: "isc-dhcp-server", likelyRate: 500 },
};

/** Returns the tools that the benchmark needs, with the Debian package of each. */
export function toolsFor(peers: readonly DhcpPeer[]): Readonly<Record<string, string>> {
  return {
    ip: "iproute2",
    taskset: "util-linux",
    cc: "gcc",
    "/usr/include/stdio.h": "libc6-dev",
    perfdhcp: "kea-admin",
    tcpdump: "tcpdump",
    ...Object.fromEntries(peers.map((peer) => [peer, PEER_PROGRAMS[peer].package])),
  };
}

async function makePeer(peer: DhcpPeer): Promise<DhcpParticipant> {
  const { prepare, versionArgument, likelyRate } = PEER_PROGRAMS[peer];
  const { stdout, stderr } = await runCommand(peer, [versionArgument]);
  const version = (stdout + stderr).split("\n", 1)[0]?.replace(/\s+Copyright.*/, "") ?? "";
  return { name: peer, version, likelyRate, prepare };
}

/** The environment of a pybootd: where it keeps what outlasts it. */
export function stateVariable(state: string): string {
  return `STATE_DIRECTORY=${state}`;
}

/** Writes pybootd's configuration to the state's folder; returns its path. */
export async function writeIni({ network, state }: Place): Promise<string> {
  const path = join(state, "pybootd.ini");
  const options = [`pool_start = ${network.first}`, `pool_count = ${network.count}`, "allow_simple_dhcp = yes"];
  await writeFile(path, `[bootpd]\n${options.join("\n")}\n`);
  return path;
}

/** A pybootd that serves DHCP, and nothing else. */
export function makeOwn(name: string, program: string, profile: boolean): DhcpParticipant {
  return {
    name,
    version: `${packageVersion()} on Node.js ${process.version}`,
    likelyRate: 6000,
    prepare: async (place) => {
      await fillOwn(place);
      const path = await writeIni(place);
      const node = [process.execPath, ...(profile ? profiling(place.scratch) : [])];
      return { command: "env", args: [stateVariable(place.state), ...node, program, "-p", "-c", path] };
    },
  };
}

/** Those to measure, the daemon under test first. */
export async function makeDhcpParticipants(options: Options<DhcpPeer>): Promise<readonly DhcpParticipant[]> {
  const own = [{ name: SUBJECT, program: PROGRAM }, ...options.builds];
  const peers = await Promise.all(options.peers.map(makePeer));
  return [...own.map(({ name, program }) => makeOwn(name, program, options.profile)), ...peers];
}
