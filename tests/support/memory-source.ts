import { FileError, type FileSource, type OpenFile } from "../../lib/files/source.js";

/** Files in memory, which can be slow and can break when a test wants it. */
export class MemorySource implements FileSource {
  /** The number of files that were opened, and of those that are open. */
  opened = 0;
  inUse = 0;
  readonly #files: Readonly<Record<string, Buffer | Error>>;
  readonly #chunkSize: number;
  #breaksAt = Infinity;
  #gate: Promise<void> | undefined;
  #release: () => void = () => undefined;

  /** @param files by name, or what opening it is refused with */
  constructor(files: Readonly<Record<string, Buffer | Error>>, chunkSize = 64 * 1024) {
    this.#files = files;
    this.#chunkSize = chunkSize;
  }

  async open(name: string): Promise<OpenFile> {
    this.opened += 1;
    await this.#gate;
    const content = this.#files[name];
    if (content === undefined) throw new FileError({ code: "file-missing", path: `/secret/root/${name}` });
    if (content instanceof Error) throw content;
    this.inUse += 1;
    let open = true;
    return {
      origin: `memory:${name}`,
      size: content.length,
      validators: { etag: undefined, modified: undefined },
      chunkAt: (offset) => this.#chunkAt(content, offset),
      close: () => {
        if (open) this.inUse -= 1;
        open = false;
      },
    };
  }

  /** Makes all reads wait until {@link resume}. */
  stall(): void {
    this.#gate = new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  resume(): void {
    this.#gate = undefined;
    this.#release();
  }

  /** Octets from `offset` on cannot be had any more. */
  breakAt(offset: number): void {
    this.#breaksAt = offset;
  }

  /** At once where nothing is stalled, as from a cache. */
  #chunkAt(content: Buffer, offset: number): Buffer | Promise<Buffer> {
    if (this.#gate !== undefined) return this.#gate.then(() => this.#chunkAt(content, offset));
    if (offset >= this.#breaksAt)
      throw new FileError({ code: "file-unreadable", path: "/secret/root/file", error: "EIO" });
    return content.subarray(offset, Math.min(offset + this.#chunkSize, this.#breaksAt));
  }
}
