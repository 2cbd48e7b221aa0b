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

/**
 * An option: its code, the type of its value, the document that defines it, its names, and why a file must not set it.
 */
type Row = readonly [code: number, type: OptionType, source: string, names: string, reserved?: string];

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
export const OPTION_TABLE = {
  pad: [0, "octets", "RFC 2132 3.1", "pad", "it is no option but padding"],
  subnetMask: [1, "ipv4", "RFC 2132 3.3", "subnet-mask netmask"],
  timeOffset: [2, "int32", "RFC 2132 3.4", "time-offset"],
  router: [3, "ipv4s", "RFC 2132 3.5", "routers router gateway"],
  timeServers: [4, "ipv4s", "RFC 2132 3.6", "time-servers time-server"],
  nameServers: [5, "ipv4s", "RFC 2132 3.7", "name-servers name-server ien116-name-servers"],
  domainNameServer: [6, "ipv4s", "RFC 2132 3.8", "domain-name-servers domain-server dns-servers dns-server dns"],
  logServers: [7, "ipv4s", "RFC 2132 3.9", "log-servers log-server"],
  cookieServers: [8, "ipv4s", "RFC 2132 3.10", "cookie-servers quotes-servers"],
  lprServers: [9, "ipv4s", "RFC 2132 3.11", "lpr-servers lpr-server"],
  impressServers: [10, "ipv4s", "RFC 2132 3.12", "impress-servers"],
  resourceLocationServers: [11, "ipv4s", "RFC 2132 3.13", "resource-location-servers rlp-servers"],
  hostName: [12, "text", "RFC 2132 3.14", "host-name hostname"],
  bootFileSize: [13, "blocks", "RFC 2132 3.15", "boot-file-size boot-size"],
  meritDump: [14, "text", "RFC 2132 3.16", "merit-dump merit-dump-file"],
  domainName: [15, "text", "RFC 2132 3.17", "domain-name domain"],
  swapServer: [16, "ipv4", "RFC 2132 3.18", "swap-server"],
  rootPath: [17, "text", "RFC 2132 3.19", "root-path"],
  extensionsPath: [18, "text", "RFC 2132 3.20", "extensions-path extension-path extension-file"],
  ipForwarding: [19, "boolean", "RFC 2132 4.1", "ip-forwarding ip-forward-enable"],
  nonLocalSourceRouting: [20, "boolean", "RFC 2132 4.2", "non-local-source-routing"],
  policyFilter: [21, "pairs", "RFC 2132 4.3", "policy-filter"],
  maxDatagramReassembly: [22, "uint16", "RFC 2132 4.4", "max-dgram-reassembly max-datagram-reassembly"],
  defaultIpTtl: [23, "uint8", "RFC 2132 4.5", "default-ip-ttl default-ttl"],
  pathMtuAgingTimeout: [24, "uint32", "RFC 2132 4.6", "path-mtu-aging-timeout"],
  pathMtuPlateauTable: [25, "uint16s", "RFC 2132 4.7", "path-mtu-plateau-table"],
  interfaceMtu: [26, "uint16", "RFC 2132 5.1", "interface-mtu mtu"],
  allSubnetsLocal: [27, "boolean", "RFC 2132 5.2", "all-subnets-local"],
  broadcastAddress: [28, "ipv4", "RFC 2132 5.3", "broadcast-address broadcast"],
  performMaskDiscovery: [29, "boolean", "RFC 2132 5.4", "perform-mask-discovery"],
  maskSupplier: [30, "boolean", "RFC 2132 5.5", "mask-supplier"],
  routerDiscovery: [31, "boolean", "RFC 2132 5.6", "router-discovery"],
  routerSolicitation: [32, "ipv4", "RFC 2132 5.7", "router-solicitation-address router-solicitation"],
  staticRoutes: [33, "pairs", "RFC 2132 5.8", "static-routes static-route"],
  trailerEncapsulation: [34, "boolean", "RFC 2132 6.1", "trailer-encapsulation"],
  arpCacheTimeout: [35, "uint32", "RFC 2132 6.2", "arp-cache-timeout arp-timeout"],
  ethernetEncapsulation: [36, "boolean", "RFC 2132 6.3", "ieee802-3-encapsulation ethernet-encap"],
  defaultTcpTtl: [37, "uint8", "RFC 2132 7.1", "default-tcp-ttl tcp-ttl"],
  tcpKeepaliveInterval: [38, "uint32", "RFC 2132 7.2", "tcp-keepalive-interval tcp-keepalive"],
  tcpKeepaliveGarbage: [39, "boolean", "RFC 2132 7.3", "tcp-keepalive-garbage"],
  nisDomain: [40, "text", "RFC 2132 8.1", "nis-domain"],
  nisServers: [41, "ipv4s", "RFC 2132 8.2", "nis-servers nis-server"],
  ntpServers: [42, "ipv4s", "RFC 2132 8.3", "ntp-servers ntp-server"],
  vendorSpecific: [43, "pxe", "RFC 2132 8.4", "vendor-specific vendor-encapsulated-options vendor-encap"],
  netbiosNameServers: [44, "ipv4s", "RFC 2132 8.5", "netbios-name-servers netbios-ns wins-servers"],
  netbiosDdServer: [45, "ipv4s", "RFC 2132 8.6", "netbios-dd-server netbios-dd"],
  netbiosNodeType: [46, "uint8", "RFC 2132 8.7", "netbios-node-type netbios-nodetype"],
  netbiosScope: [47, "text", "RFC 2132 8.8", "netbios-scope"],
  fontServers: [48, "ipv4s", "RFC 2132 8.9", "font-servers x-windows-fs"],
  xDisplayManager: [49, "ipv4s", "RFC 2132 8.10", "x-display-manager x-windows-dm"],
  requestedAddress: [50, "ipv4", "RFC 2132 9.1", "requested-address dhcp-requested-address", OF_CLIENTS],
  leaseTime: [
    51,
    "seconds",
    "RFC 2132 9.2",
    "lease-time dhcp-lease-time ip-address-lease-time",
    "set lease_time in [bootpd] or [subnet NAME]",
  ],
  overload: [52, "uint8", "RFC 2132 9.3", "option-overload overload dhcp-option-overload", MADE_HERE],
  messageType: [53, "message-type", "RFC 2132 9.6", "message-type dhcp-message-type", MADE_HERE],
  serverIdentifier: [
    54,
    "ipv4",
    "RFC 2132 9.7",
    "server-identifier dhcp-server-identifier server-ip-address",
    MADE_HERE,
  ],
  parameterRequestList: [55, "codes", "RFC 2132 9.8", "parameter-request-list dhcp-parameter-request-list", OF_CLIENTS],
  message: [56, "text", "RFC 2132 9.9", "message dhcp-message", MADE_HERE],
  maximumMessageSize: [57, "uint16", "RFC 2132 9.10", "max-message-size dhcp-max-message-size", OF_CLIENTS],
  renewalTime: [58, "seconds", "RFC 2132 9.11", "renewal-time dhcp-renewal-time t1"],
  rebindingTime: [59, "seconds", "RFC 2132 9.12", "rebinding-time dhcp-rebinding-time t2"],
  vendorClass: [60, "text", "RFC 2132 9.13", "vendor-class vendor-class-identifier"],
  clientIdentifier: [61, "octets", "RFC 2132 9.14", "client-identifier dhcp-client-identifier client-id", ECHOED],
  nwipDomainName: [62, "text", "RFC 2242 2", "nwip-domain-name"],
  nwipSuboptions: [63, "octets", "RFC 2242 3", "nwip-suboptions"],
  nisplusDomain: [64, "text", "RFC 2132 8.11", "nisplus-domain-name nisplus-domain nis+-domain"],
  nisplusServers: [65, "ipv4s", "RFC 2132 8.12", "nisplus-servers nis+-server"],
  tftpServerName: [66, "text", "RFC 2132 9.4", "tftp-server-name tftp-server"],
  bootFileName: [67, "text", "RFC 2132 9.5", "boot-file-name bootfile-name"],
  mobileIpHomeAgent: [68, "ipv4s", "RFC 2132 8.13", "mobile-ip-home-agent mobile-ip-home"],
  smtpServer: [69, "ipv4s", "RFC 2132 8.14", "smtp-server smtp-servers"],
  popServer: [70, "ipv4s", "RFC 2132 8.15", "pop-server pop3-server"],
  nntpServer: [71, "ipv4s", "RFC 2132 8.16", "nntp-server"],
  wwwServer: [72, "ipv4s", "RFC 2132 8.17", "www-server"],
  fingerServer: [73, "ipv4s", "RFC 2132 8.18", "finger-server"],
  ircServer: [74, "ipv4s", "RFC 2132 8.19", "irc-server"],
  streettalkServer: [75, "ipv4s", "RFC 2132 8.20", "streettalk-server"],
  stdaServer: [76, "ipv4s", "RFC 2132 8.21", "streettalk-directory-assistance-server stda-server"],
  userClass: [77, "text", "RFC 3004 4", "user-class", OF_CLIENTS],
  slpDirectoryAgent: [78, "octets", "RFC 2610 3", "slp-directory-agent"],
  slpServiceScope: [79, "octets", "RFC 2610 4", "slp-service-scope"],
  rapidCommit: [80, "octets", "RFC 4039 4", "rapid-commit", UNSUPPORTED],
  clientFqdn: [81, "octets", "RFC 4702 2", "fqdn client-fqdn", UNSUPPORTED],
  relayAgentInformation: [
    82,
    "octets",
    "RFC 3046 2.0",
    "relay-agent-information dhcp-agent-options",
    "this server sends back that of the relay agent",
  ],
  isns: [83, "octets", "RFC 4174 2", "isns"],
  ndsServers: [85, "ipv4s", "RFC 2241 2", "nds-servers nds-server"],
  ndsTreeName: [86, "text", "RFC 2241 3", "nds-tree-name"],
  ndsContext: [87, "text", "RFC 2241 4", "nds-context"],
  bcmcsControllerNames: [88, "domains", "RFC 4280 4.1", "bcmcs-controller-names bcms-controller-names"],
  bcmcsControllerAddress: [89, "ipv4s", "RFC 4280 4.3", "bcmcs-controller-address bcms-controller-address"],
  authentication: [90, "octets", "RFC 3118 2", "authentication", UNSUPPORTED],
  clientLastTransactionTime: [91, "uint32", "RFC 4388 6.1", "client-last-transaction-time", UNSUPPORTED],
  associatedIp: [92, "ipv4s", "RFC 4388 6.1", "associated-ip", UNSUPPORTED],
  clientArchitecture: [93, "architectures", "RFC 4578 2.1", "client-arch client-system", OF_CLIENTS],
  clientNetworkInterface: [94, "octets", "RFC 4578 2.2", "client-ndi client-interface-id", OF_CLIENTS],
  ldapServer: [95, "uri", "RFC 3679 3.1", "ldap-server ldap"],
  clientMachineIdentifier: [97, "uuid", "RFC 4578 2.3", "client-machine-id uuid-guid", ECHOED],
  uapServers: [98, "text", "RFC 2485 2", "uap-servers user-auth"],
  geoconfCivic: [99, "octets", "RFC 4776 3.1", "geoconf-civic"],
  posixTimezone: [100, "text", "RFC 4833 2", "posix-timezone pcode"],
  tzdbTimezone: [101, "text", "RFC 4833 2", "tzdb-timezone tcode"],
  ipv6OnlyPreferred: [108, "uint32", "RFC 8925 3.1", "v6-only-preferred ipv6-only-preferred ipv6-only"],
  dhcp4o6SourceAddress: [109, "octets", "RFC 8539 7.2", "dhcp4o6-s46-saddr"],
  netinfoServerAddress: [112, "ipv4s", "RFC 3679 3.2", "netinfo-server-address netinfo-address"],
  netinfoServerTag: [113, "text", "RFC 3679 3.3", "netinfo-server-tag netinfo-tag"],
  captivePortal: [114, "uri", "RFC 8910 2.1", "captive-portal v4-captive-portal default-url"],
  autoConfigure: [116, "uint8", "RFC 2563 2", "auto-config"],
  nameServiceSearch: [117, "uint16s", "RFC 2937", "name-service-search"],
  subnetSelection: [118, "ipv4", "RFC 3011 2", "subnet-selection", UNSUPPORTED],
  domainSearch: [119, "search", "RFC 3397 2", "domain-search"],
  sipServers: [120, "sip", "RFC 3361 3", "sip-servers sip-server"],
  classlessRoutes: [121, "routes", "RFC 3442", "classless-static-route classless-static-routes"],
  cablelabs: [122, "octets", "RFC 3495 4", "cablelabs-client-configuration ccc"],
  geoconf: [123, "octets", "RFC 6225 2", "geoconf"],
  vendorIdentifyingClass: [124, "octets", "RFC 3925 3", "vivco vivco-suboptions", OF_CLIENTS],
  vendorIdentifyingSpecific: [125, "octets", "RFC 3925 4", "vivso vivso-suboptions vendor-id-encap"],
  panaAgent: [136, "ipv4s", "RFC 5192 3", "pana-agent"],
  lostServer: [137, "domain", "RFC 5223 4", "lost-server v4-lost"],
  capwapAc: [138, "ipv4s", "RFC 5417 2", "capwap-ac capwap-ac-v4"],
  mosAddress: [139, "octets", "RFC 5678 2", "mos-address"],
  mosFqdn: [140, "octets", "RFC 5678 3", "mos-fqdn"],
  sipUserAgentDomains: [141, "domains", "RFC 6011 4.1", "sip-ua-cs-domains"],
  andsfAddress: [142, "ipv4s", "RFC 6153 2", "andsf-address"],
  sztpRedirect: [143, "octets", "RFC 8572 8.1", "sztp-redirect"],
  geoloc: [144, "octets", "RFC 6225 2", "geoloc"],
  forcerenewNonce: [145, "octets", "RFC 6704 3.1.1", "forcerenew-nonce", UNSUPPORTED],
  rdnssSelection: [146, "octets", "RFC 6731 4.3", "rdnss-selection"],
  dotsReference: [147, "domain", "RFC 8973 5.2.1", "dots-ri"],
  dotsAddress: [148, "ipv4s", "RFC 8973 5.2.2", "dots-address"],
  tftpServerAddress: [150, "ipv4s", "RFC 5859 2", "tftp-server-address tftp-servers"],
  statusCode: [151, "octets", "RFC 6926 6.2.2", "status-code", UNSUPPORTED],
  baseTime: [152, "uint32", "RFC 6926 6.2.3", "base-time", UNSUPPORTED],
  startTimeOfState: [153, "uint32", "RFC 6926 6.2.4", "start-time-of-state", UNSUPPORTED],
  queryStartTime: [154, "uint32", "RFC 6926 6.2.5", "query-start-time", UNSUPPORTED],
  queryEndTime: [155, "uint32", "RFC 6926 6.2.6", "query-end-time", UNSUPPORTED],
  dhcpState: [156, "uint8", "RFC 6926 6.2.7", "dhcp-state", UNSUPPORTED],
  dataSource: [157, "uint8", "RFC 6926 6.2.8", "data-source", UNSUPPORTED],
  pcpServer: [158, "octets", "RFC 7291 4", "pcp-server"],
  portParameters: [159, "octets", "RFC 7618 9", "portparams v4-portparams"],
  captivePortalFormer: [160, "uri", "RFC 7710 2.1", "captive-portal-former"],
  mudUrl: [161, "uri", "RFC 8520 10.1", "mud-url", OF_CLIENTS],
  dnr: [162, "octets", "RFC 9463 5.1", "dnr v4-dnr"],
  ipxe: [175, "ipxe", "ipxe.org", "ipxe etherboot"],
  ipTelephone: [176, "text", "IANA", "ip-telephone"],
  packetcable: [177, "octets", "IANA", "packetcable"],
  pxelinuxMagic: [208, "octets", "RFC 5071 3", "pxelinux-magic"],
  pxelinuxConfigFile: [209, "text", "RFC 5071 4", "pxelinux-configfile configuration-file loader-configfile"],
  pxelinuxPathPrefix: [210, "text", "RFC 5071 5", "pxelinux-pathprefix path-prefix loader-pathprefix"],
  pxelinuxRebootTime: [211, "uint32", "RFC 5071 6", "pxelinux-reboottime reboot-time loader-reboottime"],
  sixRd: [212, "octets", "RFC 5969 7.1.1", "6rd option-6rd"],
  accessDomain: [213, "domain", "RFC 5986 3.2", "access-domain v4-access-domain"],
  subnetAllocation: [220, "octets", "RFC 6656 3", "subnet-allocation"],
  virtualSubnetSelection: [221, "octets", "RFC 6607 3.1", "virtual-subnet-selection"],
  microsoftClasslessRoutes: [249, "routes", "MS-DHCPE 2.2.8", "ms-classless-static-route"],
  webProxyDiscovery: [252, "text", "draft-ietf-wrec-wpad-01 4.4.1", "wpad wpad-url"],
  end: [255, "octets", "RFC 2132 3.2", "end", "it is no option but the end of them"],
} as const satisfies Readonly<Record<string, Row>>;

/** The name of an option in the code. */
export type OptionName = keyof typeof OPTION_TABLE;

/** The codes of the options, such as `Code.subnetMask`. */
export const Code = Object.fromEntries(Object.entries(OPTION_TABLE).map(([name, [code]]) => [name, code])) as {
  readonly [Name in OptionName]: (typeof OPTION_TABLE)[Name][0];
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
  Object.values<Row>(OPTION_TABLE).map(([code, type, source, names, reserved]) => {
    const [name = "", ...aliases] = names.split(" ");
    return [code, { code, name, aliases, type, source, reserved }];
  }),
);
