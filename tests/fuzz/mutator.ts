import { SeededRandom } from "../support/random.js";

/** Octets and lengths at which readers are wrong most often. */
const INTERESTING = [0, 1, 2, 3, 4, 5, 6, 7, 8, 0x20, 0x2e, 0x2f, 0x3d, 0x5b, 0x5c, 0x7f, 0x80, 0xfe, 0xff];

/** Nothing that arrives in one datagram is longer, and no text has to be. */
const LONGEST = 8192;

type Change = (octets: Buffer, random: SeededRandom) => Buffer;

/** Makes inputs out of others, the same ones in every run with the same seed. */
export class Mutator {
  readonly #random: SeededRandom;
  readonly #dictionary: readonly Buffer[];

  /** @param dictionary octets that mean something to the reader */
  constructor(random: SeededRandom, dictionary: readonly Buffer[]) {
    this.#random = random;
    this.#dictionary = dictionary;
  }

  /** One of `corpus`, changed in up to eight places. */
  mutate(corpus: readonly Buffer[]): Buffer {
    const random = this.#random;
    let octets = random.of(corpus);
    const changes: readonly Change[] = [...CHANGES, this.#insertWord, (one) => splice(one, random.of(corpus), random)];
    for (let left = 1 + random.below(8); left > 0; left--) octets = random.of(changes)(octets, random);
    return octets.subarray(0, LONGEST);
  }

  readonly #insertWord: Change = (octets, random) => {
    if (this.#dictionary.length === 0) return octets;
    const word = random.of(this.#dictionary);
    const at = random.below(octets.length + 1);
    const replaced = random.below(2) === 0 ? 0 : word.length;
    return Buffer.concat([octets.subarray(0, at), word, octets.subarray(at + replaced)]);
  };
}

const CHANGES: readonly Change[] = [flipBit, setOctet, addToOctet, insertOctets, remove, repeat, cut, setLength];

function flipBit(octets: Buffer, random: SeededRandom): Buffer {
  return changed(octets, random, (octet) => octet ^ (1 << random.below(8)));
}

function setOctet(octets: Buffer, random: SeededRandom): Buffer {
  return changed(octets, random, () => (random.below(2) === 0 ? random.of(INTERESTING) : random.below(256)));
}

function addToOctet(octets: Buffer, random: SeededRandom): Buffer {
  return changed(octets, random, (octet) => octet + random.below(9) - 4);
}

function changed(octets: Buffer, random: SeededRandom, change: (octet: number) => number): Buffer {
  if (octets.length === 0) return octets;
  const copy = Buffer.from(octets);
  const at = random.below(copy.length);
  copy.writeUInt8(change(copy.readUInt8(at)) & 0xff, at);
  return copy;
}

function insertOctets(octets: Buffer, random: SeededRandom): Buffer {
  const at = random.below(octets.length + 1);
  const added = Buffer.alloc(1 + random.below(random.below(8) === 0 ? 600 : 8), random.of(INTERESTING));
  return Buffer.concat([octets.subarray(0, at), added, octets.subarray(at)]);
}

function remove(octets: Buffer, random: SeededRandom): Buffer {
  const at = random.below(octets.length + 1);
  return Buffer.concat([octets.subarray(0, at), octets.subarray(at + 1 + random.below(16))]);
}

function repeat(octets: Buffer, random: SeededRandom): Buffer {
  const at = random.below(octets.length + 1);
  const piece = octets.subarray(at, at + 1 + random.below(64));
  const times = 1 + random.below(random.below(16) === 0 ? 64 : 4);
  const copies = Array.from({ length: times }, () => piece);
  return Buffer.concat([octets.subarray(0, at), ...copies, octets.subarray(at)]);
}

function cut(octets: Buffer, random: SeededRandom): Buffer {
  return octets.subarray(0, random.below(octets.length + 1));
}

/** Sets an octet that may be the length of a DHCP option to a wrong value. */
function setLength(octets: Buffer, random: SeededRandom): Buffer {
  if (octets.length < 2) return octets;
  const copy = Buffer.from(octets);
  const at = random.below(copy.length - 1);
  copy.writeUInt8(random.of([0, 1, 4, 0xff, copy.length - at, copy.length - at - 2]) & 0xff, at + 1);
  return copy;
}

function splice(one: Buffer, other: Buffer, random: SeededRandom): Buffer {
  return Buffer.concat([one.subarray(0, random.below(one.length + 1)), other.subarray(random.below(other.length + 1))]);
}
