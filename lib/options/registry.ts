/** How the value of an option is written down and laid out on the wire. */
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
  | "text"
  | "uri"
  | "domain"
  | "domains"
  | "search"
  | "routes"
  | "sip"
  | "octets";

type Row = readonly [code: number, type: OptionType, names: string];

/**
 * The options of IANA's registry "BOOTP Vendor Extensions and DHCP Options" that a server may be told to send, and those
 * that clients of PXELINUX, iPXE and Windows ask for. The first name is the one that we write; the others are those of
 * IANA, Kea, ISC and dnsmasq.
 */
export const OPTION_ROWS: readonly Row[] = [
  [1, "ipv4", "subnet-mask netmask"],
  [2, "int32", "time-offset"],
  [3, "ipv4s", "routers router gateway"],
  [4, "ipv4s", "time-servers time-server"],
  [5, "ipv4s", "name-servers name-server ien116-name-servers"],
  [6, "ipv4s", "domain-name-servers domain-server dns-servers dns-server dns"],
  [7, "ipv4s", "log-servers log-server"],
  [8, "ipv4s", "cookie-servers quotes-servers"],
  [9, "ipv4s", "lpr-servers lpr-server"],
  [10, "ipv4s", "impress-servers"],
  [11, "ipv4s", "resource-location-servers rlp-servers"],
  [12, "text", "host-name hostname"],
  [13, "uint16", "boot-file-size boot-size"],
  [14, "text", "merit-dump merit-dump-file"],
  [15, "text", "domain-name domain"],
  [16, "ipv4", "swap-server"],
  [17, "text", "root-path"],
  [18, "text", "extensions-path extension-path extension-file"],
  [19, "boolean", "ip-forwarding ip-forward-enable"],
  [20, "boolean", "non-local-source-routing"],
  [21, "pairs", "policy-filter"],
  [22, "uint16", "max-dgram-reassembly max-datagram-reassembly"],
  [23, "uint8", "default-ip-ttl default-ttl"],
  [24, "uint32", "path-mtu-aging-timeout"],
  [25, "uint16s", "path-mtu-plateau-table"],
  [26, "uint16", "interface-mtu mtu"],
  [27, "boolean", "all-subnets-local"],
  [28, "ipv4", "broadcast-address broadcast"],
  [29, "boolean", "perform-mask-discovery"],
  [30, "boolean", "mask-supplier"],
  [31, "boolean", "router-discovery"],
  [32, "ipv4", "router-solicitation-address router-solicitation"],
  [33, "pairs", "static-routes static-route"],
  [34, "boolean", "trailer-encapsulation"],
  [35, "uint32", "arp-cache-timeout arp-timeout"],
  [36, "boolean", "ieee802-3-encapsulation ethernet-encap"],
  [37, "uint8", "default-tcp-ttl tcp-ttl"],
  [38, "uint32", "tcp-keepalive-interval tcp-keepalive"],
  [39, "boolean", "tcp-keepalive-garbage"],
  [40, "text", "nis-domain"],
  [41, "ipv4s", "nis-servers nis-server"],
  [42, "ipv4s", "ntp-servers ntp-server"],
  [43, "octets", "vendor-specific vendor-encapsulated-options vendor-encap"],
  [44, "ipv4s", "netbios-name-servers netbios-ns wins-servers"],
  [45, "ipv4s", "netbios-dd-server netbios-dd"],
  [46, "uint8", "netbios-node-type netbios-nodetype"],
  [47, "text", "netbios-scope"],
  [48, "ipv4s", "font-servers x-windows-fs"],
  [49, "ipv4s", "x-display-manager x-windows-dm"],
  [58, "uint32", "renewal-time dhcp-renewal-time t1"],
  [59, "uint32", "rebinding-time dhcp-rebinding-time t2"],
  [60, "text", "vendor-class vendor-class-identifier"],
  [62, "text", "nwip-domain-name"],
  [63, "octets", "nwip-suboptions"],
  [64, "text", "nisplus-domain-name nisplus-domain nis+-domain"],
  [65, "ipv4s", "nisplus-servers nis+-server"],
  [66, "text", "tftp-server-name tftp-server"],
  [67, "text", "boot-file-name bootfile-name"],
  [68, "ipv4s", "mobile-ip-home-agent mobile-ip-home"],
  [69, "ipv4s", "smtp-server smtp-servers"],
  [70, "ipv4s", "pop-server pop3-server"],
  [71, "ipv4s", "nntp-server"],
  [72, "ipv4s", "www-server"],
  [73, "ipv4s", "finger-server"],
  [74, "ipv4s", "irc-server"],
  [75, "ipv4s", "streettalk-server"],
  [76, "ipv4s", "streettalk-directory-assistance-server stda-server"],
  [78, "octets", "slp-directory-agent"],
  [79, "octets", "slp-service-scope"],
  [83, "octets", "isns"],
  [85, "ipv4s", "nds-servers nds-server"],
  [86, "text", "nds-tree-name"],
  [87, "text", "nds-context"],
  [88, "domains", "bcmcs-controller-names bcms-controller-names"],
  [89, "ipv4s", "bcmcs-controller-address bcms-controller-address"],
  [95, "uri", "ldap-server ldap"],
  [98, "text", "uap-servers user-auth"],
  [99, "octets", "geoconf-civic"],
  [100, "text", "posix-timezone pcode"],
  [101, "text", "tzdb-timezone tcode"],
  [108, "uint32", "v6-only-preferred ipv6-only-preferred ipv6-only"],
  [109, "octets", "dhcp4o6-s46-saddr"],
  [112, "ipv4s", "netinfo-server-address netinfo-address"],
  [113, "text", "netinfo-server-tag netinfo-tag"],
  [114, "uri", "captive-portal v4-captive-portal default-url"],
  [116, "uint8", "auto-config"],
  [117, "uint16s", "name-service-search"],
  [119, "search", "domain-search"],
  [120, "sip", "sip-servers sip-server"],
  [121, "routes", "classless-static-route classless-static-routes"],
  [122, "octets", "cablelabs-client-configuration ccc"],
  [123, "octets", "geoconf"],
  [125, "octets", "vivso vivso-suboptions vendor-id-encap"],
  [136, "ipv4s", "pana-agent"],
  [137, "domain", "lost-server v4-lost"],
  [138, "ipv4s", "capwap-ac capwap-ac-v4"],
  [139, "octets", "mos-address"],
  [140, "octets", "mos-fqdn"],
  [141, "domains", "sip-ua-cs-domains"],
  [142, "ipv4s", "andsf-address"],
  [143, "octets", "sztp-redirect"],
  [144, "octets", "geoloc"],
  [146, "octets", "rdnss-selection"],
  [147, "domain", "dots-ri"],
  [148, "ipv4s", "dots-address"],
  [150, "ipv4s", "tftp-server-address tftp-servers"],
  [158, "octets", "pcp-server"],
  [159, "octets", "portparams v4-portparams"],
  [160, "uri", "captive-portal-former"],
  [162, "octets", "dnr v4-dnr"],
  [175, "octets", "ipxe etherboot"],
  [176, "text", "ip-telephone"],
  [177, "octets", "packetcable"],
  [208, "octets", "pxelinux-magic"],
  [209, "text", "pxelinux-configfile configuration-file loader-configfile"],
  [210, "text", "pxelinux-pathprefix path-prefix loader-pathprefix"],
  [211, "uint32", "pxelinux-reboottime reboot-time loader-reboottime"],
  [212, "octets", "6rd option-6rd"],
  [213, "domain", "access-domain v4-access-domain"],
  [220, "octets", "subnet-allocation"],
  [221, "octets", "virtual-subnet-selection"],
  [249, "routes", "ms-classless-static-route"],
  [252, "text", "wpad wpad-url"],
];

/** Why an option is not for `[option]`. */
const MADE_HERE = "this server makes it itself";
const OF_CLIENTS = "only clients send it";
const UNSUPPORTED = "this server does not do what it promises";

/** The options that a file may not set, their names, and what to do instead. */
export const RESERVED_ROWS: readonly (readonly [code: number, names: string, why: string])[] = [
  [0, "pad", "it is no option but padding"],
  [50, "requested-address dhcp-requested-address", OF_CLIENTS],
  [51, "lease-time dhcp-lease-time ip-address-lease-time", "set lease_time in [bootpd] or [subnet NAME]"],
  [52, "option-overload overload dhcp-option-overload", MADE_HERE],
  [53, "message-type dhcp-message-type", MADE_HERE],
  [54, "server-identifier dhcp-server-identifier server-ip-address", MADE_HERE],
  [55, "parameter-request-list dhcp-parameter-request-list", OF_CLIENTS],
  [56, "message dhcp-message", MADE_HERE],
  [57, "max-message-size dhcp-max-message-size", OF_CLIENTS],
  [61, "client-identifier dhcp-client-identifier client-id", "this server sends back that of the client"],
  [77, "user-class", OF_CLIENTS],
  [80, "rapid-commit", UNSUPPORTED],
  [81, "fqdn client-fqdn", UNSUPPORTED],
  [82, "relay-agent-information dhcp-agent-options", "this server sends back that of the relay agent"],
  [90, "authentication", UNSUPPORTED],
  [91, "client-last-transaction-time", UNSUPPORTED],
  [92, "associated-ip", UNSUPPORTED],
  [93, "client-arch client-system", OF_CLIENTS],
  [94, "client-ndi client-interface-id", OF_CLIENTS],
  [97, "client-machine-id uuid-guid", "this server sends back that of the client"],
  [118, "subnet-selection", UNSUPPORTED],
  [124, "vivco vivco-suboptions", OF_CLIENTS],
  [145, "forcerenew-nonce", UNSUPPORTED],
  [151, "status-code", UNSUPPORTED],
  [152, "base-time", UNSUPPORTED],
  [153, "start-time-of-state", UNSUPPORTED],
  [154, "query-start-time", UNSUPPORTED],
  [155, "query-end-time", UNSUPPORTED],
  [156, "dhcp-state", UNSUPPORTED],
  [157, "data-source", UNSUPPORTED],
  [161, "mud-url", OF_CLIENTS],
  [255, "end", "it is no option but the end of them"],
];
