/** A DHCP server on a network in memory, and what its clients and its operator see of it. */

import { openAccess, type AccessPolicy } from "../../lib/access/access.js";
import { IdentifierList } from "../../lib/access/list.js";
import type { AnswerSettings } from "../../lib/dhcp/answer.js";
import { Conflicts } from "../../lib/dhcp/conflicts.js";
import { MachineTable } from "../../lib/machine/records.js";
import { builtInProfiles } from "../../lib/machine/built-in-profiles.js";
import { Profiles, type Profile } from "../../lib/machine/profile.js";
import { SnoopedAddresses } from "../../lib/dhcp/snooped-addresses.js";
import type { Duty } from "../../lib/dhcp/duty.js";
import type { LinkPlace, ServicePort } from "../../lib/dhcp/link.js";
import type { NetworkFacts } from "../../lib/dhcp/reply-facts.js";
import type { Scope } from "../../lib/dhcp/scope.js";
import { Scopes } from "../../lib/dhcp/scopes.js";
import type { BootSettings } from "../../lib/dhcp/boot-answer.js";
import { DhcpServer } from "../../lib/dhcp/server.js";
import { PacketTap } from "../../lib/events/packet-tap.js";
import { TappedNetwork } from "../../lib/events/tapped-network.js";
import { EventBus, type Event } from "../../lib/events/event.js";
import { HostIndex } from "../../lib/inventory/host-index.js";
import { reserveAddresses } from "../../lib/inventory/reservations.js";
import { noHosts, type HostSource } from "../../lib/inventory/source.js";
import type { ChainSettings } from "../../lib/boot/ipxe/chainload.js";
import type { LeaseStore } from "../../lib/leases/lease.js";
import { LeaseTable } from "../../lib/leases/lease-table.js";
import type { Allocator } from "../../lib/leases/allocator.js";
import { EmbeddedAllocator } from "../../lib/leases/embedded-allocator.js";
import type { KeyPreference } from "../../lib/machine/lease-key.js";
import { MemoryStore } from "../../lib/leases/store/memory-store.js";
import { isDetail, lineOf } from "../../lib/observe/log-lines.js";
import type { AddressProber } from "../../lib/os/arp-prober.js";
import { formatIpv4, LIMITED_BROADCAST, UNSPECIFIED } from "../../lib/net/ipv4.js";
import { Cooldown } from "../../lib/common/cooldown.js";
import { Subnet } from "../../lib/net/subnet.js";
import type { Endpoint } from "../../lib/os/udp.js";
import { makeRequest, quad, readReply, text, type Reply, type RequestFields } from "./dhcp-packet.js";
import { FakeNetwork } from "./fake-network.js";
import { ManualClock } from "./manual-clock.js";
import { MemoryOneShots } from "./one-shots.js";
import { NO_OPTIONS, TEST_BOOT_ORIGINS, testFile, TEST_ORIGINS } from "./option-plan.js";
import type { WireDatagram } from "./pcap.js";
import { clientId, ip, mac } from "./values.js";

export const SERVER = "192.168.7.1";
export const POOL_START = "192.168.7.100";
export const POOL_COUNT = 3;

/** Differences from the usual server, which serves everybody and boots BIOS with pxelinux.0, x64 with boot.efi. */
export interface BenchOptions {
  readonly access?: AccessPolicy;
  readonly store?: LeaseStore;
  /** Returns what gives the addresses of a network in the place of the embedded allocator. */
  readonly allocator?: (embedded: EmbeddedAllocator) => Allocator;
  /** What its packets are shown to. */
  readonly tap?: PacketTap;
  readonly clientKey?: KeyPreference;
  readonly authoritative?: boolean;
  readonly allowSimple?: boolean;
  readonly port?: number;
  /** Whether the network sends frames; not unless told. */
  readonly frames?: boolean;
  /** Finds out whether an address is in use; by default nothing does. */
  readonly prober?: AddressProber;
  /** The first three octets of its network, 192.168.7 unless told; the server is the first address there. */
  readonly prefix?: string;
  /** Number of addresses from .100 on; {@link POOL_COUNT} by default. */
  readonly poolCount?: number;
  /** Addresses by MAC or `id:…`, in any of its networks, and optionally a host name behind. */
  readonly reservations?: Readonly<Record<string, string>>;
  /** The source of hosts, instead of `reservations`. */
  readonly hosts?: HostSource;
  /** Further networks, as `prefix`; an interface where one is given is ours there, with the first address. */
  readonly subnets?: readonly BenchSubnet[];
  readonly buggy?: readonly string[];
  readonly facts?: Partial<NetworkFacts>;
  readonly bootFiles?: readonly (readonly [number | "default", string])[];
  readonly sizeOf?: AnswerSettings["sizeOf"];
  readonly menu?: AnswerSettings["menu"];
  /** The settings of iPXE, except the scripts of single machines. */
  readonly chain?: Omit<ChainSettings, "own">;
  /** The URL of our files by HTTP; by default there are none. */
  readonly webRoot?: string;
  /** Whether another server gives the addresses; port 4011 is open then, and with `bootServer`. */
  readonly proxy?: boolean;
  readonly knownOnly?: boolean;
  readonly reservedOnly?: boolean;
  /** Whether it answers; it always does unless told. */
  readonly duty?: Duty;
  readonly bootServer?: boolean;
  /** Whether another daemon on this host has port 67. */
  readonly foreignPort67?: boolean;
  readonly dryRun?: boolean;
  /** Those that are built in, unless told. */
  readonly profiles?: readonly Profile[];
}

/** A network beside the first. */
export interface BenchSubnet {
  readonly prefix: string;
  readonly interfaceName?: string;
  readonly bootFile?: string;
  readonly facts?: Partial<NetworkFacts>;
  readonly sharedNetwork?: string;
}

/** The way of a request to the server; by default a broadcast on eth0 by a machine without an address. */
export interface Way {
  readonly from?: Endpoint;
  readonly to?: Endpoint;
  readonly on?: string;
}

/** A reply and its way. */
export interface Answered extends Reply {
  /** `address:port` */
  readonly to: string;
  readonly from: string;
  /** The destination of its frame; undefined where it was not sent as a frame. */
  readonly mac: string | undefined;
  readonly wire: WireDatagram;
}

/** Options by which firmware is known. */
export const PXE: NonNullable<RequestFields["options"]> = [
  [60, text("PXEClient:Arch:00000:UNDI:002001")],
  [93, "0000"],
  [97, "0012345678abcdef001111abcdefabcdef"],
];
export const UEFI: NonNullable<RequestFields["options"]> = [
  [60, text("PXEClient:Arch:00007:UNDI:003016")],
  [93, "0007"],
  [97, "0012345678abcdef001111abcdefabcdef"],
];

const BOOT_FILES: NonNullable<BenchOptions["bootFiles"]> = [
  ["default", "pxelinux.0"],
  [7, "boot.efi"],
];

const NO_CHAIN = {
  binaries: new Set<string>(),
  scriptUrl: undefined,
  plainScriptUrl: undefined,
  own: { url: undefined, plainUrl: undefined, first: false },
};

function bootFilesOf({ bootFiles = BOOT_FILES }: BenchOptions): BootSettings["bootFiles"] {
  return new Map(bootFiles.map(([key, file]) => [key, testFile(file)]));
}

export class DhcpBench {
  readonly network = new FakeNetwork();
  readonly clock = new ManualClock();
  readonly bus = new EventBus(this.clock);
  readonly events: Event[] = [];
  /** The events whose line only adds detail to that of another. */
  readonly details: Event[] = [];
  readonly machines = new MachineTable(100);
  readonly snooped = new SnoopedAddresses(100);
  /** Those of the first network. */
  readonly leases: EmbeddedAllocator;
  readonly server: DhcpServer;
  readonly #port: number;

  private constructor(options: BenchOptions) {
    this.#port = options.port ?? 67;
    const { prefix = "192.168.7", subnets = [] } = options;
    const first = { prefix, interfaceName: "eth0" };
    this.leases = this.#makeAllocator(prefix, options);
    const scopes = [
      this.#makeScope(first, options, this.leases),
      ...subnets.map((subnet) => this.#makeScope(subnet, options, this.#makeAllocator(subnet.prefix, options))),
    ];
    const all = [first, ...subnets].flatMap(({ prefix, interfaceName }) =>
      interfaceName === undefined ? [] : [{ interfaceName, interfaceIndex: 1, address: ip(`${prefix}.1`) }],
    );
    const addresses = all.map(({ address }) => address);
    const isFirst = ({ interfaceName }: LinkPlace, index: number): boolean =>
      all.findIndex((other) => other.interfaceName === interfaceName) === index;
    const links = all.filter(isFirst);
    this.bus.subscribe((event) => (isDetail(event) ? this.details : this.events).push(event));
    const exact = (who: string): bigint => BigInt(`0x${who.replaceAll(":", "")}`);
    const buggy = (options.buggy ?? []).map((who) => ({
      pattern: { value: exact(who), mask: (1n << 48n) - 1n, exact: true },
      allow: true,
    }));
    const conflicts = options.prober === undefined ? undefined : new Conflicts(options.prober, this.clock);
    const tapped = new TappedNetwork(this.network, options.tap ?? new PacketTap(this.clock), "DHCP");
    this.server = new DhcpServer({
      network: tapped,
      links,
      frames: () => (options.frames === true ? tapped.frames(this.network.frames) : undefined),
      scopes: new Scopes(scopes, addresses, options.proxy === true),
      access: options.access ?? openAccess,
      hosts: options.hosts ?? hostsOf(options.reservations),
      machines: this.machines,
      snooped: this.snooped,
      profiles: new Profiles(options.profiles ?? builtInProfiles, options.proxy === true ? "proxy" : "server"),
      clock: this.clock,
      events: this.bus,
      ...(options.duty && { duty: options.duty }),
      settings: {
        addresses,
        conflicts: () => conflicts,
        authoritative: options.authoritative ?? false,
        listenAddress: UNSPECIFIED,
        serverPort: this.#port,
        allowSimple: options.allowSimple ?? false,
        bootFiles: bootFilesOf(options),
        bootOrigins: TEST_BOOT_ORIGINS,
        fallbackBootFile: undefined,
        broadcastOnly: new IdentifierList(buggy),
        sizeOf: options.sizeOf ?? (() => undefined),
        menu: options.menu,
        chain: () => ({ ...NO_CHAIN, ...options.chain }),
        webRoot: () => options.webRoot,
        proxy: options.proxy === true,
        knownOnly: options.knownOnly === true,
        reservedOnly: options.reservedOnly === true,
        ports: portsOf(options, this.#port),
        dryRun: options.dryRun === true,
        once: new MemoryOneShots(),
      },
    });
  }

  static async start(options: BenchOptions = {}): Promise<DhcpBench> {
    const bench = new DhcpBench(options);
    await bench.server.start();
    return bench;
  }

  #makeAllocator(prefix: string, options: BenchOptions): EmbeddedAllocator {
    const subnet = Subnet.holding(ip(`${prefix}.0`), ip("255.255.255.0"));
    const hosts = options.hosts ?? hostsOf(options.reservations);
    const known = [...hosts.known()].map(({ host }) => host);
    const { byNetwork } = reserveAddresses(known, [{ subnet, ownAddresses: [] }]);
    const table = new LeaseTable(
      {
        ranges: [{ start: ip(`${prefix}.100`), count: options.poolCount ?? POOL_COUNT }],
        excluded: new Set([ip(`${prefix}.1`)]),
        reservations: byNetwork[0] ?? new Map(),
        offerSeconds: 60,
        declineSeconds: 86_400,
      },
      this.clock,
    );
    const store = options.store ?? new MemoryStore();
    return new EmbeddedAllocator(table, store, this.clock, options.clientKey ?? "mac");
  }

  #makeScope(
    { prefix, interfaceName, bootFile, facts, sharedNetwork }: BenchSubnet,
    options: BenchOptions,
    embedded: EmbeddedAllocator,
  ): Scope {
    const subnet = Subnet.holding(ip(`${prefix}.0`), ip("255.255.255.0"));
    const usual = {
      subnet,
      router: ip(`${prefix}.1`),
      dns: [ip(`${prefix}.53`)],
      domain: "example.org",
      leaseSeconds: 3600,
      serverName: "boot.example.org",
      options: NO_OPTIONS,
      origins: TEST_ORIGINS,
    };
    return {
      subnet,
      interfaceName,
      sharedNetwork,
      bootFile: bootFile === undefined ? undefined : testFile(bootFile),
      allocator: options.allocator?.(embedded) ?? embedded,
      facts: ({ address }) => ({ serverAddress: address, ...usual, ...options.facts, ...facts }),
      exhaustion: new Cooldown(this.clock, 60),
    };
  }

  /** Sends a request, by default as a broadcast. @returns the replies that the server sends at once */
  ask(fields: RequestFields, way: Way = {}): readonly Answered[] {
    return this.askRaw(makeRequest(fields), way);
  }

  /** Does the same as {@link ask} with the octets of a request. */
  askRaw(payload: Buffer, way: Way = {}): readonly Answered[] {
    const { from = { address: UNSPECIFIED, port: 68 }, to = { address: LIMITED_BROADCAST, port: this.#port } } = way;
    this.network.takeSent();
    this.network.arriveOn(way.on ?? "eth0", to, from, payload);
    return this.answers();
  }

  /** The replies since the last question. */
  answers(): readonly Answered[] {
    return this.network.takeSent().map((wire) => ({
      ...readReply(wire.payload),
      to: formatEndpoint(wire.to),
      from: formatEndpoint(wire.from),
      mac: wire.mac,
      wire,
    }));
  }

  discover(options: RequestFields["options"] = [], fields: RequestFields = {}): Answered | undefined {
    return onlyOne(this.ask({ ...fields, options: [[53, "01"], ...options] }));
  }

  /** A REQUEST of a client that takes the offer of `address`. */
  request(address: string, options: RequestFields["options"] = [], fields: RequestFields = {}): Answered | undefined {
    const selecting = [[53, "03"], [54, quad(SERVER)], [50, quad(address)], ...options] as const;
    return onlyOne(this.ask({ ...fields, options: selecting }));
  }

  /** DISCOVER and REQUEST. @returns the address that was acknowledged */
  obtain(options: RequestFields["options"] = [], fields: RequestFields = {}): string | undefined {
    const offer = this.discover(options, fields);
    if (offer === undefined) return undefined;
    const ack = this.request(offer.yiaddr, options, fields);
    return ack?.options.get(53) === "05" ? ack.yiaddr : undefined;
  }

  /** Returns the lines of the log since the last call. */
  log(): readonly string[] {
    return this.events.splice(0).map((event) => lineOf(event).message);
  }
}

/** Returns the ports that the server listens on. */
function portsOf({ foreignPort67, proxy, bootServer }: BenchOptions, port: number): readonly ServicePort[] {
  return [
    ...(foreignPort67 === true ? [] : [{ service: "dhcp", port } as const]),
    ...(proxy === true || bootServer === true ? [{ service: "boot-server", port: 4011 } as const] : []),
  ];
}

function hostsOf(reservations: BenchOptions["reservations"] = {}): HostSource {
  const index = new HostIndex(
    Object.entries(reservations).map(([who, value], place) => {
      const [address = "", hostName] = value.split(" ");
      const names = who.startsWith("id:") ? { macs: [], clientId: clientId(who) } : { macs: [mac(who)] };
      const origins = [{ source: "pybootd.ini", line: undefined }];
      const host = { ...names, address: ip(address), hostName, facts: {}, netboot: {}, origins };
      return { id: who, place, host };
    }),
  );
  return { ...noHosts, find: (who) => index.find(who), known: () => index.entries() };
}

function formatEndpoint({ address, port }: Endpoint): string {
  return `${formatIpv4(address)}:${port}`;
}

function onlyOne(answers: readonly Answered[]): Answered | undefined {
  if (answers.length > 1) throw new Error(`${answers.length} replies to one request`);
  return answers[0];
}
