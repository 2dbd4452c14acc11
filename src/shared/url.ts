/** Parses a URL; undefined if the string is not one. */
export function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text)
  } catch {
    return undefined
  }
}

/** Whether `url` is an http(s) URL: clients open nothing else, and in some markup other schemes could notify a room. */
export function isHttpUrl(url: string | undefined): url is string {
  return url !== undefined && /^https?:\/\//i.test(url) && URL.canParse(url)
}

/** An http(s) URL with only characters that RFC 3986 allows, as services require; any other text is returned unchanged. */
export function encodeUrl(url: string): string {
  if (!isHttpUrl(url) || /^https?:[!#$%&'()*+,./:;=?@[\]\w~-]*$/.test(url)) return url
  return new URL(url).href.replaceAll('|', '%7C')
}

/** A base URL without a trailing slash; undefined if it has a query, fragment or password. */
export function parseBaseUrl(text: string): string | undefined {
  const url = parseUrl(text)
  const fits = url && /^https?:$/.test(url.protocol) && !(url.search || url.hash || url.username || url.password)
  return fits ? url.href.replace(/\/+$/, '') : undefined
}
