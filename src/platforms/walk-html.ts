import { createHtmlPattern } from '../shared/html-pattern.js'
import { decodeEntities } from './html-entities.js'

/** What a walk through HTML reports to. */
export interface HtmlWriter {
  text(text: string): void
  open(name: string, attributes: string): void
  close(name: string): void
  /** The text of a `pre` element. */
  block(text: string): void
  end(): string
}

/** Elements that stand on lines of their own. */
export const blockElements: ReadonlySet<string> = new Set(
  'p div section article header footer ul ol li dl dt dd table tr blockquote hr h1 h2 h3 h4 h5 h6'.split(' '),
)

/** Walks through HTML and returns what the writer makes of it. `imageText`: what an image in a `pre` element becomes. */
export function walkHtml(html: string, writer: HtmlWriter, imageText = (_attributes: string): string => ''): string {
  let pre: string | undefined
  for (const [token, close = '', tag, attributes = ''] of html.matchAll(createHtmlPattern())) {
    const name = tag?.toLowerCase() ?? ''
    if (name === 'pre' && close) {
      if (pre !== undefined) writer.block(pre)
      pre = undefined
    } else if (name === 'pre' || pre !== undefined) {
      pre = (pre ?? '') + (name === 'img' ? imageText(attributes) : verbatim(token, name))
    } else if (name === '') {
      if (!token.startsWith('<!--')) writer.text(decodeEntities(token))
    } else if (close) writer.close(name)
    else writer.open(name, attributes)
  }
  if (pre !== undefined) writer.block(pre)
  return writer.end()
}

/** In a `pre` element, tags other than line breaks mean nothing. */
function verbatim(token: string, name: string): string {
  if (name === 'br') return '\n'
  return name === '' && !token.startsWith('<!--') ? decodeEntities(token) : ''
}
