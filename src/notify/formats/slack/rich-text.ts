import { readString } from '../members.js'
import { asFields, type Fields } from '../request-fields.js'
import { readObjects } from './draft.js'
import type { SourceText } from './mrkdwn.js'

/** Text from Slack's own editor, as marked text. https://docs.slack.dev/reference/block-kit/blocks/rich-text-block */
export function fromRichText(block: Fields): SourceText {
  return { source: readObjects(block, 'elements').map(writeElement).join('\n'), style: 'signs' }
}

function writeElement(element: Fields): string {
  const { type } = element
  if (type === 'rich_text_list')
    return readObjects(element, 'elements')
      .map((item) => `• ${writeElement(item)}`)
      .join('\n')
  const text = readObjects(element, 'elements').map(writePart).join('')
  if (type === 'rich_text_preformatted') return `\`\`\`${text}\`\`\``
  return type === 'rich_text_quote' ? text.replace(/^/gm, '&gt; ') : text
}

function writePart(part: Fields): string {
  const named = (name: string) => readString(part, name) ?? ''
  switch (part['type']) {
    case 'link':
      return `<${escapeText(named('url'))}|${escapeText(named('text'))}>`
    case 'user':
      return `<@${escapeText(named('user_id'))}>`
    case 'channel':
      return `<#${escapeText(named('channel_id'))}>`
    case 'broadcast':
      return `<!${escapeText(named('range'))}>`
    case 'emoji':
      return `:${escapeText(named('name'))}:`
    default:
      return writeStyled(escapeText(named('text')), asFields(part['style']) ?? {})
  }
}

function writeStyled(text: string, style: Fields): string {
  if (text.trim() === '' || text.includes('\n')) return text
  const signs = Object.entries({ bold: '*', italic: '_', strike: '~', code: '`' }).filter(
    ([name]) => style[name] === true,
  )
  return signs.reduce((inner, [, sign]) => sign + inner + sign, text)
}

function escapeText(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
}
