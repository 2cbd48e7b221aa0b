import { words } from "./target.js";

/** Requests for files, and what goes on with them. */
export const tftpSeeds: readonly Buffer[] = words(
  "\0\x01pxelinux.0\0octet\0tsize\x000\0blksize\x001428\0windowsize\x004\0timeout\x001\0",
  "\0\x01boot.0\0octet\0",
  "\0\x01boot.0\0octet\0blksize\x001428\0windowsize\x0016\0",
  "\0\x01\\boot\\bcd\0NETASCII\0",
  "\0\x01debian-installer/amd64/bootnetx64.efi\xff\0octet\0blksize\x0065464\0",
  "\0\x02up\0octet\0",
  "\0\x04\0\x01",
  "\0\x05\0\x08User aborted\0",
);

/** Requests by HTTP, whole and in pieces. */
export const httpSeeds: readonly Buffer[] = words(
  "GET /boot.0 HTTP/1.1\r\nHost: 10.77.0.1\r\nRange: bytes=0-99\r\n\r\n",
  "HEAD /boot.0 HTTP/1.0\r\n\r\n",
  "GET /auto.ipxe?mac=52:54:00:aa:bb:01&serial=x%0aboot HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 10.0.0.1\r\n\r\n",
  "GET /..%2f..%2fetc/passwd HTTP/1.1\r\nHost: a\r\n\r\n",
  "POST /booted/52-54-00-aa-bb-01 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
  "GET http://a/b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
);
