import { describeState, openHosts } from "../inventory/open.js";
import { openOneShots } from "../boot/ipxe/settings.js";
import { loadSettings, type Config } from "../settings/load.js";
import { EventBus } from "../events/event.js";
import { formatHostDetails, formatHostJson, formatHostTable, joinKnown, type ListedHost } from "./host-list.js";
import { keysOf, type Host } from "../inventory/host.js";
import type { OneShots } from "../boot/one-shots.js";
import { HostScripts } from "../boot/ipxe/script-folder.js";
import { readAddress } from "../leases/import/imported.js";
import { hasClientIdPrefix, parseClientId } from "../machine/client-id.js";
import { formatJsonLine } from "../common/text-table.js";
import { systemClock } from "../common/clock.js";
import { asError } from "../common/error.js";
import { parseMac } from "../net/mac.js";
import { shippedConfiguration } from "../common/package.js";
import { readArguments } from "./arguments.js";
import { CommandError, ExitCode, UsageError, type Terminal } from "./terminal.js";

export const HOSTS_USAGE = `pybootd hosts: shows the known machines, and which one-shot boots are done

usage: pybootd hosts list  [-c FILE] [--json]
       pybootd hosts show  [-c FILE] [--json] MAC | IP | id:HEX
       pybootd hosts reset [-c FILE] [--json] MAC

  list   shows all known machines: their addresses, what they boot, and which source says so
  show   shows everything that is known of one machine
  reset  lets a machine with once: true boot from here once more

  -c, --config FILE  the configuration of the daemon; default: the one that runs without -c
      --json         print JSON
  -h, --help         print this, and end

The command does not ask the daemon, which may run or not.

exit codes: 0 done, 1 not found or refused, 2 wrong usage
`;

type Named = Pick<Config, "file" | "settings">;

interface HostRequest {
  readonly config: Named;
  readonly json: boolean;
  readonly words: readonly string[];
}

const OPTIONS = { json: { type: "boolean", default: false } } as const;

const COMMANDS: Readonly<Record<string, (request: HostRequest, terminal: Terminal) => Promise<number>>> = {
  list,
  show,
  reset: (request, terminal) => Promise.resolve(reset(request, terminal)),
};

/**
 * Runs `pybootd hosts`.
 *
 * @param args the words after `hosts`
 * @returns the exit code
 * @throws {UsageError}, {@link CommandError}, {@link ConfigError}
 */
export async function runHosts(args: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = readArguments(args, OPTIONS, { positionals: true });
  if (values.help === true) {
    terminal.out(HOSTS_USAGE);
    return ExitCode.ok;
  }
  const [name = "list", ...words] = positionals;
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    throw new UsageError(`expected one of ${Object.keys(COMMANDS).join(", ")} after hosts, got ${name}`);
  }
  const wanted = name === "list" ? 0 : 1;
  if (words.length !== wanted) {
    const expected = wanted === 0 ? "nothing" : "one machine";
    throw new UsageError(`expected ${expected} after ${name}, got ${words.join(" ") || "nothing"}`);
  }
  return command({ config: loadSettings(values.config ?? shippedConfiguration), json: values.json, words }, terminal);
}

async function list({ config, json }: HostRequest, terminal: Terminal): Promise<number> {
  const hosts = await listed(config, await knownHosts(config, terminal));
  terminal.out(json ? formatHostJson(hosts) : formatHostTable(hosts, Date.now()));
  return ExitCode.ok;
}

async function show({ config, json, words: [word = ""] }: HostRequest, terminal: Terminal): Promise<number> {
  const isMeant = readSubject(word);
  const hosts = await listed(config, (await knownHosts(config, terminal)).filter(isMeant));
  if (hosts.length === 0) throw new CommandError(`no machine is known by ${word}`);
  terminal.out(json ? formatHostJson(hosts) : formatHostDetails(hosts, Date.now()));
  return ExitCode.ok;
}

function reset({ config, json, words: [word = ""] }: HostRequest, { out }: Terminal): number {
  const mac = parseMac(word);
  if (mac === undefined) throw new UsageError(`expected a MAC address, got ${word}`);
  if (!resetIn(openOneShots(config), mac)) {
    throw new CommandError(`${mac} has not booted since it is to boot once: there is nothing to reset`);
  }
  out(json ? formatJsonLine({ reset: mac }) : `${mac} boots from here once more\n`);
  return ExitCode.ok;
}

function resetIn(once: OneShots, mac: Parameters<OneShots["reset"]>[0]): boolean {
  try {
    return once.reset(mac);
  } catch (error) {
    throw new CommandError(`${mac} cannot be reset: ${asError(error).message}`);
  }
}

async function knownHosts(config: Named, { err }: Terminal): Promise<readonly Host[]> {
  const source = await openHosts(config, new EventBus(), systemClock);
  try {
    const limited = describeState(source.state());
    if (limited !== undefined) err(`pybootd: note: ${limited}\n`);
    return joinKnown([...source.known()].map(({ host }) => host));
  } finally {
    await source.close();
  }
}

async function listed(config: Named, hosts: readonly Host[]): Promise<readonly ListedHost[]> {
  const { scripts: folder } = config.settings.hosts;
  const scripts = folder === undefined ? undefined : new HostScripts(folder);
  const done = new Map(
    openOneShots(config)
      .finished()
      .map((boot) => [boot.mac, boot]),
  );
  return Promise.all(
    hosts.map(async (host) => ({
      host,
      hasScript: scripts !== undefined && (await hasScript(scripts, host)),
      booted: host.netboot.once === true ? host.macs.map((mac) => done.get(mac)).find(Boolean) : undefined,
    })),
  );
}

/** Whether a host has a script of its own. An unreadable one counts too: the daemon logs that it cannot be read. */
async function hasScript(scripts: HostScripts, { macs }: Host): Promise<boolean> {
  for (const mac of macs) {
    const script = await scripts.read(mac).catch(() => "");
    if (script !== undefined) return true;
  }
  return false;
}

function readSubject(word: string): (host: Host) => boolean {
  const address = readAddress(word);
  if (address !== undefined) return (host) => host.address === address;
  const name = parseMac(word) ?? (hasClientIdPrefix(word) ? parseClientId(word) : undefined);
  if (name !== undefined) return (host) => keysOf(host).includes(name);
  throw new UsageError(
    `expected a MAC address, an IPv4 address, or id: and a client identifier in hexadecimal, got ${word}`,
  );
}
