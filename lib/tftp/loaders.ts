import type { ClientFacts } from "../machine/directory.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { Mac } from "../net/mac.js";
import { remember } from "../common/remember.js";
import type { ReadRequest } from "./packet.js";

/** The facts from the DHCP side that identify a loader. */
type Facts = Pick<ClientFacts, "mac" | "isIpxe" | "architecture"> | undefined;

/**
 * A TFTP client whose source code shows that it drops a duplicate of a block.
 *
 * It is recognised by the options of its requests, character by character and in order, and by one further sign, so
 * that no other client is mistaken for it: its DHCP request, or a file that only this loader requests.
 */
export interface Loader {
  readonly name: string;
  /** The option lists that it sends; `undefined` stands for any value. */
  readonly options: readonly (readonly (readonly [name: string, value: string | undefined])[])[];
  /** Whether the facts from DHCP identify this loader. */
  readonly asked?: (facts: NonNullable<Facts>) => boolean;
  /** The files that only this loader requests. Its other requests are recognised after one of these. */
  readonly files?: RegExp;
  /** The place in its source code that shows it. */
  readonly source: string;
}

/** Architectures of UEFI firmware (option 93, RFC 4578 2.1). */
const UEFI: readonly number[] = [6, 7, 9, 10, 11, 25, 27, 29, 37, 39];

/**
 * The known loaders. U-Boot drops duplicates too (net/tftp.c tftp_handler, lwIP tftp.c); it is not listed since it
 * negotiates `timeout`, which is then the shortest wait, or cannot be told apart from other clients.
 */
export const knownLoaders: readonly Loader[] = [
  {
    name: "iPXE",
    options: [
      [
        ["blksize", "1432"],
        ["tsize", "0"],
      ],
    ],
    asked: ({ isIpxe }) => isIpxe === true,
    source:
      "ipxe/ipxe src/net/udp/tftp.c tftp_rx_data: a block is put where it belongs, and the first gap acknowledged",
  },
  {
    name: "PXELINUX",
    options: [
      [
        ["tsize", "0"],
        ["blksize", "1408"],
      ],
    ],
    files: /(?:^|[/\\])(?:pxelinux\.cfg[/\\][^/\\]+|ldlinux\.(?:c32|e32|e64))$/,
    source: "syslinux core/fs/pxe/tftp.c tftp_get_packet: a block that is not the next one is not taken",
  },
  {
    name: "GRUB",
    options: [
      [
        ["blksize", "1024"],
        ["tsize", "0"],
      ],
    ],
    files: /(?:^|[/\\])(?:grub\.cfg(?:-[0-9A-Fa-f-]+)?|(?:command|crypto|fs|terminal)\.lst|[a-z0-9_]+\.mod)$/,
    source: "rhboot/grub2 grub-core/net/tftp.c tftp_receive: a block before the next one is acknowledged and dropped",
  },
  {
    name: "edk2",
    options: [
      [
        ["tsize", "0"],
        ["blksize", undefined],
        ["windowsize", "4"],
      ],
      [
        ["blksize", undefined],
        ["windowsize", "4"],
      ],
    ],
    asked: ({ architecture }) => architecture !== undefined && UEFI.includes(architecture),
    source:
      "tianocore/edk2 NetworkPkg/Mtftp4Dxe/Mtftp4Rrq.c Mtftp4RrqHandleData: a block that is not expected is not saved; the window is PcdPxeTftpWindowSize",
  },
];

/** Most addresses for which the loader is remembered. */
const MOST_REMEMBERED = 4096;

/** Recognises loaders by their requests. */
export class Loaders {
  readonly #seen = new Map<Ipv4, { readonly loader: Loader; readonly mac: Mac | undefined }>();

  /**
   * Recognises the loader of a request.
   *
   * @param request the request as received
   * @returns the loader that sent it; undefined where it may be another client
   */
  recognise(address: Ipv4, facts: Facts, request: ReadRequest): Loader | undefined {
    const loader = request.mode === "octet" ? loaderWith(request.options) : undefined;
    if (loader?.files === undefined) {
      // Another program runs on the client now: its firmware, or what the loader booted.
      this.#seen.delete(address);
      return facts !== undefined && loader?.asked?.(facts) === true ? loader : undefined;
    }
    if (loader.files.test(request.name)) remember(this.#seen, address, { loader, mac: facts?.mac }, MOST_REMEMBERED);
    const seen = this.#seen.get(address);
    if (seen?.loader === loader && seen.mac === facts?.mac) return loader;
    this.#seen.delete(address);
    return undefined;
  }
}

function loaderWith(options: ReadRequest["options"]): Loader | undefined {
  return knownLoaders.find((loader) =>
    loader.options.some(
      (wanted) =>
        wanted.length === options.length &&
        wanted.every(([name, value], index) => {
          const [asked, text] = options[index] ?? [];
          return name === asked && (value === undefined || value === text);
        }),
    ),
  );
}
