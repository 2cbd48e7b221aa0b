import { linesOf } from "./imported.js";

/** A token of an ISC file: a bare word, a quoted text, or one of `{`, `}` and `;`. */
export interface Token {
  /** `broken`: a quoted text that does not end on its line. */
  readonly kind: "word" | "quoted" | "broken" | "{" | "}" | ";";
  /** The octets of a quoted text are one character each (Latin-1), as ISC's escapes count them. */
  readonly text: string;
  /** Counted from 1. */
  readonly line: number;
}

const ESCAPED: Readonly<Record<string, string>> = { t: "\t", r: "\r", n: "\n", b: "\b" };

/** Splits a file of ISC's (dhcpd.conf(5), dhcpd.leases(5)) into tokens, without comments. */
export function* tokensOf(text: string): Generator<Token> {
  for (const [index, line] of linesOf(text).entries()) yield* tokensOfLine(line, index + 1);
}

function* tokensOfLine(text: string, line: number): Generator<Token> {
  const pieces = /[{};]|[^\s{};"#]+|["#]/g;
  for (let piece = pieces.exec(text); piece !== null; piece = pieces.exec(text)) {
    const [sign] = piece;
    if (sign === "#") return;
    if (sign === "{" || sign === "}" || sign === ";") {
      yield { kind: sign, text: sign, line };
    } else if (sign === '"') {
      const end = endOfQuoted(text, pieces.lastIndex);
      const inner = text.slice(pieces.lastIndex, end);
      yield { kind: end === undefined ? "broken" : "quoted", text: unescape(inner), line };
      pieces.lastIndex = (end ?? text.length) + 1;
    } else {
      yield { kind: "word", text: sign, line };
    }
  }
}

function endOfQuoted(text: string, start: number): number | undefined {
  for (let place = start; place < text.length; place++) {
    if (text[place] === '"') return place;
    if (text[place] === "\\") place++;
  }
  return undefined;
}

/**
 * Resolves escapes as ISC's lexer does: up to three octal digits, `\x` and two hexadecimal ones, the usual letters,
 * else the character itself.
 */
function unescape(text: string): string {
  const octets = Buffer.from(text).toString("latin1");
  return octets.replace(
    /\\(?:([0-7]{1,3})|x([0-9a-f]{1,2})|(.))/gi,
    (_, octal: string | undefined, hexadecimal: string | undefined, sign: string | undefined) => {
      if (octal !== undefined) return String.fromCharCode(parseInt(octal, 8) & 255);
      if (hexadecimal !== undefined) return String.fromCharCode(parseInt(hexadecimal, 16));
      return ESCAPED[sign ?? ""] ?? sign ?? "";
    },
  );
}
