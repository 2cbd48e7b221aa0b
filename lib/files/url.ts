import { remember } from "../common/remember.js";
import { CHUNK_SIZE } from "./chunk-cache.js";
import { sameVersion } from "./download.js";
import type { DiskCache, KeptFile } from "./disk-cache.js";
import { LocalContent } from "./local-content.js";
import { RegularFile } from "./regular-file.js";
import { RemoteContent, type RemoteParts } from "./remote-content.js";
import { SharedFile, type Content } from "./shared-file.js";
import { FileError, type FileSource, type OpenFile } from "./source.js";
import { refusal, type Head } from "./upstream.js";

/** Milliseconds for which a file that is being read counts as current without asking the server. */
const FRESH_MILLISECONDS = 5000;

/** Milliseconds before a missing file is requested again: boot programs try many names, many times. */
const ABSENT_MILLISECONDS = 5000;

/** Most files that are remembered between readers, and most names that are remembered as missing. */
const MOST_FILES = 1024;
const MOST_ABSENT = 8192;

/** Octets that are read in advance of a file whose size the server does not report. */
const MEASURED_OCTETS = 128 * CHUNK_SIZE;

interface Known {
  readonly shared: SharedFile;
  /** The path of the kept copy that it is read from, if any. */
  readonly keptAt?: string | undefined;
  /** Whether the server was unavailable when the file was opened. */
  readonly away: boolean;
  checked: number;
}

/** The dependencies of a URL source. */
export interface UrlParts extends RemoteParts {
  /** Keeps fetched files, for when the server is unavailable. */
  readonly disk?: DiskCache | undefined;
}

/**
 * Serves the files below a URL. Octets are fetched on demand and pass through memory to all clients that request them;
 * each is fetched once, however many clients there are.
 */
export class UrlSource implements FileSource {
  readonly #root: URL;
  readonly #parts: UrlParts;
  /** By URL; least recently used first. */
  readonly #files = new Map<string, Known>();
  readonly #checking = new Map<string, Promise<SharedFile>>();
  /** The time until which each missing name is not requested again. */
  readonly #absent = new Map<string, number>();

  /** @param root ends with a slash */
  constructor(root: URL, parts: UrlParts) {
    this.#root = root;
    this.#parts = parts;
  }

  async open(name: string): Promise<OpenFile> {
    const url = new URL(name.split("/").map(encodeURIComponent).join("/"), this.#root);
    const now = this.#parts.clock.now();
    if ((this.#absent.get(url.href) ?? 0) > now) {
      throw new FileError({ code: "missing-at-mirror", url: url.href, status: undefined });
    }
    const known = this.#files.get(url.href);
    if (known?.shared.inUse === true && now - known.checked < FRESH_MILLISECONDS) return known.shared.open();
    return (await this.#check(url)).open();
  }

  /** Asks the server for the current version. Concurrent callers share the answer. */
  #check(url: URL): Promise<SharedFile> {
    const former = this.#checking.get(url.href);
    if (former !== undefined) return former;
    const checking = this.#current(url).finally(() => {
      this.#checking.delete(url.href);
    });
    this.#checking.set(url.href, checking);
    return checking;
  }

  async #current(url: URL): Promise<SharedFile> {
    const kept = await this.#parts.disk?.find(url);
    const head = await this.#head(url);
    if (head instanceof FileError) {
      if (kept === undefined || head.kind !== "unavailable") throw head;
      return this.#fromDisk(url, kept, head);
    }
    // Servers without HEAD answer with an error: only the answer to GET counts.
    if (head.status >= 400 || head.length === undefined) return this.#remember(url, await this.#fetched(url));
    const known = this.#files.get(url.href);
    if (known?.away === false && known.keptAt === kept?.path && isVersion(known.shared.content, head)) {
      known.checked = this.#parts.clock.now();
      return known.shared;
    }
    if (kept !== undefined && isVersion(kept, head)) return this.#fromDisk(url, kept);
    const remote = { url, size: head.length, validators: head.validators };
    return this.#remember(url, new RemoteContent(remote, this.#parts, () => this.#parts.disk?.keep(remote)));
  }

  async #head(url: URL): Promise<Head | FileError> {
    try {
      const head = await this.#parts.upstream.head(url);
      return head.status < 400 || head.status === 405 || head.status === 501 ? head : this.#refused(url, head);
    } catch (error) {
      if (error instanceof FileError) return error;
      throw error;
    }
  }

  /**
   * Opens the kept copy.
   *
   * @param away why the server cannot be asked, if it cannot
   */
  async #fromDisk(url: URL, { path, validators }: KeptFile, away?: FileError): Promise<SharedFile> {
    const why = away === undefined ? "" : `, since ${away.message}`;
    const file = await RegularFile.open(path, undefined);
    const content = new LocalContent(path, file, { origin: `${url.href} (kept copy${why})`, validators });
    return this.#remember(url, content, path, away !== undefined);
  }

  async #fetched(url: URL): Promise<RemoteContent> {
    const answer = await this.#parts.upstream.get(url, 0, { etag: undefined, modified: undefined });
    const remote = { url, size: answer.length, validators: answer.validators };
    const content = new RemoteContent(remote, this.#parts, () => undefined, answer);
    await content.measure(MEASURED_OCTETS);
    return content;
  }

  #refused(url: URL, { status }: Head): FileError {
    const error = refusal(url, status);
    if (error.kind === "not-found") {
      remember(this.#absent, url.href, this.#parts.clock.now() + ABSENT_MILLISECONDS, MOST_ABSENT);
    }
    return error;
  }

  #remember(url: URL, content: Content, keptAt?: string, away = false): SharedFile {
    const shared = new SharedFile(content, this.#parts.cache);
    remember(this.#files, url.href, { shared, keptAt, away, checked: this.#parts.clock.now() }, MOST_FILES);
    return shared;
  }
}

/** Whether a version is the one that the server has now, as far as its headers tell. */
function isVersion(of: Pick<Content, "size" | "validators">, head: Head): boolean {
  const nothingKnown = head.validators.etag === undefined && head.validators.modified === undefined;
  return !nothingKnown && of.size === head.length && sameVersion(of.validators, head.validators);
}
