/**
 * Puts an entry into a map as its youngest. When there are more than `most`, the oldest goes: the one that was not
 * remembered anew for longest.
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
