import { command, escapeHtml, say, whisper } from 'slashroom'

/** `/look-up error budget` finds a page in the handbook. */
export default command({
  summary: 'Finds a page in the handbook',
  aliases: ['lookup'],
  options: {
    words: { type: 'string', positional: true, rest: true, required: true, max: 200, summary: 'What to look for' },
  },
  timeout: '10s',
  idempotent: true,
  async run({ options, signal }) {
    const address = new URL('search', process.env['HANDBOOK_URL'])
    address.searchParams.set('q', options.words)
    const response = await fetch(address, { signal })
    if (!response.ok) return whisper('The handbook is not responding. Try again in a moment.')
    const [page] = toPages(await response.json())
    if (!page) return whisper(`The handbook has nothing about “${options.words}”.`)
    // In HTML, everything that others wrote must be escaped, including addresses.
    const link = `<a href="${escapeHtml(page.url)}">${escapeHtml(page.title)}</a>`
    return say(`${link}<br>${escapeHtml(page.summary)}`, { format: 'html' })
  },
})

function toPages(found: unknown) {
  const list = Array.isArray(found) ? (found as Partial<Record<string, unknown>>[]) : []
  const pages = list.map(({ url, title, summary }) => ({
    url: `${url}`,
    title: `${title}`,
    summary: `${summary ?? ''}`,
  }))
  return pages.filter(({ url }) => /^https?:\/\//.test(url)) // never javascript:
}
