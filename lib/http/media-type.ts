import { extname } from "node:path";

/**
 * Media types by extension. By the type, UEFI distinguishes an image to run from a disk image to mount (UEFI 2.10
 * 24.7.2.1).
 */
const TYPES: ReadonlyMap<string, string> = new Map([
  [".efi", "application/efi"],
  [".iso", "application/vnd.efi-iso"],
  [".img", "application/vnd.efi-img"],
  [".cfg", "text/plain; charset=utf-8"],
  [".conf", "text/plain; charset=utf-8"],
  [".ipxe", "text/plain; charset=utf-8"],
  [".ks", "text/plain; charset=utf-8"],
  [".sh", "text/plain; charset=utf-8"],
  [".txt", "text/plain; charset=utf-8"],
  [".yaml", "application/yaml"],
  [".yml", "application/yaml"],
  [".json", "application/json"],
  [".xml", "application/xml"],
  [".html", "text/html; charset=utf-8"],
  [".gz", "application/gzip"],
  [".xz", "application/x-xz"],
  [".tar", "application/x-tar"],
  [".deb", "application/vnd.debian.binary-package"],
]);

/** Suffixes that distributions append to the names of programs signed for Secure Boot: `grubx64.efi.signed`. */
const SIGNED = /\.(?:dual)?signed$/;

/** Returns the media type of a file by its name. */
export function mediaTypeOf(name: string): string {
  return TYPES.get(extname(name.toLowerCase().replace(SIGNED, ""))) ?? "application/octet-stream";
}
