/**
 * A host of the lab with systemd as its process 1, in namespaces of its own. It sees this machine's files, and what is
 * written is gone with it; of this machine's units it has only those that every service takes. Nothing that it does reaches
 * this machine: /proc/sys and /sys are read-only, /dev is its own, and it may neither set the clock nor load modules.
 */

import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { controlGroups, makeControlGroup, removeControlGroup } from "./control-group.js";
import { mustRun, runCommand, type CommandResult, type Host, type RunOptions } from "./host.js";
import { isStale, LabProcess, PREFIX, type Lab } from "./lab.js";

/** Commands and files that it needs; for skipReason(), with `controlGroups`. */
export const SYSTEMD_TOOLS = ["ip", "nsenter", "unshare", "setpriv", "mount", "socat", "/usr/lib/systemd/systemd"];

/** Time limit for the start, in seconds. */
const START_SECONDS = 30;

/** The boot target: the minimum for a service to start and to log to the journal. */
const TARGET = `[Unit]
Description=a host of the lab
DefaultDependencies=no
Wants=systemd-journald.socket systemd-journald.service basic.target
After=systemd-journald.service basic.target
`;

/** The units of this machine that it gets. */
const UNITS = [
  "basic.target",
  "local-fs.target",
  "multi-user.target",
  "network-online.target",
  "network.target",
  "paths.target",
  "shutdown.target",
  "slices.target",
  "sockets.target",
  "sysinit.target",
  "systemd-journald.service",
  "systemd-journald.socket",
  "timers.target",
];

/** Capabilities by which it could change more than what is its own. */
const FORBIDDEN = ["sys_module", "sys_time", "sys_rawio", "syslog", "audit_control", "audit_read", "wake_alarm"];

/** Folders of which it has empty ones of its own: what runs, what is installed, and what services keep. */
const EMPTY = ["run", "dev", "srv", "etc/systemd/system", "usr/local", "var/cache", "var/lib", "var/log"];

const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Says which process it is to those outside, goes into the control group $1, and goes on with `SETUP`. */
const ENTER = `
read -r process rest </proc/self/stat
echo "it is process $process"
echo 0 >"$1/cgroup.procs"
shift
exec unshare --cgroup sh -ec "$@"
`;

/** Makes its files in the folder $1, its console of the terminal $2, its target of the text $3; becomes systemd. */
const SETUP = `
mount -t tmpfs -o mode=755 tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" overlay "$1/root"
cd "$1/root"
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t sysfs sysfs sys
mount -o remount,bind,ro sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
for name in ${EMPTY.join(" ")}; do mount -t tmpfs -o mode=755 tmpfs "$name"; done
mount -t tmpfs -o mode=1777 tmpfs tmp
mkdir dev/pts dev/shm run/no-generators
mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
mount -t tmpfs -o mode=1777 tmpfs dev/shm
for node in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0; do
  minor=\${node##*:} name=\${node%%:*} both=\${node#*:}
  mknod -m 666 "dev/$name" c "\${both%:*}" "$minor"
done
for link in fd:fd stdin:fd/0 stdout:fd/1 stderr:fd/2; do ln -s "/proc/self/\${link#*:}" "dev/\${link%:*}"; done
ln -s pts/ptmx dev/ptmx
touch dev/console
mount --bind "$2" dev/console
for name in ${UNITS.join(" ")}; do cp "usr/lib/systemd/system/$name" etc/systemd/system/; done
printf %s "$3" >etc/systemd/system/lab.target
pivot_root . mnt
umount -l /mnt
exec env -i ${PATH} container=lab SYSTEMD_UNIT_PATH=/etc/systemd/system SYSTEMD_GENERATOR_PATH=/run/no-generators \\
  setpriv --bounding-set=${FORBIDDEN.map((name) => `-${name}`).join()} \\
  /usr/lib/systemd/systemd --system --unit=lab.target --show-status=yes
`;

let booted = 0;

export class SystemdHost {
  private constructor(
    readonly name: string,
    /** The number that its process 1 has on this machine. */
    readonly pid: number,
  ) {}

  /** Boots it in the network of `host`; it goes with the lab. Throws, with its console, when it does not come up. */
  static async boot(lab: Lab, host: Host): Promise<SystemdHost> {
    sweep();
    const group = makeControlGroup(`${PREFIX}${process.pid}-${++booted}`);
    lab.onRemoved(() => {
      removeControlGroup(group);
    });
    const folder = join(lab.directory, `systemd-${booted}`);
    mkdirSync(folder);
    const console = host.start("socat", ["-d", "-d", "-u", "PTY,rawer", "STDOUT"]);
    const [, terminal = ""] = await console.waitFor(/PTY is (\S+)/, START_SECONDS);
    const namespaces = ["--mount", "--pid", "--fork", "--uts", "--ipc", "--kill-child"];
    const command = ["nsenter", `--net=/run/netns/${host.namespace}`, "unshare", ...namespaces];
    const args = [...command, "sh", "-ec", ENTER, "sh", group, SETUP, "sh", folder, terminal, TARGET];
    // "ip netns exec" is not used: its own /sys would hide the control groups.
    new LabProcess(`systemd on ${host.name}`, "sh", ["-c", `exec "$@" <${terminal} >${terminal} 2>&1`, "sh", ...args]);
    const [, pid] = await console.waitFor(/it is process (\d+)/, START_SECONDS);
    await console.waitFor(/Reached target .*lab/, START_SECONDS);
    return new SystemdHost(host.name, Number(pid));
  }

  /** Returns the path on this machine of a file of the host ("/etc/…"). */
  path(file: string): string {
    return `/proc/${this.pid}/root${file}`;
  }

  /** Runs a command on it until it ends. Throws when it takes longer than options.timeoutSeconds (30). */
  run(command: string, args: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
    return runCommand("nsenter", this.#inside(command, args), options);
  }

  /** Runs a command. @returns its standard output @throws with its standard error where the exit code is not zero */
  must(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
    return mustRun("nsenter", this.#inside(command, args), options);
  }

  /** Starts a program on it, which runs until it ends or the lab does. */
  start(command: string, args: readonly string[]): LabProcess {
    return new LabProcess(`${command} on ${this.name}`, "nsenter", this.#inside(command, args));
  }

  #inside(command: string, args: readonly string[]): string[] {
    const namespaces = ["--mount", "--pid", "--cgroup", "--uts", "--ipc", "--net"];
    return [`--target=${this.pid}`, ...namespaces, "env", "-i", "LC_ALL=C", PATH, command, ...args];
  }
}

/** Removes the control groups of test processes that are no more. */
function sweep(): void {
  const folder = controlGroups();
  if (folder === undefined) return;
  for (const name of readdirSync(folder).filter(isStale)) removeControlGroup(join(folder, name));
}
