import { checkHosts } from "../inventory/open.js";
import { rootWarnings } from "../daemon/root-warnings.js";
import {
  closeState,
  describeUnreadable,
  giveState,
  requireReadableProgram,
  unreadableLater,
  unreadablePaths,
} from "../daemon/state-paths.js";
import { privilegesOf, requireUser } from "../daemon/run-as.js";
import { readArguments } from "./arguments.js";
import { runHosts } from "./hosts.js";
import { runLeases } from "./leases.js";
import { runSimulate } from "./simulate.js";
import { CommandError, ExitCode, UsageError, type Terminal } from "./terminal.js";
import { loadConfig, type Config } from "../settings/load.js";
import { withSourceErrors } from "../settings/settings-error.js";
import { nearestName } from "../common/nearest.js";
import { ConfigError } from "../config/problem.js";
import type { Settings } from "../settings/schema.js";
import { ControlRefusal } from "../control/protocol.js";
import { Daemon, type DaemonParts } from "../daemon/daemon.js";
import { describeBuiltInProfiles, describeConfig } from "../daemon/describe.js";
import { chooseEmbedded, embeddedConfig, type EmbeddedChoice } from "./embedded.js";
import { openLog, type Log } from "../observe/log.js";
import { systemClock } from "../common/clock.js";
import { InterfaceWatch } from "../os/interface-watch.js";
import type { InterfaceAddress } from "../os/interfaces.js";
import { openSystem, type System } from "../os/system.js";
import { packageVersion } from "../common/package.js";
import type { Privileges } from "../os/privileges.js";
import { findReader, hostTables } from "../os/reader.js";
import { openServiceManager, type ServiceManager } from "../os/service-manager.js";
import { Reloads, type ReloadParts } from "../daemon/reload.js";
import { StartError } from "../os/start-error.js";
import { tellFailure, ToldError } from "./start-failure.js";
import { asError } from "../common/error.js";

/** Requests that a running process gets from outside, such as by signals. */
export interface Requests {
  /** Resolves with the name of the signal when the daemon is asked to stop. */
  readonly stopped: Promise<string>;
  /** Calls `listener` whenever the daemon is asked to read its configuration again. */
  readonly onReload: (listener: () => void) => void;
}

const USAGE = `pybootd: answers BOOTP, DHCP and PXE, and serves boot files by TFTP and HTTP

usage: pybootd [-h] [-c FILE] [-p | -t] [-H] [-d] [--check [-v]] [--version]
       pybootd leases COMMAND    manages leases: list, show, release, export, import (pybootd leases --help)
       pybootd hosts COMMAND     shows known machines, resets one-shot boots: list, show, reset (pybootd hosts --help)
       pybootd simulate …        shows what a machine gets and why, offline or on a network (pybootd simulate --help)

  -c, --config FILE  the configuration file; without one, a default that is safe beside any DHCP server
  -p, --pxe          only BOOTP, DHCP and PXE
  -t, --tftp         only TFTP
  -H, --http         HTTP too, as [httpd] enable = yes does
  -d, --debug        log everything
      --check        check the configuration, print what it would serve, and end
  -v, --verbose      with --check, also print the built-in profiles of firmware, with the reason and source of each
      --version      print the version, and end
  -h, --help         print this, and end

exit codes: 0 stopped as asked, 1 error, 2 wrong usage
`;

interface Arguments {
  readonly config: string | undefined;
  readonly pxe: boolean;
  readonly tftp: boolean;
  readonly http: boolean;
  readonly debug: boolean;
  readonly check: boolean;
  readonly verbose: boolean;
}

const COMMANDS: Readonly<Record<string, (args: readonly string[], terminal: Terminal) => Promise<number>>> = {
  leases: runLeases,
  hosts: runHosts,
  simulate: runSimulate,
};

/**
 * Runs the command.
 *
 * @param args the words after the command's name
 * @returns the exit code
 */
export async function run(args: readonly string[], terminal: Terminal, requests: Requests): Promise<number> {
  const [name = "", ...rest] = args;
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  try {
    return await (command === undefined ? runDaemon(args, terminal, requests) : command(rest, terminal));
  } catch (thrown) {
    const error = await withSourceErrors(thrown);
    if (error instanceof UsageError) {
      terminal.err(`pybootd: ${error.message}\nTry pybootd ${command === undefined ? "" : `${name} `}--help.\n`);
      return ExitCode.usage;
    }
    if (error instanceof ToldError) return ExitCode.error;
    if (error instanceof CommandError || error instanceof ControlRefusal) terminal.err(`pybootd: ${error.message}\n`);
    else if (error instanceof ConfigError || error instanceof StartError) terminal.err(`${error.message}\n`);
    else throw error;
    return ExitCode.error;
  }
}

async function runDaemon(args: readonly string[], terminal: Terminal, requests: Requests): Promise<number> {
  const [first] = args;
  if (first !== undefined && !first.startsWith("-")) throw unknownCommand(first);
  const parsed = readRequest(args);
  if ("print" in parsed) {
    terminal.out(parsed.print);
    return ExitCode.ok;
  }
  return parsed.check ? check(parsed, terminal) : serve(parsed, terminal, requests);
}

function unknownCommand(name: string): UsageError {
  const commands = Object.keys(COMMANDS);
  const nearest = nearestName(name, commands);
  const known = nearest === undefined ? `there are ${commands.join(", ")}` : `did you mean ${nearest}?`;
  const hint = name.includes(".") ? "a configuration file is given with -c" : known;
  return new UsageError(`there is no command ${JSON.stringify(name)} (${hint})`);
}

const OPTIONS = {
  pxe: { type: "boolean", short: "p", default: false },
  tftp: { type: "boolean", short: "t", default: false },
  http: { type: "boolean", short: "H", default: false },
  debug: { type: "boolean", short: "d", default: false },
  check: { type: "boolean", default: false },
  verbose: { type: "boolean", short: "v", default: false },
  version: { type: "boolean" },
} as const;

/** @throws {UsageError} */
function readRequest(args: readonly string[]): Arguments | { readonly print: string } {
  const { help, config, pxe, tftp, http, debug, check, verbose, version } = readArguments(args, OPTIONS).values;
  if (help === true) return { print: USAGE };
  if (version === true) return { print: `pybootd ${packageVersion()}\n` };
  if (pxe && tftp) throw new UsageError("-p runs only DHCP and -t only TFTP: together they leave nothing to run");
  return { config, pxe, tftp, http, debug, check, verbose };
}

function servicesOf({ pxe, tftp, http }: Arguments): Config["services"] {
  return { dhcp: !tftp, tftp: !pxe, http };
}

async function check(args: Arguments, terminal: Terminal): Promise<number> {
  const interfaces = (await openSystem()).interfaces();
  const services = servicesOf(args);
  const config =
    args.config === undefined
      ? embeddedConfig(services, interfaces)
      : loadConfig({ file: args.config, services, interfaces });
  requireUser(config, args.config ?? config.file);
  const { unfit, shared } = await checkHosts(config);
  const caller = process.getuid?.();
  const unreadable = caller === undefined ? [] : unreadableLater(config, hostTables(), caller);
  const warnings = [...config.warnings, ...(await rootWarnings(config)), ...unfit, ...unreadable].map(
    (warning) => `warning: ${warning}`,
  );
  const profiles = args.verbose ? describeBuiltInProfiles() : [];
  const described = [...describeConfig(config), ...shared.map((sentence) => `DHCP: ${sentence}`)];
  const lines = [`${args.config ?? config.file}: valid`, ...described, ...profiles, ...warnings];
  terminal.out(`${lines.join("\n")}\n`);
  return ExitCode.ok;
}

async function serve(args: Arguments, terminal: Terminal, { stopped, onReload }: Requests): Promise<number> {
  const started = await Promise.race([start(args, terminal), stopped.then(() => undefined)]);
  // Asked to stop before the start was complete: the end of the process closes what is open.
  if (started === undefined) return ExitCode.ok;
  const { daemon, log, manager, reloads, watch } = started;
  catchMistakes(daemon);
  onReload(() => {
    manager.reloading();
    void reloads.reload().then((status) => {
      manager.ready(status);
    });
  });
  log.say("info", `stopping: ${await stopped}`);
  watch.stop();
  manager.stopping();
  await daemon.stop();
  log.say("info", "stopped");
  await log.close();
  return ExitCode.ok;
}

/** The configuration to run: one that the user gave, which needs no notes, or the embedded default. */
type Choice = Omit<EmbeddedChoice, "instead"> & { readonly instead: EmbeddedChoice["instead"] | undefined };

/** The parts of a running daemon. */
interface Started {
  readonly daemon: Daemon;
  readonly log: Log;
  readonly manager: ServiceManager;
  readonly reloads: Reloads;
  /** Watches the addresses of this host for changes. */
  readonly watch: InterfaceWatch;
}

async function start(args: Arguments, terminal: Terminal): Promise<Started> {
  let logger: Settings["logger"] | undefined;
  try {
    const system = await openSystem();
    const interfaces = system.interfaces();
    const services = servicesOf(args);
    const choice =
      args.config === undefined
        ? await chooseEmbedded(services, interfaces, system)
        : { config: loadConfig({ file: args.config, services, interfaces }), instead: undefined, notes: [] };
    logger = choice.config.settings.logger;
    return await startChosen(args, choice, system, interfaces);
  } catch (error) {
    throw await tellFailure(await withSourceErrors(error), logger, terminal);
  }
}

async function startChosen(
  args: Arguments,
  { config, instead, notes }: Choice,
  system: System,
  interfaces: readonly InterfaceAddress[],
): Promise<Started> {
  const { note } = system;
  const services = servicesOf(args);
  const privileges = privilegesOf(config, args.config ?? config.file, system.libc);
  const { user } = privileges;
  const kept = user === undefined ? [] : giveState(config, user);
  const open = await privileges.asUser(() => Promise.resolve(closeState(config)));
  const log = openLog(config.settings.logger, args.debug, user && { uid: user.uid, gid: user.gid });
  log.say("info", `pybootd ${packageVersion()}, configuration ${config.file}`);
  for (const line of [...notes, ...(note === undefined ? [] : [note])]) log.say("info", line);
  for (const line of [...kept, ...open]) log.say("warning", line);
  const daemon = await startDaemon(config, { ...system, privileges }, log, args);
  const onError = (error: Error): void => {
    log.say("warning", `the service manager is not told: ${error.message}`);
  };
  const manager = openServiceManager({ env: process.env, libc: system.libc, clock: systemClock, onError });
  const load: ReloadParts["load"] = (now, former) =>
    args.config === undefined
      ? embeddedConfig(services, now, { instead, former })
      : loadConfig({ file: args.config, services, interfaces: now, former });
  const reloads = new Reloads({ load, given: args.config !== undefined, daemon, log, system, interfaces });
  manager.ready(reloads.status);
  const watch = new InterfaceWatch(system.interfaces, interfaces, systemClock, (change) => {
    void reloads.follow(change).then((status) => {
      manager.ready(status);
    });
  });
  return { daemon, log, manager, reloads, watch };
}

async function startDaemon(
  config: Config,
  { network, libc, privileges }: System & Pick<DaemonParts, "privileges">,
  log: Log,
  args: Arguments,
): Promise<Daemon> {
  try {
    await tellUnreadable(config, privileges, log);
    return await Daemon.start(config, { log, network, libc, privileges, clock: systemClock });
  } catch (error) {
    await log.close();
    throw error instanceof StartError && args.config === undefined
      ? new StartError(`${error.message}\n  Options are set in a copy of ${config.file}, given with -c.`)
      : error;
  }
}

/** Warns at the start of paths that the user, or the user to run as, cannot read. */
async function tellUnreadable(config: Config, privileges: Privileges, log: Log): Promise<void> {
  const who = privileges.user?.name;
  const unreadable = await privileges.asUser(() => {
    requireReadableProgram(who ?? "this user");
    return Promise.resolve(unreadablePaths(config));
  });
  const reader = findReader(hostTables(), who ?? `${process.getuid?.() ?? ""}`, config.settings.daemon.group);
  for (const wanted of unreadable) log.say("warning", describeUnreadable(wanted, reader));
}

/** Keeps the daemon running after an error that no service caught, and reports it as a bug. */
function catchMistakes(daemon: Daemon): void {
  process.on("uncaughtException", (error) => {
    daemon.report("an error that nobody caught", error);
  });
  process.on("unhandledRejection", (reason) => {
    const error = asError(reason);
    daemon.report("a failure that nobody waited for", error);
  });
}
