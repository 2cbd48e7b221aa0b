/** Returns a URL as logs and origins show it: without credentials, query and fragment. */
export function shownUrl(url: URL): string {
  const shown = withoutCredentials(url);
  shown.search = "";
  return shown.href;
}

/** Returns a URL without credentials and fragment. */
export function withoutCredentials(url: URL): URL {
  const plain = new URL(url);
  plain.username = "";
  plain.password = "";
  plain.hash = "";
  return plain;
}
