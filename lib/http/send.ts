import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { describeCause } from "../events/causes/describe.js";
import type { TransferCause } from "../events/causes/transfers.js";
import { FILE_KINDS, type FileCause } from "../events/causes/files.js";
import { CHUNK_SIZE } from "../files/chunk-cache.js";
import { FileError, type OpenFile, type Validators } from "../files/source.js";
import type { Clock } from "../common/clock.js";
import { asError } from "../common/error.js";
import { parseRange, type Range } from "./range.js";
import type { Content, HttpRefusal } from "./route.js";
import type { WriteTurns } from "./write-turns.js";

/** Time limits for a chunk of a file, and for a whole response: a client that takes longer boots no machine. */
const CHUNK_MILLISECONDS = 300_000;
const LONGEST_MILLISECONDS = 6 * 3600_000;

/** The error of a response that this server ends early. */
export class TransferError extends Error {
  override readonly cause: TransferCause;

  constructor(cause: TransferCause) {
    super(describeCause(cause));
    this.name = "TransferError";
    this.cause = cause;
  }
}

/** The part of a file to send, and its headers. */
export interface Delivery {
  readonly status: 200 | 206;
  readonly start: number;
  readonly octets: number;
  readonly headers: Readonly<Record<string, string | number>>;
}

/** Decides which part of a file answers a request. */
export function deliveryOf(
  method: string,
  headers: IncomingHttpHeaders,
  { file, mediaType }: Content,
): Delivery | HttpRefusal {
  const { size, origin, validators } = file;
  if (size === undefined) {
    return refusalFor({ code: "size-unknown", origin });
  }
  const range = rangeOf(method, headers, size, validators);
  if (range === "unsatisfiable") {
    const cause = { code: "range-unsatisfiable", size, range: headers.range ?? "" } as const;
    return { status: 416, text: "Range Not Satisfiable", cause, headers: { "Content-Range": `bytes */${size}` } };
  }
  const octets = range === undefined ? size : range.end - range.start + 1;
  // Firmware accepts neither a body without a length nor a header without a value.
  const common = { "Content-Type": mediaType, "Content-Length": octets, "Accept-Ranges": "bytes" };
  return {
    status: range === undefined ? 200 : 206,
    start: range?.start ?? 0,
    octets,
    headers: {
      ...common,
      ...(range === undefined ? {} : { "Content-Range": `bytes ${range.start}-${range.end}/${size}` }),
      ...headersOf(validators),
    },
  };
}

/**
 * Returns the requested range. A Range header applies only to GET (RFC 9110 14.2), and only to the version that
 * If-Range names (RFC 9110 13.1.5).
 */
function rangeOf(
  method: string,
  { range, "if-range": condition }: IncomingHttpHeaders,
  size: number,
  validators: Validators,
): Range | "unsatisfiable" | undefined {
  if (method !== "GET") return undefined;
  if (typeof condition === "string" && !Object.values(headersOf(validators)).includes(condition)) return undefined;
  return parseRange(range, size);
}

/** A strong entity tag (RFC 9110 8.8.3). A weak one (`W/"…"`) does not identify the octets, and is not passed on. */
const STRONG_TAG = /^"[\x21\x23-\x7e]*"$/;

function headersOf({ etag, modified }: Validators): Readonly<Record<string, string>> {
  return {
    ...(etag !== undefined && STRONG_TAG.test(etag) ? { ETag: etag } : {}),
    ...(modified === undefined ? {} : { "Last-Modified": new Date(modified).toUTCString() }),
  };
}

/**
 * Sends a part of a file.
 *
 * @param count called with the number of octets as they are sent
 * @throws the error that ends the response early
 */
export async function sendOctets(
  response: ServerResponse,
  file: OpenFile,
  { start, octets }: Delivery,
  { clock, turns }: { readonly clock: Clock; readonly turns: WriteTurns },
  count: (octets: number) => void,
): Promise<void> {
  const slow = new AbortController();
  const tooSlow = (): void => {
    slow.abort(new TransferError({ code: "client-too-slow" }));
  };
  let cancelChunk = clock.after(CHUNK_MILLISECONDS, tooSlow);
  const cancelAll = clock.after(LONGEST_MILLISECONDS, tooSlow);
  const taken = (chunk: Buffer): void => {
    count(chunk.length);
    cancelChunk();
    cancelChunk = clock.after(CHUNK_MILLISECONDS, tooSlow);
  };
  try {
    await pipeline(Readable.from(chunksOf(file, start, octets, turns, taken)), response, { signal: slow.signal });
  } catch (error) {
    throw asError(slow.signal.aborted ? slow.signal.reason : error);
  } finally {
    cancelChunk();
    cancelAll();
  }
}

async function* chunksOf(
  file: OpenFile,
  start: number,
  length: number,
  turns: WriteTurns,
  taken: (chunk: Buffer) => void,
): AsyncGenerator<Buffer> {
  const end = start + length;
  for (let offset = start; offset < end;) {
    const most = Math.min(CHUNK_SIZE, end - offset);
    await turns.take(most);
    const found = file.chunkAt(offset);
    const chunk = await found;
    if (chunk.length === 0) throw new FileError({ code: "file-short", origin: file.origin });
    // The read used up that turn or took longer than it, and many clients may have waited for the same chunk.
    if (found instanceof Promise) await turns.take(most);
    const wanted = chunk.subarray(0, end - offset);
    offset += wanted.length;
    yield wanted;
    taken(wanted);
  }
}

/** Sends an answer without a file. @param bodiless whether it answers HEAD */
export function sendRefusal(response: ServerResponse, { status, text, headers }: HttpRefusal, bodiless: boolean): void {
  const body = `${text}\n`;
  const common = { "Content-Type": "text/plain; charset=utf-8", "Content-Length": Buffer.byteLength(body) };
  response.writeHead(status, { ...common, ...headers });
  response.end(bodiless ? undefined : body);
}

/** Returns the refusal for a file that is not served. */
export function refusalFor(cause: FileCause): HttpRefusal {
  switch (FILE_KINDS[cause.code]) {
    case "not-found":
      return { status: 404, text: "Not Found", cause };
    case "forbidden":
      return { status: 403, text: "Forbidden", cause };
    case "unavailable":
      return { status: 502, text: "Bad Gateway", cause };
  }
}
