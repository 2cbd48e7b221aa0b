import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import type { Problem } from "../config/problem.js";
import type { ReadSections } from "../config/read.js";
import type { HttpdSettings } from "./section.js";

/** A certificate and its key, in PEM. */
export interface Certificate {
  /** The server's certificate, and the intermediate certificates. */
  readonly cert: string;
  readonly key: string;
}

/**
 * Reads the certificate and the key that `[httpd]` names.
 *
 * @param former the current configuration; its certificate stays in use where the same files can no longer be read
 * without root
 * @returns both, or neither where it names none, and the problems
 */
export function readCertificate(
  reading: Reading,
  former?: Former,
): {
  readonly certificate: Certificate | undefined;
  readonly problems: readonly Problem[];
} {
  const { certificate, key } = reading.settings.httpd;
  const none = { certificate: undefined, problems: [] };
  if (certificate === undefined && key === undefined) return none;
  if (certificate === undefined) return { ...none, problems: [missing(reading, "certificate", "key")] };
  if (key === undefined) return { ...none, problems: [missing(reading, "key", "certificate")] };
  const cert = readText(reading, "certificate", certificate);
  const keyText = readText(reading, "key", key);
  const kept = sameFiles(reading, former) && [cert, keyText].some(isForbidden) ? former?.certificate : undefined;
  if (kept !== undefined) return { certificate: kept, problems: [] };
  if (typeof cert !== "string" || typeof keyText !== "string") {
    return { ...none, problems: [cert, keyText].filter((text) => typeof text !== "string") };
  }
  const read = { cert, key: keyText };
  const problem =
    refusal(reading, "certificate", "a certificate in PEM", { cert: read.cert }) ??
    refusal(reading, "key", "a key in PEM without a passphrase", { key: read.key }) ??
    refusal(reading, "key", "the key of the certificate", read);
  return problem === undefined ? { certificate: read, problems: [] } : { ...none, problems: [problem] };
}

type Reading = ReadSections<{ readonly httpd: HttpdSettings }>;

type Part = "certificate" | "key";

/** The current configuration, before a reload. */
interface Former {
  readonly settings: Reading["settings"];
  readonly certificate: Certificate | undefined;
}

function sameFiles({ settings: { httpd } }: Reading, former: Former | undefined): boolean {
  const before = former?.settings.httpd;
  return before?.certificate === httpd.certificate && before?.key === httpd.key;
}

function isForbidden(read: string | Problem): boolean {
  return typeof read !== "string" && read.got.startsWith("EACCES");
}

function missing({ lineOf }: Reading, part: Part, other: Part): Problem {
  const place = { line: lineOf("httpd", other), section: "httpd", option: part };
  return { ...place, expected: `a ${part} too, for HTTPS`, got: `a ${other} alone` };
}

function readText({ lineOf }: Reading, part: Part, path: string): string | Problem {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const got = error instanceof Error ? error.message : String(error);
    return { line: lineOf("httpd", part), section: "httpd", option: part, expected: "a file that can be read", got };
  }
}

/** Returns the problem that OpenSSL reports with a certificate or key. */
function refusal(
  { lineOf, settings }: Reading,
  part: Part,
  expected: string,
  material: Partial<Certificate>,
): Problem | undefined {
  try {
    createSecureContext(material);
    return undefined;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const got = `${settings.httpd[part] ?? ""} (${why})`;
    return { line: lineOf("httpd", part), section: "httpd", option: part, expected, got };
  }
}
