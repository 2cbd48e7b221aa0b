import t from "tap";
import * as value from "../../lib/config/values.js";
import { formatIpv4 } from "../../lib/net/ipv4.js";
import { ip } from "../support/values.js";

const CONTEXT = { directory: "/etc/pybootd" };

/** Returns the values that a codec reads from texts; undefined for texts that it refuses. */
async function reads<T>(
  rule: string,
  codec: value.Codec<T>,
  cases: Readonly<Record<string, unknown>>,
  show: (parsed: T) => unknown = (parsed) => parsed,
): Promise<void> {
  await t.test(rule, (t) => {
    for (const [text, expected] of Object.entries(cases)) {
      const parsed = codec.parse(text, CONTEXT);
      t.strictSame(parsed === undefined ? undefined : show(parsed), expected, JSON.stringify(text));
    }
    t.end();
  });
}

await reads("a boolean is a word of PyBootd's, in any case", value.boolean, {
  ...Object.fromEntries(["on", "high", "true", "enable", "enabled", "yes", "1"].map((word) => [word, true])),
  ...Object.fromEntries(["off", "low", "false", "disable", "disabled", "no", "0"].map((word) => [word, false])),
  YES: true,
  Disable: false,
  y: undefined,
  "": undefined,
  "2": undefined,
  "yes no": undefined,
});

await reads("a text is anything but nothing", value.text, { x: "x", "a b;c": "a b;c", "": undefined });

await reads(
  "an address is a dotted quad",
  value.ipv4,
  {
    "192.168.1.100": "192.168.1.100",
    "0.0.0.0": "0.0.0.0",
    "255.255.255.255": "255.255.255.255",
    "192.168.1": undefined,
    "192.168.1.256": undefined,
    "192.168.01.1": undefined,
    "::1": undefined,
    localhost: undefined,
    "": undefined,
  },
  formatIpv4,
);

await reads(
  "a netmask is a dotted quad or a number of bits",
  value.netmask,
  {
    "255.255.255.0": "255.255.255.0",
    "24": "255.255.255.0",
    "/24": "255.255.255.0",
    "/1": "128.0.0.0",
    "/32": "255.255.255.255",
    "255.255.255.255": "255.255.255.255",
    "/0": undefined,
    "0.0.0.0": undefined,
    "/33": undefined,
    "255.0.255.0": undefined,
    "0.0.0.255": undefined,
    "255.255.255": undefined,
    "//24": undefined,
    "": undefined,
  },
  formatIpv4,
);

await reads("a MAC address has six octets, however they are parted", value.mac, {
  "00-1E-4F-C4-95-EE": "00:1e:4f:c4:95:ee",
  "00:1e:4f:c4:95:ee": "00:1e:4f:c4:95:ee",
  "001E.4FC4.95EE": "00:1e:4f:c4:95:ee",
  "001e4fc495ee": "00:1e:4f:c4:95:ee",
  "00-1E-4F-C4-95": undefined,
  "00-1E-4F-C4-95-EE-00": undefined,
  "00-1E-4F-C4-95-EG": undefined,
  "00-1E-4F-C4-95-EE/48": undefined,
});

await reads("a port is from 1 to 65535", value.port, {
  "67": 67,
  "1": 1,
  "65535": 65535,
  "0": undefined,
  "65536": undefined,
  "-1": undefined,
  "6.7": undefined,
  "0x43": undefined,
  "6 7": undefined,
  "": undefined,
});

await reads("a whole number is within its bounds, both included", value.integer(8, 65464), {
  "8": 8,
  "007": undefined,
  "0512": 512,
  "65464": 65464,
  "65465": undefined,
  "1e3": undefined,
});

await reads("a time is in seconds or has a unit", value.duration(0.1), {
  "90": 90,
  "2.5": 2.5,
  "90s": 90,
  "15m": 900,
  "12h": 43_200,
  "7d": 604_800,
  "7D": 604_800,
  "1.5h": 5400,
  "90 s": 90,
  "0.1": 0.1,
  "0": undefined,
  "0.05": undefined,
  "-1": undefined,
  "5w": undefined,
  "5m5s": undefined,
  s: undefined,
  ".5": undefined,
  "": undefined,
});

await reads("a size is in octets or has a unit, each 1024 times the one before", value.size, {
  "0": 0,
  "65536": 65_536,
  "64K": 65_536,
  "64k": 65_536,
  "64KB": 65_536,
  "64 KiB": 65_536,
  "16MiB": 16 * 1024 ** 2,
  "1.5M": 1.5 * 1024 ** 2,
  "2G": 2 * 1024 ** 3,
  "1T": 1024 ** 4,
  "5B": 5,
  "-1": undefined,
  "5X": undefined,
  "5Ki": undefined,
  K: undefined,
  "": undefined,
});

await reads("one of a few words is known in any case", value.oneOf("stderr", "file"), {
  stderr: "stderr",
  FILE: "file",
  files: undefined,
  "": undefined,
});

await reads(
  "a list has `;` between its items, or commas, and lines",
  value.listOf(value.ipv4),
  {
    "8.8.8.8": "8.8.8.8",
    "8.8.8.8;8.8.4.4": "8.8.8.8 8.8.4.4",
    "8.8.8.8 ; 8.8.4.4": "8.8.8.8 8.8.4.4",
    "8.8.8.8, 8.8.4.4": "8.8.8.8 8.8.4.4",
    "8.8.8.8;\n8.8.4.4": "8.8.8.8 8.8.4.4",
    "8.8.8.8;;8.8.4.4": undefined,
    "8.8.8.8;": undefined,
    "8.8.8.8 8.8.4.4": undefined,
    "8.8.8.8;x": undefined,
    "": undefined,
  },
  (addresses) => addresses.map(formatIpv4).join(" "),
);

await reads("a word may stand in the place of a value", value.orWord("auto", value.listOf(value.ipv4)), {
  auto: "auto",
  AUTO: "auto",
  "8.8.8.8": [ip("8.8.8.8")],
  automatic: undefined,
});

await reads("an endpoint is an address and a port", value.endpoint, {
  "192.168.1.5:12345": { address: ip("192.168.1.5"), port: 12345 },
  "192.168.1.5": undefined,
  "192.168.1.5:0": undefined,
  "192.168.1.5:70000": undefined,
  "host:12345": undefined,
  ":12345": undefined,
});

await reads("a relative path begins at the folder of the configuration file", value.path, {
  images: "/etc/pybootd/images",
  "./images/": "/etc/pybootd/images",
  "../images": "/etc/images",
  ".": "/etc/pybootd",
  "/srv/tftp": "/srv/tftp",
  "": undefined,
});

await reads(
  "a URL of the Web may lack its scheme",
  value.webUrl,
  {
    "http://127.0.0.1:13400": "http://127.0.0.1:13400/",
    "127.0.0.1:13400": "http://127.0.0.1:13400/",
    "authority.example": "http://authority.example/",
    "https://authority.example/base/": "https://authority.example/base/",
    "HTTP://authority.example": "http://authority.example/",
    "ftp://authority.example": undefined,
    "127.0.0.1:99999": undefined,
    "http://": undefined,
    "": undefined,
  },
  String,
);

await reads(
  "a root is a folder, or a URL that gets its slash",
  value.root,
  {
    ".": "/etc/pybootd",
    images: "/etc/pybootd/images",
    "/srv/tftp/": "/srv/tftp",
    "http://mirror/debian": "http://mirror/debian/",
    "https://mirror/debian/": "https://mirror/debian/",
    "ftp://mirror/debian": undefined,
    "": undefined,
  },
  (root) => (root.kind === "url" ? root.url.href : root.path),
);

await t.test("a path is anchored when it says where it begins", (t) => {
  const cases = { "/srv": true, "./x": true, "../x": true, x: false, ".x": false, "..x": false, "a/./b": false };
  for (const [text, expected] of Object.entries(cases)) t.equal(value.isAnchored(text), expected, text);
  t.end();
});
