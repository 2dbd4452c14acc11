/** A request as a line for a shell that sends the same; what curl says by itself is left out. */
export function toCurl({ method, url, headers, body }) {
  const named = Object.entries(headers).filter(([name]) => !saidByCurl.test(name))
  const parts = [
    `curl -i -X ${method} ${quote(url)}`,
    ...named.map(([name, value]) => `-H ${quote(`${name}: ${value}`)}`),
    ...(body ? [`--data-raw ${quote(body)}`] : []),
  ]
  return parts.join(' \\\n  ')
}

const saidByCurl = /^(host|connection|content-length|accept-encoding)$/i

function quote(text) {
  return `'${text.replaceAll("'", "'\\''")}'`
}
