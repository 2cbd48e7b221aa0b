/** Seconds between the first and the second try. */
const FIRST_SECONDS = 1;

/** The longest delay that a server may ask for, in seconds. */
const LONGEST_ASKED_SECONDS = 300;

/**
 * Returns the seconds until the next reading, after some failures in a row: the interval of readings after none, then
 * twice as long after each, up to that interval. Half of it is left to chance, so that many daemons do not ask at once.
 *
 * @param failures in a row
 * @param refreshSeconds the interval of readings
 * @param random returns a number from 0 up to 1
 * @param askedSeconds the delay that the server asks for
 */
export function nextReading(
  failures: number,
  refreshSeconds: number,
  random: () => number,
  askedSeconds: number | undefined,
): number {
  if (failures === 0) return refreshSeconds * (0.9 + 0.2 * random());
  const longest = Math.min(FIRST_SECONDS * 2 ** (failures - 1), Math.max(refreshSeconds, FIRST_SECONDS));
  const asked = Math.min(askedSeconds ?? 0, LONGEST_ASKED_SECONDS);
  return Math.max(longest * (0.5 + 0.5 * random()), asked);
}
