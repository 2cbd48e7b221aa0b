/** The seconds in each unit of Go's time.ParseDuration. */
const SECONDS_IN = new Map([
  ["ns", 1e-9],
  ["us", 1e-6],
  ["µs", 1e-6],
  ["μs", 1e-6],
  ["ms", 1e-3],
  ["s", 1],
  ["m", 60],
  ["h", 3600],
]);

const FORM = /^(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h))+$/;
const PART = /([0-9.]+)(ns|us|µs|μs|ms|s|m|h)/g;

/**
 * Parses a duration as Go's time.ParseDuration writes and reads it: `24h`, `1h30m`, `90s`.
 *
 * @returns seconds; undefined where it is none, such as a number without a unit, or not positive
 */
export function parseGoDuration(text: string): number | undefined {
  if (!FORM.test(text)) return undefined;
  const parts = [...text.matchAll(PART)];
  const seconds = parts.reduce(
    (sum, [, count = "", unit = ""]) => sum + Number(count) * (SECONDS_IN.get(unit) ?? 0),
    0,
  );
  return seconds > 0 ? seconds : undefined;
}
