/** What a notification's HTML may hold; everything else loses its tag and keeps its text. */
const notificationTags = new Set(
  'a b i strong em br img pre code ul ol li table thead tbody tr th td span p'.toUpperCase().split(' '),
)
const cardTags = new Set('a b i strong em span br img'.toUpperCase().split(' '))
const gone = new Set('SCRIPT STYLE TEMPLATE IFRAME OBJECT EMBED NOSCRIPT TITLE TEXTAREA SELECT SVG MATH'.split(' '))

const attributes = {
  A: ['href'],
  IMG: ['src', 'alt', 'width', 'height', 'align'],
  TD: ['colspan', 'rowspan', 'valign'],
  TH: ['colspan', 'rowspan', 'valign'],
  TR: ['valign'],
}
const styles = ['font-weight', 'color', 'text-decoration', 'height', 'width']

/**
 * Builds harmless nodes from somebody's HTML. It is parsed where nothing loads or runs, and only what is on the list is
 * made anew; no node of the parsed document ever reaches the page.
 */
export function sanitise(html, { card = false } = {}) {
  const parsed = new DOMParser().parseFromString(html, 'text/html')
  const clean = document.createDocumentFragment()
  copy(parsed.body, clean, card ? cardTags : notificationTags, 0)
  return clean
}

/** An address that a link or a picture may have, or nothing. */
export function safeUrl(address, schemes = ['http:', 'https:', 'mailto:']) {
  if (typeof address !== 'string' || !URL.canParse(address)) return undefined
  const url = new URL(address)
  return schemes.includes(url.protocol) ? url.href : undefined
}

function copy(from, to, tags, depth) {
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) to.append(node.data)
    if (node.nodeType !== Node.ELEMENT_NODE || gone.has(node.nodeName.toUpperCase())) continue
    // Nesting deeper than anybody writes is flattened, so that no depth can exhaust the stack.
    if (depth > 100) to.append(node.textContent)
    else if (tags.has(node.nodeName)) to.append(remade(node, tags, depth))
    else copy(node, to, tags, depth + 1)
  }
}

function remade(node, tags, depth) {
  const fresh = document.createElement(node.nodeName)
  for (const name of attributes[node.nodeName] ?? []) {
    const value = node.getAttribute(name)
    if (value !== null) setAttribute(fresh, name, value)
  }
  if (node.nodeName === 'SPAN' || node.nodeName === 'IMG') copyStyle(node, fresh)
  if (node.nodeName === 'A') {
    fresh.rel = 'noopener noreferrer nofollow'
    fresh.target = '_blank'
  }
  if (node.nodeName === 'IMG') {
    fresh.loading = 'lazy'
    fresh.referrerPolicy = 'no-referrer'
  }
  copy(node, fresh, tags, depth + 1)
  return fresh
}

function setAttribute(fresh, name, value) {
  if (name !== 'href' && name !== 'src') {
    if (value.length < 200) fresh.setAttribute(name, value)
    return
  }
  const url = safeUrl(value, name === 'src' ? ['http:', 'https:'] : undefined)
  if (url) fresh.setAttribute(name, url)
}

/** Reads the attribute's own text: under this page's policy the parser does not. */
function copyStyle(node, fresh) {
  for (const rule of (node.getAttribute('style') ?? '').slice(0, 1000).split(';')) {
    const [name = '', value = ''] = rule.split(/:(.*)/s, 2).map((part) => part.trim().toLowerCase())
    if (styles.includes(name) && /^[\w#%.,() -]{1,40}$/.test(value)) fresh.style.setProperty(name, value)
  }
}
