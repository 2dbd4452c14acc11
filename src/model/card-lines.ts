import type { Card, CardButton, CardField } from './reply.js'

/** A field as a line of text. */
export function fieldLine({ label, value, url }: CardField): string {
  return `${label}: ${value}${url ? ` ${url}` : ''}`
}

/** A button as a line of text, with what it would type or open. */
export function buttonLine({ label, command, url }: CardButton): string {
  return `${label}: ${command ?? url ?? ''}`
}

/** Like `buttonLine`, for services whose clients treat a leading slash as a command of their own. */
export function typedButtonLine(button: CardButton): string {
  const { command } = button
  return buttonLine(command === undefined ? button : { ...button, command: command.replace(/^\/(?=\S)/, '!') })
}

/** The addresses of a card's link and image; buttons have lines of their own. */
export function cardUrls({ url, image, fields = [] }: Card): readonly string[] {
  return [url, image, ...fields.map((field) => field.url)].flatMap((one) => one || [])
}
