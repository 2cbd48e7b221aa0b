#!/bin/sh
# Lets the machines that pybootd boots reach the internet through this host: IPv4 forwarding and NAT, on Linux with
# nftables or iptables, on macOS with pf. Every rule lives in a table, chain or anchor of this script's own, so that
# `off` removes what `on` made, restores the former forwarding switch, and touches nothing else.

set -u
umask 077
export LC_ALL=C
# After `su`, PATH often lacks the folders of nft, iptables, ip and pfctl.
PATH="${PATH:-/usr/bin:/bin}:/usr/sbin:/sbin"

NFT_TABLE=pybootd_forward
FILTER_CHAIN=PYBOOTD-FORWARD
NAT_CHAIN=PYBOOTD-NAT
# pf evaluates com.apple/* from its stock configuration: an anchor below it needs no edit of /etc/pf.conf.
PF_ANCHOR=com.apple/pybootd

usage() {
  cat <<'END'
Usage: forward.sh [-h] [-i WAN] [-j LAN] [-c FILE] on|off

Forwards IPv4 from the network that pybootd serves (LAN) to the internet (WAN), behind this host's address (NAT).

  on        forward and translate; run it again after the network changed
  off       remove what `on` made and restore the former state
  -i WAN    the interface towards the internet; that of the default route when not given
  -j LAN    the interface towards the booted machines; the one whose network holds pool_start when not given
  -c FILE   the configuration that sets pool_start; when not given, ./pybootd.ini, or etc/pybootd.ini beside this script
  -h        print this help

Needs root. Exit code: 0 done, 1 it failed, 2 the command line is wrong.
END
}

# --- Words ---

undo_on_failure=

fail() {
  printf 'forward.sh: %s\n' "$*" >&2
  if [ -n "$undo_on_failure" ]; then
    undo_on_failure=
    undo || echo "forward.sh: not everything could be undone: run forward.sh off" >&2
  fi
  exit 1
}

fail_usage() {
  printf 'forward.sh: %s (forward.sh -h tells more)\n' "$*" >&2
  exit 2
}

have() { command -v "$1" >/dev/null 2>&1; }

# Lines from standard input as "a, b, c"; "none" where there are none.
listed() { awk '{ all = all (NR > 1 ? ", " : "") $0 } END { print (NR > 0 ? all : "none") }'; }

# --- The system: each function has a Linux and a macOS side ---

# The names of all interfaces but the loopback, one a line.
interfaces() {
  case $system in
  Linux) ip -o link show | awk '{ sub(/[@:].*/, "", $2); print $2 }' ;;
  Darwin) ifconfig -l | tr ' ' '\n' ;;
  esac | awk '!/^lo0?$/'
}

# "INTERFACE ADDRESS BITS" of every IPv4 address, one a line. A point-to-point network is that of its peer.
addresses() {
  case $system in
  Linux)
    ip -o -4 addr show | awk '{
      sub(/@.*/, "", $2)
      count = split($5 == "peer" ? $6 : $4, part, "/")
      print $2, part[1], (count > 1 ? part[2] : 32)
    }'
    ;;
  Darwin)
    # "en0: flags=…", then "inet 192.168.1.2 netmask 0xffffff00 …": a hex digit of a mask is one of 0, 8, c, e, f.
    ifconfig | awk '
      /^[^ \t]/ { name = $1; sub(/:$/, "", name) }
      $1 == "inet" {
        bits = 32
        for (i = 3; i < NF; i++) if ($i == "netmask") {
          bits = 0
          for (digit = 3; digit <= 10; digit++) bits += index("08cef", substr($(i + 1), digit, 1)) - 1
        }
        print name, $2, bits
      }'
    ;;
  esac
}

# The interface of the default route; nothing where there is no such route.
default_interface() {
  case $system in
  Linux) ip -4 route show default | awk '{ for (i = 1; i < NF; i++) if ($i == "dev") { print $(i + 1); exit } }' ;;
  Darwin) route -n get default 2>/dev/null | awk '$1 == "interface:" { print $2; exit }' ;;
  esac
}

forwarding() {
  case $system in
  Linux) cat /proc/sys/net/ipv4/ip_forward ;;
  Darwin) sysctl -n net.inet.ip.forwarding ;;
  esac
}

set_forwarding() {
  case $system in
  Linux) (echo "$1" >/proc/sys/net/ipv4/ip_forward) 2>/dev/null ;;
  Darwin) sysctl -w "net.inet.ip.forwarding=$1" >/dev/null 2>&1 ;;
  esac
}

# Tells one boot of this host from the next: what was remembered before the last one is void.
boot() {
  case $system in
  Linux) cat /proc/sys/kernel/random/boot_id ;;
  Darwin) sysctl -n kern.bootsessionuuid ;;
  esac
}

# --- The state: what was before, in a folder that only root can write to ---

state_file=
former=
tool=
wan=
lan=
network=
token=
pf_status=

find_state() {
  # A file for each network namespace: every container has a forwarding switch of its own.
  namespace=$(readlink /proc/self/ns/net 2>/dev/null | tr -dc 0-9)
  for place in /run /var/run "${TMPDIR:-/tmp}"; do
    directory=$place/pybootd-forward
    [ -e "$directory" ] || [ -L "$directory" ] || mkdir -m 700 "$directory" 2>/dev/null || continue
    if [ -z "$(find "$directory" -prune -type d -user 0 ! -perm -020 ! -perm -002 2>/dev/null)" ]; then
      fail "$directory: expected a folder that belongs to root and that nobody else can write to," \
        "got $(ls -ld "$directory"): remove it if it is not needed"
    fi
    state_file=$directory/state-${namespace:-host}
    return
  done
  fail "expected to be able to write to /run, /var/run or ${TMPDIR:-/tmp}, to remember the former state:" \
    "make one of them writable, or set TMPDIR"
}

# Sets known_wan, known_lan and the variables above but wan and lan to what `on` wrote; returns 1 where it is not on.
read_state() {
  [ -f "$state_file" ] || return 1
  known_boot=
  while IFS='=' read -r key value; do
    case $key in
    boot) known_boot=$value ;;
    former) former=$value ;;
    tool) tool=$value ;;
    wan) known_wan=$value ;;
    lan) known_lan=$value ;;
    network) network=$value ;;
    token) token=$value ;;
    pf_status) pf_status=$value ;;
    esac
  done <"$state_file"
  [ "$known_boot" = "$(boot)" ] && [ -n "$former" ] && return 0
  former='' tool='' token='' pf_status=''
  return 1
}

write_state() {
  printf '%s\n' "boot=$(boot)" "former=$former" "tool=$tool" "wan=$wan" "lan=$lan" "network=$network" \
    "token=$token" "pf_status=$pf_status" 2>/dev/null >"$state_file.new" &&
    mv -f "$state_file.new" "$state_file" && return
  fail "$state_file: expected to be able to write it, to remember the former state: is its disk full or read-only?"
}

forget_state() {
  rm -f "$state_file" "$state_file.new"
  rmdir "${state_file%/*}" 2>/dev/null || :
}

# --- Linux: nftables ---

nft_install() {
  # One transaction: the table is declared so that it can be deleted, whether or not it was there before.
  said=$(
    nft -f - 2>&1 <<END
table ip $NFT_TABLE
delete table ip $NFT_TABLE
table ip $NFT_TABLE {
  chain postrouting {
    type nat hook postrouting priority 100; policy accept;
    ip saddr $network oifname "$wan" masquerade
  }
}
END
  ) || fail "nft refused the table $NFT_TABLE; expected a kernel with nftables and NAT, and the right to use them" \
    "(in a container: CAP_NET_ADMIN). It said: $said"
}

nft_remove() {
  have nft && nft list table ip "$NFT_TABLE" >/dev/null 2>&1 || return 0
  nft delete table ip "$NFT_TABLE" || return 1
  removed=nftables
}

# --- Linux: iptables ---

ipt() { iptables -w 5 "$@"; }

iptables_is_nft() { case $(iptables -V 2>/dev/null) in *nf_tables*) true ;; *) false ;; esac }

# Whether iptables' table $1 exists; only to look would make the legacy iptables load it.
iptables_has() { iptables_is_nft || grep -qx "$1" /proc/net/ip_tables_names 2>/dev/null; }

# Whether iptables' FORWARD chain drops or may drop packets (Docker, ufw): only a rule before those there helps then.
iptables_filters() {
  iptables_has filter || return 1
  ipt -S FORWARD 2>/dev/null | awk -v own="-A FORWARD -j $FILTER_CHAIN" '
    $0 != own && $0 != "-P FORWARD ACCEPT" { found = 1 }
    END { exit !found }'
}

ipt_must() {
  said=$(ipt "$@" 2>&1) || fail "iptables $* did not work; expected a kernel with NAT and connection tracking for" \
    "iptables, and the right to use them (in a container: CAP_NET_ADMIN). It said: $said"
}

# A chain $3 in table $1, empty, and a jump to it as the first rule of $2.
ipt_chain() {
  ipt -t "$1" -S "$3" >/dev/null 2>&1 || ipt_must -t "$1" -N "$3"
  ipt_must -t "$1" -F "$3"
  ipt_unhook "$@" || fail "iptables could not remove the former jump from $2 to $3: see \`iptables -t $1 -S\`"
  ipt_must -t "$1" -I "$2" 1 -j "$3"
}

ipt_unhook() {
  while ipt -t "$1" -C "$2" -j "$3" 2>/dev/null; do
    ipt -t "$1" -D "$2" -j "$3" || return 1
  done
}

ipt_install() {
  ipt_chain filter FORWARD $FILTER_CHAIN
  ipt_must -A $FILTER_CHAIN -s "$network" -i "$lan" -o "$wan" -j ACCEPT
  ipt_must -A $FILTER_CHAIN -d "$network" -i "$wan" -o "$lan" \
    -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
  ipt_chain nat POSTROUTING $NAT_CHAIN
  ipt_must -t nat -A $NAT_CHAIN -s "$network" -o "$wan" -j MASQUERADE
}

ipt_remove() {
  have iptables || return 0
  ipt_remove_chain filter FORWARD $FILTER_CHAIN && ipt_remove_chain nat POSTROUTING $NAT_CHAIN
}

ipt_remove_chain() {
  iptables_has "$1" && ipt -t "$1" -S "$3" >/dev/null 2>&1 || return 0
  ipt_unhook "$@" && ipt -t "$1" -F "$3" && ipt -t "$1" -X "$3" || return 1
  removed=iptables
}

# --- Linux ---

# iptables where its FORWARD chain filters: no accept of another table overrules a drop there. Else nftables.
linux_choose() {
  if have iptables && iptables_filters; then
    tool=iptables
  elif have nft && nft list tables >/dev/null 2>&1; then
    tool=nftables
  elif have iptables; then
    tool=iptables
  elif have nft; then
    tool=nftables
  else
    fail "expected nft or iptables, found neither: install the package nftables (or iptables)"
  fi
}

linux_install() {
  linux_choose
  write_state
  if [ "$tool" = nftables ]; then
    ipt_remove || fail "iptables could not remove its former rules: see \`iptables-save\`"
    nft_install
  else
    nft_remove || fail "nft could not remove its former table: see \`nft list ruleset\`"
    ipt_install
  fi
  linux_blocking | while read -r chain; do
    printf 'forward.sh: warning: %s drops what it does not accept, whatever other tables accept: %s\n' \
      "$chain" "let it accept $lan -> $wan, and the replies" >&2
  done
}

linux_remove() { nft_remove && ipt_remove; }

# The forward chains of others that drop by policy and that the rules of $tool cannot overrule, one a line.
linux_blocking() {
  overruled=
  if [ "$tool" = iptables ] && iptables_is_nft; then overruled='ip filter FORWARD'; fi
  if have nft; then
    nft list chains 2>/dev/null | awk -v overruled="$overruled" '
      $1 == "table" { family = $2; table = $2 " " $3 }
      $1 == "chain" { chain = $2 }
      / hook forward / && (family == "ip" || family == "inet") && (/policy drop/ || table == "inet firewalld") {
        if (table " " chain != overruled) print "the chain " chain " of the nftables table " table
      }'
  fi
  if have iptables-legacy && grep -qx filter /proc/net/ip_tables_names 2>/dev/null; then
    [ "$tool" = iptables ] && ! iptables_is_nft && return
    iptables-legacy -w 5 -S FORWARD 2>/dev/null |
      awk '/^-P FORWARD DROP/ { print "the chain FORWARD of iptables-legacy" }'
  fi
}

# --- macOS: pf ---

pf_install() {
  tool=pf
  write_state
  pfctl -s nat 2>/dev/null | grep -q 'nat-anchor "com\.apple/\*"' ||
    fail "expected pf's rules to evaluate the anchor com.apple/*, as /etc/pf.conf is delivered:" \
      "put the lines nat-anchor \"com.apple/*\" and anchor \"com.apple/*\" back and run \`pfctl -f /etc/pf.conf\`"
  said=$(
    pfctl -a "$PF_ANCHOR" -f - 2>&1 <<END
nat pass on $wan inet from $network to any -> ($wan)
pass in quick on $lan inet from $network to any keep state
END
  ) || fail "pfctl refused the rules of the anchor $PF_ANCHOR. It said: $said"
  pf_is_enabled && [ -n "$token" ] && pfctl -s References 2>/dev/null | grep -qw "$token" && return
  if pf_is_enabled; then pf_status=enabled; else pf_status=disabled; fi
  # -E counts who needs pf: releasing the token disables it again only where nobody else does.
  said=$(pfctl -E 2>&1)
  token=$(printf '%s\n' "$said" | awk '$1 == "Token" { print $NF }')
  [ -n "$token" ] || fail "expected pfctl -E to enable pf and to tell a token. It said: $said"
  write_state
}

pf_is_enabled() { pfctl -s info 2>/dev/null | grep -q '^Status: Enabled'; }

pf_remove() {
  if [ -n "$(pfctl -a "$PF_ANCHOR" -s nat 2>/dev/null)" ]; then
    pfctl -q -a "$PF_ANCHOR" -F nat 2>/dev/null && pfctl -q -a "$PF_ANCHOR" -F rules 2>/dev/null || return 1
    removed=pf
  fi
  # A token that pf no longer knows was released by somebody else: nothing is left to do then.
  if [ -n "$token" ]; then pfctl -X "$token" >/dev/null 2>&1 || :; fi
  token=
  # pfctl -e, without a token, may have enabled it before: that is not counted.
  if [ "$pf_status" = enabled ] && ! pf_is_enabled; then pfctl -e >/dev/null 2>&1 || return 1; fi
}

# --- Which interfaces ---

# $1 is the option, $2 the interface it names.
check_interface() {
  for known in $(interfaces); do
    [ "$known" = "$2" ] && return
  done
  fail "$1 $2: expected an interface of this host; there are: $(interfaces | listed)"
}

find_wan() {
  if [ -n "$wan" ]; then
    check_interface -i "$wan"
    return
  fi
  wan=$(default_interface)
  [ -n "$wan" ] || fail "expected a default route, which tells the interface to the internet, but there is none:" \
    "set one, or name the interface with -i (there are: $(interfaces | listed))"
}

find_configuration() {
  if [ -n "$configuration" ]; then
    if [ -d "$configuration" ] || [ ! -r "$configuration" ]; then
      fail "-c $configuration: expected a configuration file of pybootd, but there is no such file"
    fi
    return
  fi
  for candidate in ./pybootd.ini "$(dirname -- "$0")/etc/pybootd.ini"; do
    if [ -r "$candidate" ]; then
      configuration=$candidate
      return
    fi
  done
}

# The value of pool_start in the INI file on standard input, as pybootd reads it.
pool_start() {
  awk -v bom="$(printf '\357\273\277')" '
    NR == 1 && index($0, bom) == 1 { $0 = substr($0, length(bom) + 1) }
    { sub(/[ \t\r]+$/, ""); match($0, /^[ \t]*/); indent = RLENGTH; text = substr($0, indent + 1) }
    text == "" || text ~ /^[;#]/ { next }
    in_option && indent > option_indent { next }
    match(text, /^\[[^]]+\]/) {
      section = substr(text, 2, RLENGTH - 2)
      gsub(/^[ \t]+|[ \t]+$/, "", section)
      in_option = 0
      next
    }
    {
      in_option = 1
      option_indent = indent
      if ((section != "bootpd" && section != "bootp") || !match(text, /[=:]/)) next
      option = substr(text, 1, RSTART - 1)
      value = substr(text, RSTART + 1)
      sub(/[ \t]+$/, "", option)
      sub(/^[ \t]+/, "", value)
      if (tolower(option) == "pool_start") { print value; exit }
    }'
}

is_ipv4() {
  printf '%s\n' "$1" | awk -F . '
    { good = NF == 4; for (i = 1; i <= NF; i++) if ($i !~ /^(0|[1-9][0-9]?[0-9]?)$/ || $i > 255) good = 0 }
    END { exit !(NR == 1 && good) }'
}

# From lines as of addresses(), "INTERFACE NETWORK/BITS" of the narrowest network that holds the address $2, on the
# interface $1 alone where that is given; where $2 is empty, of the first network.
pick_network() {
  awk -v interface="$1" -v address="$2" '
    function number(text, part) {
      split(text, part, ".")
      return ((part[1] * 256 + part[2]) * 256 + part[3]) * 256 + part[4]
    }
    function dotted(value) {
      return int(value / 16777216) "." int(value / 65536) % 256 "." int(value / 256) % 256 "." value % 256
    }
    (interface == "" && $1 !~ /^lo0?$/) || $1 == interface {
      size = 1
      for (bit = $3; bit < 32; bit++) size *= 2
      base = number($2) - number($2) % size
      if (address == "" ? !found : base == number(address) - number(address) % size && (!found || $3 > bits)) {
        found = $1 " " dotted(base) "/" $3
        bits = $3
      }
    }
    END { if (found) print found }'
}

# Every interface with its networks, for messages: "eth0 192.168.1.0/24, eth1 10.0.0.0/8".
networks() {
  addresses | awk '$1 !~ /^lo0?$/' | while read -r line; do
    printf '%s\n' "$line" | pick_network "${line%% *}" ''
  done | listed
}

find_lan() {
  named=$configuration
  find_configuration
  pool=
  if [ -n "$configuration" ]; then
    pool=$(pool_start <"$configuration")
    [ -z "$pool" ] || is_ipv4 "$pool" ||
      fail "$configuration: pool_start: expected an IPv4 address such as 192.168.1.100, got $pool"
  fi
  if [ -n "$lan" ]; then
    check_interface -j "$lan"
    picked=$(addresses | pick_network "$lan" "$pool")
    # A configuration that nobody named is a hint, not an order.
    if [ -z "$picked" ] && [ -z "$named" ]; then picked=$(addresses | pick_network "$lan" ''); fi
    [ -n "$picked" ] || [ -z "$(addresses | pick_network "$lan" '')" ] ||
      fail "$configuration: expected pool_start, $pool, in a network of $lan; this host has: $(networks)"
    [ -n "$picked" ] || fail "-j $lan: expected an interface with an IPv4 address, but it has none: give it one"
  else
    [ -n "$configuration" ] || fail "expected pybootd.ini here or in etc beside this script, since its pool_start tells" \
      "the interface of the booted machines, but there is none: name the file with -c, or the interface with -j" \
      "(there are: $(networks))"
    [ -n "$pool" ] || fail "$configuration: expected pool_start in [bootpd], but it is not set:" \
      "set it, or name the interface of the booted machines with -j (there are: $(interfaces | listed))"
    picked=$(addresses | pick_network '' "$pool")
    [ -n "$picked" ] || fail "$configuration: expected an interface whose network holds pool_start, $pool, but there" \
      "is none: give one an address of that network, or name the interface with -j (there are: $(networks))"
    lan=${picked%% *}
  fi
  network=${picked#* }
}

# --- on and off ---

undo() {
  removed=
  case $system in
  Linux) linux_remove ;;
  Darwin) pf_remove ;;
  esac || return 1
  if [ "$former" = 0 ] && [ "$(forwarding)" != 0 ]; then set_forwarding 0 || return 1; fi
  forget_state
}

turn_on() {
  find_wan
  find_lan
  [ "$wan" != "$lan" ] || fail "expected two interfaces, but both the internet (WAN) and the booted machines (LAN)" \
    "are on $wan: name the other with -i or -j (there are: $(networks))"
  wanted_network=$network
  find_state
  now=$(forwarding)
  # Somebody who turned forwarding off since the last `on` wants it off after `off`, too.
  if ! read_state || [ "$now" = 0 ]; then former=$now; fi
  network=$wanted_network
  undo_on_failure=yes
  case $system in
  Linux) linux_install ;;
  Darwin) pf_install ;;
  esac
  # Last: nothing is forwarded before the rules are there.
  if [ "$now" = 0 ]; then
    set_forwarding 1 || fail "the kernel's IPv4 forwarding could not be switched on: expected a writable switch" \
      "(in a container: start it with --sysctl net.ipv4.ip_forward=1)"
  fi
  undo_on_failure=
  echo "on: $network on $lan (LAN) reaches the internet through $wan (WAN), translated with $tool."
  echo "IPv4 forwarding was $former; \`forward.sh off\` restores that."
}

turn_off() {
  find_state
  known_wan='' known_lan=''
  if read_state; then
    case $tool in
    nftables) have nft || fail "expected nft, with which the rules were made: install the package nftables" ;;
    iptables) have iptables || fail "expected iptables, with which the rules were made: install the package iptables" ;;
    esac
    undo || fail "expected to remove its rules and to restore IPv4 forwarding to $former, but that failed (see above)"
    echo "off: $network on $known_lan (LAN) no longer goes out through $known_wan (WAN), $tool's rules are removed."
  else
    undo || fail "expected to remove its rules, but that failed (see above)"
    if [ -n "$removed" ]; then
      echo "off: $removed's rules are removed; what IPv4 forwarding was before is not known any more."
    else
      echo "off: there was nothing to remove."
    fi
  fi
  echo "IPv4 forwarding is $(forwarding)."
}

# --- The command line ---

configuration=
while getopts :hi:j:c: option; do
  case $option in
  h)
    usage
    exit 0
    ;;
  i) wan=$OPTARG ;;
  j) lan=$OPTARG ;;
  c) configuration=$OPTARG ;;
  :) fail_usage "-$OPTARG: expected a value after it" ;;
  *) fail_usage "-$OPTARG: expected one of the options -h, -i, -j and -c" ;;
  esac
done
shift $((OPTIND - 1))
[ $# -eq 1 ] || fail_usage "expected one word, on or off, after the options; got: ${*:-nothing}"
case $1 in
on | off) ;;
*) fail_usage "expected on or off, got: $1" ;;
esac

system=$(uname -s)
case $system in
Linux) have ip || fail "expected the command ip: install the package iproute2" ;;
Darwin) ;;
*) fail "expected Linux or macOS, this is $system: set up forwarding and NAT with its own tools" ;;
esac
[ "$(id -u)" = 0 ] || fail "expected to run as root, which forwarding and NAT need: use sudo"

case $1 in
on) turn_on ;;
off) turn_off ;;
esac
