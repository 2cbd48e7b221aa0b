import { RedisError } from "../../redis/error.js";
import type { Mac } from "../../net/mac.js";
import type { Host, HostFacts } from "../host.js";
import type { HostChanges, HostEntry } from "../entry.js";
import { sameFacts } from "../entry.js";
import { identifierOf, parseGroup, parseMachine, type HashFields, type MachineRecord } from "./record.js";

/** The content of a key: its fields, an error where it is no hash, undefined where it is not there. */
export type ReadKey = HashFields | RedisError | undefined;

/** A part of a key that is left out. */
export interface KeyProblem {
  readonly key: string;
  readonly reason: string;
}

/** The outcome of reading keys. */
export interface RecordChanges extends Pick<HostChanges, "set" | "gone"> {
  /** Those that were not there before, or for another reason. */
  readonly problems: readonly KeyProblem[];
  /** The keys of the machines whose group changed, for {@link RedisRecords.refresh}. */
  readonly members: readonly string[];
}

/** The place of a machine among others: the key in its plain form counts before others of the same machine. */
const PLAIN = 0;
const OTHER_SPELLING = 1;

/**
 * The machines and groups that the keys of api-dhcpd describe. A machine has the options of its group, of `group:default`
 * where it names none.
 */
export class RedisRecords {
  readonly #source: string;
  readonly #groups = new Map<string, HostFacts>();
  readonly #machines = new Map<string, MachineRecord>();
  /** The keys of the machines of each group. */
  readonly #members = new Map<string, Set<string>>();
  readonly #entries = new Map<string, HostEntry>();
  /** The reasons that were told of each key. */
  readonly #problems = new Map<string, string>();

  /** @param source the name of the Redis, for origins */
  constructor(source: string) {
    this.#source = source;
  }

  /** Takes up machines that were read in an earlier run: their keys are there until a reading tells otherwise. */
  restore(entries: Iterable<HostEntry>): void {
    for (const entry of entries) this.#entries.set(entry.id, entry);
  }

  /** All machines. */
  entries(): Iterable<HostEntry> {
    return this.#entries.values();
  }

  /** Whether a key is there. */
  has(key: string): boolean {
    return this.#entries.has(key) || this.#groups.has(groupName(key)) || this.#problems.has(key);
  }

  /** Returns the key of the machine with a hardware address, in the form that api-dhcpd writes. */
  keyOf(mac: Mac): string | undefined {
    const key = `mac:${mac}`;
    return this.#entries.has(key) ? key : undefined;
  }

  /** The keys of all machines and groups that are there, those that are left out too. */
  *keys(): Iterable<string> {
    for (const name of this.#groups.keys()) yield `group:${name}`;
    yield* this.#entries.keys();
    for (const key of this.#problems.keys())
      if (!this.#entries.has(key) && !this.#groups.has(groupName(key))) yield key;
  }

  /** Gives machines what their groups say now. */
  refresh(keys: readonly string[]): Pick<HostChanges, "set" | "gone"> {
    return this.#update(keys);
  }

  /** Goes by what was read of some keys. Of the others nothing changes before {@link refresh}. */
  read(keys: ReadonlyMap<string, ReadKey>): RecordChanges {
    const concerned = new Set<string>();
    const members = new Set<string>();
    const problems: KeyProblem[] = [];
    const told = (key: string, reasons: readonly string[]): void => {
      const text = reasons.join("; ");
      if (text === (this.#problems.get(key) ?? "")) return;
      if (text === "") this.#problems.delete(key);
      else {
        this.#problems.set(key, text);
        problems.push(...reasons.map((reason) => ({ key, reason })));
      }
    };
    // Groups first: the machines have their options.
    for (const [key, read] of keys) {
      if (!key.startsWith("group:")) continue;
      const parsed = parse(read, parseGroup);
      this.#setGroup(groupName(key), parsed.value, members);
      told(key, parsed.problems);
    }
    for (const [key, read] of keys) {
      if (key.startsWith("group:")) continue;
      const parsed = parse(read, (fields) => parseMachine(key, fields));
      this.#setMachine(key, parsed.value);
      concerned.add(key);
      told(key, parsed.problems);
    }
    return { ...this.#update(concerned), problems, members: [...members] };
  }

  #setGroup(name: string, facts: HostFacts | undefined, members: Set<string>): void {
    if (facts === undefined) this.#groups.delete(name);
    else this.#groups.set(name, facts);
    for (const key of this.#members.get(name) ?? []) members.add(key);
  }

  #setMachine(key: string, record: MachineRecord | undefined): void {
    const former = this.#machines.get(key);
    if (former !== undefined) this.#members.get(former.group)?.delete(key);
    if (record === undefined) {
      this.#machines.delete(key);
      return;
    }
    this.#machines.set(key, record);
    const members = this.#members.get(record.group);
    if (members === undefined) this.#members.set(record.group, new Set([key]));
    else members.add(key);
  }

  /** Makes the entries of some keys anew. */
  #update(keys: Iterable<string>): Pick<HostChanges, "set" | "gone"> {
    const set: HostEntry[] = [];
    const gone: HostEntry[] = [];
    for (const key of keys) {
      const former = this.#entries.get(key);
      const record = this.#machines.get(key);
      const host = record === undefined ? undefined : this.#hostOf(key, record);
      if (host === undefined) {
        if (former !== undefined) gone.push(former);
        this.#entries.delete(key);
      } else if (former === undefined || !sameFacts(former.host, host)) {
        const plain = host.macs.length === 0 || key === `mac:${host.macs.join("")}`;
        const entry = { id: key, place: plain ? PLAIN : OTHER_SPELLING, host };
        this.#entries.set(key, entry);
        set.push(entry);
      }
    }
    return { set, gone };
  }

  #hostOf(key: string, { mac, name, address, hostName, group }: MachineRecord): Host {
    const clientId = name === undefined ? undefined : identifierOf(name);
    return {
      macs: mac === undefined ? [] : [mac],
      ...(clientId === undefined ? {} : { clientId }),
      address,
      hostName,
      facts: this.#groups.get(group) ?? {},
      netboot: {},
      origins: [{ source: `${this.#source} ${key}`, line: undefined }],
    };
  }
}

/** Returns the name of a group; "" for the key of a machine. */
function groupName(key: string): string {
  return key.startsWith("group:") ? key.slice("group:".length) : "";
}

function parse<T>(
  read: ReadKey,
  parseFields: (fields: HashFields) => { readonly value: T | undefined; readonly problems: readonly string[] },
): { readonly value: T | undefined; readonly problems: readonly string[] } {
  if (read === undefined) return { value: undefined, problems: [] };
  return read instanceof RedisError
    ? { value: undefined, problems: [`expected a hash: ${read.message}`] }
    : parseFields(read);
}
