import { connect } from "node:net";

/** An answer as it came over the connection. */
export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** Sends a request as it is written, which libraries would put right first, and reads until the server closes. */
export function sendRaw(port: number, request: string): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    const socket = connect(port, "127.0.0.1", () => {
      socket.write(request, "latin1");
    });
    socket.on("data", (part) => parts.push(part));
    socket.once("error", reject);
    socket.once("close", () => {
      const text = Buffer.concat(parts).toString("latin1");
      const end = text.indexOf("\r\n\r\n");
      const head = text.slice(0, end);
      resolve({ status: Number(head.split(" ")[1]), head, body: text.slice(end + 4) });
    });
  });
}

/** A GET of a target as it is written. */
export function getRaw(port: number, target: string): Promise<RawAnswer> {
  return sendRaw(port, `GET ${target} HTTP/1.1\r\nhost: boot\r\nconnection: close\r\n\r\n`);
}
