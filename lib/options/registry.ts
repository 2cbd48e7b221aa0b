import { Code, type OptionName } from "./codes.js";

/** The type of an option's value: its layout on the wire, and its notation in files and output. */
export type OptionType =
  | "ipv4"
  | "ipv4s"
  | "pairs"
  | "boolean"
  | "uint8"
  | "uint16"
  | "uint16s"
  | "uint32"
  | "int32"
  | "seconds"
  | "blocks"
  | "text"
  | "uri"
  | "domain"
  | "domains"
  | "search"
  | "routes"
  | "sip"
  | "pxe"
  | "ipxe"
  | "codes"
  | "message-type"
  | "architectures"
  | "uuid"
  | "octets";

/** One option: the type of its value, where it is defined, its names, and why a file may not set it. */
type Row = readonly [type: OptionType, source: string, names: string, reserved?: string];

const MADE_HERE = "this server makes it itself";
const OF_CLIENTS = "only clients send it";
const UNSUPPORTED = "this server does not do what it promises";
const ECHOED = "this server sends back that of the client";

/**
 * All options that this program knows. The codec, the names in `[option]`, the checks, `simulate` and the manual come
 * from this table. It holds those of IANA's registry "BOOTP Vendor Extensions and DHCP Options" that servers or boot
 * clients use, and those that PXELINUX, iPXE and Windows add. The first name of an option is the one that this program
 * writes; the others are those of IANA, Kea, ISC and dnsmasq. Names are in lower case with hyphens.
 */
export const OPTION_TABLE: Readonly<Record<OptionName, Row>> = {
  pad: ["octets", "RFC 2132 3.1", "pad", "it is no option but padding"],
  subnetMask: ["ipv4", "RFC 2132 3.3", "subnet-mask netmask"],
  timeOffset: ["int32", "RFC 2132 3.4", "time-offset"],
  router: ["ipv4s", "RFC 2132 3.5", "routers router gateway"],
  timeServers: ["ipv4s", "RFC 2132 3.6", "time-servers time-server"],
  nameServers: ["ipv4s", "RFC 2132 3.7", "name-servers name-server ien116-name-servers"],
  domainNameServer: ["ipv4s", "RFC 2132 3.8", "domain-name-servers domain-server dns-servers dns-server dns"],
  logServers: ["ipv4s", "RFC 2132 3.9", "log-servers log-server"],
  cookieServers: ["ipv4s", "RFC 2132 3.10", "cookie-servers quotes-servers"],
  lprServers: ["ipv4s", "RFC 2132 3.11", "lpr-servers lpr-server"],
  impressServers: ["ipv4s", "RFC 2132 3.12", "impress-servers"],
  resourceLocationServers: ["ipv4s", "RFC 2132 3.13", "resource-location-servers rlp-servers"],
  hostName: ["text", "RFC 2132 3.14", "host-name hostname"],
  bootFileSize: ["blocks", "RFC 2132 3.15", "boot-file-size boot-size"],
  meritDump: ["text", "RFC 2132 3.16", "merit-dump merit-dump-file"],
  domainName: ["text", "RFC 2132 3.17", "domain-name domain"],
  swapServer: ["ipv4", "RFC 2132 3.18", "swap-server"],
  rootPath: ["text", "RFC 2132 3.19", "root-path"],
  extensionsPath: ["text", "RFC 2132 3.20", "extensions-path extension-path extension-file"],
  ipForwarding: ["boolean", "RFC 2132 4.1", "ip-forwarding ip-forward-enable"],
  nonLocalSourceRouting: ["boolean", "RFC 2132 4.2", "non-local-source-routing"],
  policyFilter: ["pairs", "RFC 2132 4.3", "policy-filter"],
  maxDatagramReassembly: ["uint16", "RFC 2132 4.4", "max-dgram-reassembly max-datagram-reassembly"],
  defaultIpTtl: ["uint8", "RFC 2132 4.5", "default-ip-ttl default-ttl"],
  pathMtuAgingTimeout: ["uint32", "RFC 2132 4.6", "path-mtu-aging-timeout"],
  pathMtuPlateauTable: ["uint16s", "RFC 2132 4.7", "path-mtu-plateau-table"],
  interfaceMtu: ["uint16", "RFC 2132 5.1", "interface-mtu mtu"],
  allSubnetsLocal: ["boolean", "RFC 2132 5.2", "all-subnets-local"],
  broadcastAddress: ["ipv4", "RFC 2132 5.3", "broadcast-address broadcast"],
  performMaskDiscovery: ["boolean", "RFC 2132 5.4", "perform-mask-discovery"],
  maskSupplier: ["boolean", "RFC 2132 5.5", "mask-supplier"],
  routerDiscovery: ["boolean", "RFC 2132 5.6", "router-discovery"],
  routerSolicitation: ["ipv4", "RFC 2132 5.7", "router-solicitation-address router-solicitation"],
  staticRoutes: ["pairs", "RFC 2132 5.8", "static-routes static-route"],
  trailerEncapsulation: ["boolean", "RFC 2132 6.1", "trailer-encapsulation"],
  arpCacheTimeout: ["uint32", "RFC 2132 6.2", "arp-cache-timeout arp-timeout"],
  ethernetEncapsulation: ["boolean", "RFC 2132 6.3", "ieee802-3-encapsulation ethernet-encap"],
  defaultTcpTtl: ["uint8", "RFC 2132 7.1", "default-tcp-ttl tcp-ttl"],
  tcpKeepaliveInterval: ["uint32", "RFC 2132 7.2", "tcp-keepalive-interval tcp-keepalive"],
  tcpKeepaliveGarbage: ["boolean", "RFC 2132 7.3", "tcp-keepalive-garbage"],
  nisDomain: ["text", "RFC 2132 8.1", "nis-domain"],
  nisServers: ["ipv4s", "RFC 2132 8.2", "nis-servers nis-server"],
  ntpServers: ["ipv4s", "RFC 2132 8.3", "ntp-servers ntp-server"],
  vendorSpecific: ["pxe", "RFC 2132 8.4", "vendor-specific vendor-encapsulated-options vendor-encap"],
  netbiosNameServers: ["ipv4s", "RFC 2132 8.5", "netbios-name-servers netbios-ns wins-servers"],
  netbiosDdServer: ["ipv4s", "RFC 2132 8.6", "netbios-dd-server netbios-dd"],
  netbiosNodeType: ["uint8", "RFC 2132 8.7", "netbios-node-type netbios-nodetype"],
  netbiosScope: ["text", "RFC 2132 8.8", "netbios-scope"],
  fontServers: ["ipv4s", "RFC 2132 8.9", "font-servers x-windows-fs"],
  xDisplayManager: ["ipv4s", "RFC 2132 8.10", "x-display-manager x-windows-dm"],
  requestedAddress: ["ipv4", "RFC 2132 9.1", "requested-address dhcp-requested-address", OF_CLIENTS],
  leaseTime: [
    "seconds",
    "RFC 2132 9.2",
    "lease-time dhcp-lease-time ip-address-lease-time",
    "set lease_time in [bootpd] or [subnet NAME]",
  ],
  overload: ["uint8", "RFC 2132 9.3", "option-overload overload dhcp-option-overload", MADE_HERE],
  messageType: ["message-type", "RFC 2132 9.6", "message-type dhcp-message-type", MADE_HERE],
  serverIdentifier: ["ipv4", "RFC 2132 9.7", "server-identifier dhcp-server-identifier server-ip-address", MADE_HERE],
  parameterRequestList: ["codes", "RFC 2132 9.8", "parameter-request-list dhcp-parameter-request-list", OF_CLIENTS],
  message: ["text", "RFC 2132 9.9", "message dhcp-message", MADE_HERE],
  maximumMessageSize: ["uint16", "RFC 2132 9.10", "max-message-size dhcp-max-message-size", OF_CLIENTS],
  renewalTime: ["seconds", "RFC 2132 9.11", "renewal-time dhcp-renewal-time t1"],
  rebindingTime: ["seconds", "RFC 2132 9.12", "rebinding-time dhcp-rebinding-time t2"],
  vendorClass: ["text", "RFC 2132 9.13", "vendor-class vendor-class-identifier"],
  clientIdentifier: ["octets", "RFC 2132 9.14", "client-identifier dhcp-client-identifier client-id", ECHOED],
  nwipDomainName: ["text", "RFC 2242 2", "nwip-domain-name"],
  nwipSuboptions: ["octets", "RFC 2242 3", "nwip-suboptions"],
  nisplusDomain: ["text", "RFC 2132 8.11", "nisplus-domain-name nisplus-domain nis+-domain"],
  nisplusServers: ["ipv4s", "RFC 2132 8.12", "nisplus-servers nis+-server"],
  tftpServerName: ["text", "RFC 2132 9.4", "tftp-server-name tftp-server"],
  bootFileName: ["text", "RFC 2132 9.5", "boot-file-name bootfile-name"],
  mobileIpHomeAgent: ["ipv4s", "RFC 2132 8.13", "mobile-ip-home-agent mobile-ip-home"],
  smtpServer: ["ipv4s", "RFC 2132 8.14", "smtp-server smtp-servers"],
  popServer: ["ipv4s", "RFC 2132 8.15", "pop-server pop3-server"],
  nntpServer: ["ipv4s", "RFC 2132 8.16", "nntp-server"],
  wwwServer: ["ipv4s", "RFC 2132 8.17", "www-server"],
  fingerServer: ["ipv4s", "RFC 2132 8.18", "finger-server"],
  ircServer: ["ipv4s", "RFC 2132 8.19", "irc-server"],
  streettalkServer: ["ipv4s", "RFC 2132 8.20", "streettalk-server"],
  stdaServer: ["ipv4s", "RFC 2132 8.21", "streettalk-directory-assistance-server stda-server"],
  userClass: ["text", "RFC 3004 4", "user-class", OF_CLIENTS],
  slpDirectoryAgent: ["octets", "RFC 2610 3", "slp-directory-agent"],
  slpServiceScope: ["octets", "RFC 2610 4", "slp-service-scope"],
  rapidCommit: ["octets", "RFC 4039 4", "rapid-commit", UNSUPPORTED],
  clientFqdn: ["octets", "RFC 4702 2", "fqdn client-fqdn", UNSUPPORTED],
  relayAgentInformation: [
    "octets",
    "RFC 3046 2.0",
    "relay-agent-information dhcp-agent-options",
    "this server sends back that of the relay agent",
  ],
  isns: ["octets", "RFC 4174 2", "isns"],
  ndsServers: ["ipv4s", "RFC 2241 2", "nds-servers nds-server"],
  ndsTreeName: ["text", "RFC 2241 3", "nds-tree-name"],
  ndsContext: ["text", "RFC 2241 4", "nds-context"],
  bcmcsControllerNames: ["domains", "RFC 4280 4.1", "bcmcs-controller-names bcms-controller-names"],
  bcmcsControllerAddress: ["ipv4s", "RFC 4280 4.3", "bcmcs-controller-address bcms-controller-address"],
  authentication: ["octets", "RFC 3118 2", "authentication", UNSUPPORTED],
  clientLastTransactionTime: ["uint32", "RFC 4388 6.1", "client-last-transaction-time", UNSUPPORTED],
  associatedIp: ["ipv4s", "RFC 4388 6.1", "associated-ip", UNSUPPORTED],
  clientArchitecture: ["architectures", "RFC 4578 2.1", "client-arch client-system", OF_CLIENTS],
  clientNetworkInterface: ["octets", "RFC 4578 2.2", "client-ndi client-interface-id", OF_CLIENTS],
  ldapServer: ["uri", "RFC 3679 3.1", "ldap-server ldap"],
  clientMachineIdentifier: ["uuid", "RFC 4578 2.3", "client-machine-id uuid-guid", ECHOED],
  uapServers: ["text", "RFC 2485 2", "uap-servers user-auth"],
  geoconfCivic: ["octets", "RFC 4776 3.1", "geoconf-civic"],
  posixTimezone: ["text", "RFC 4833 2", "posix-timezone pcode"],
  tzdbTimezone: ["text", "RFC 4833 2", "tzdb-timezone tcode"],
  ipv6OnlyPreferred: ["uint32", "RFC 8925 3.1", "v6-only-preferred ipv6-only-preferred ipv6-only"],
  dhcp4o6SourceAddress: ["octets", "RFC 8539 7.2", "dhcp4o6-s46-saddr"],
  netinfoServerAddress: ["ipv4s", "RFC 3679 3.2", "netinfo-server-address netinfo-address"],
  netinfoServerTag: ["text", "RFC 3679 3.3", "netinfo-server-tag netinfo-tag"],
  captivePortal: ["uri", "RFC 8910 2.1", "captive-portal v4-captive-portal default-url"],
  autoConfigure: ["uint8", "RFC 2563 2", "auto-config"],
  nameServiceSearch: ["uint16s", "RFC 2937", "name-service-search"],
  subnetSelection: ["ipv4", "RFC 3011 2", "subnet-selection", UNSUPPORTED],
  domainSearch: ["search", "RFC 3397 2", "domain-search"],
  sipServers: ["sip", "RFC 3361 3", "sip-servers sip-server"],
  classlessRoutes: ["routes", "RFC 3442", "classless-static-route classless-static-routes"],
  cablelabs: ["octets", "RFC 3495 4", "cablelabs-client-configuration ccc"],
  geoconf: ["octets", "RFC 6225 2", "geoconf"],
  vendorIdentifyingClass: ["octets", "RFC 3925 3", "vivco vivco-suboptions", OF_CLIENTS],
  vendorIdentifyingSpecific: ["octets", "RFC 3925 4", "vivso vivso-suboptions vendor-id-encap"],
  panaAgent: ["ipv4s", "RFC 5192 3", "pana-agent"],
  lostServer: ["domain", "RFC 5223 4", "lost-server v4-lost"],
  capwapAc: ["ipv4s", "RFC 5417 2", "capwap-ac capwap-ac-v4"],
  mosAddress: ["octets", "RFC 5678 2", "mos-address"],
  mosFqdn: ["octets", "RFC 5678 3", "mos-fqdn"],
  sipUserAgentDomains: ["domains", "RFC 6011 4.1", "sip-ua-cs-domains"],
  andsfAddress: ["ipv4s", "RFC 6153 2", "andsf-address"],
  sztpRedirect: ["octets", "RFC 8572 8.1", "sztp-redirect"],
  geoloc: ["octets", "RFC 6225 2", "geoloc"],
  forcerenewNonce: ["octets", "RFC 6704 3.1.1", "forcerenew-nonce", UNSUPPORTED],
  rdnssSelection: ["octets", "RFC 6731 4.3", "rdnss-selection"],
  dotsReference: ["domain", "RFC 8973 5.2.1", "dots-ri"],
  dotsAddress: ["ipv4s", "RFC 8973 5.2.2", "dots-address"],
  tftpServerAddress: ["ipv4s", "RFC 5859 2", "tftp-server-address tftp-servers"],
  statusCode: ["octets", "RFC 6926 6.2.2", "status-code", UNSUPPORTED],
  baseTime: ["uint32", "RFC 6926 6.2.3", "base-time", UNSUPPORTED],
  startTimeOfState: ["uint32", "RFC 6926 6.2.4", "start-time-of-state", UNSUPPORTED],
  queryStartTime: ["uint32", "RFC 6926 6.2.5", "query-start-time", UNSUPPORTED],
  queryEndTime: ["uint32", "RFC 6926 6.2.6", "query-end-time", UNSUPPORTED],
  dhcpState: ["uint8", "RFC 6926 6.2.7", "dhcp-state", UNSUPPORTED],
  dataSource: ["uint8", "RFC 6926 6.2.8", "data-source", UNSUPPORTED],
  pcpServer: ["octets", "RFC 7291 4", "pcp-server"],
  portParameters: ["octets", "RFC 7618 9", "portparams v4-portparams"],
  captivePortalFormer: ["uri", "RFC 7710 2.1", "captive-portal-former"],
  mudUrl: ["uri", "RFC 8520 10.1", "mud-url", OF_CLIENTS],
  dnr: ["octets", "RFC 9463 5.1", "dnr v4-dnr"],
  ipxe: ["ipxe", "ipxe.org", "ipxe etherboot"],
  ipTelephone: ["text", "IANA", "ip-telephone"],
  packetcable: ["octets", "IANA", "packetcable"],
  pxelinuxMagic: ["octets", "RFC 5071 3", "pxelinux-magic"],
  pxelinuxConfigFile: ["text", "RFC 5071 4", "pxelinux-configfile configuration-file loader-configfile"],
  pxelinuxPathPrefix: ["text", "RFC 5071 5", "pxelinux-pathprefix path-prefix loader-pathprefix"],
  pxelinuxRebootTime: ["uint32", "RFC 5071 6", "pxelinux-reboottime reboot-time loader-reboottime"],
  sixRd: ["octets", "RFC 5969 7.1.1", "6rd option-6rd"],
  accessDomain: ["domain", "RFC 5986 3.2", "access-domain v4-access-domain"],
  subnetAllocation: ["octets", "RFC 6656 3", "subnet-allocation"],
  virtualSubnetSelection: ["octets", "RFC 6607 3.1", "virtual-subnet-selection"],
  microsoftClasslessRoutes: ["routes", "MS-DHCPE 2.2.8", "ms-classless-static-route"],
  webProxyDiscovery: ["text", "draft-ietf-wrec-wpad-01 4.4.1", "wpad wpad-url"],
  end: ["octets", "RFC 2132 3.2", "end", "it is no option but the end of them"],
};

/** An option of the table. */
export interface KnownOption {
  readonly code: number;
  readonly name: string;
  readonly aliases: readonly string[];
  readonly type: OptionType;
  /** The RFC and section, or another source, that defines it. */
  readonly source: string;
  /** Why a file must not set it; undefined where it may. */
  readonly reserved: string | undefined;
}

/** The options of the table by code, in ascending order. */
export const knownOptions: ReadonlyMap<number, KnownOption> = new Map(
  (Object.keys(Code) as OptionName[]).map((key) => {
    const code = Code[key];
    const [type, source, names, reserved] = OPTION_TABLE[key];
    const [name = "", ...aliases] = names.split(" ");
    return [code, { code, name, aliases, type, source, reserved }];
  }),
);
