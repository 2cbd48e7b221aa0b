/**
 * Puts an entry into a map as its newest. Where there are more than `most` then, removes the oldest: the one that was
 * put in or renewed longest ago.
 */
export function remember<Key, Value>(map: Map<Key, Value>, key: Key, value: Value, most: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= most) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
