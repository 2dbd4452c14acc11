import type { Card, CardButton, CardField } from './reply.js'

/** A field as a line of text. */
export function fieldLine({ label, value, url }: CardField): string {
  return `${label}: ${value}${url ? ` ${url}` : ''}`
}

/** A button as a line of text, with what it would type or open. */
export function buttonLine({ label, command, url }: CardButton): string {
  return `${label}: ${command ?? url ?? ''}`
}

/** As `buttonLine`, for services where clients take what begins with a slash for a command of their own. */
export function typedButtonLine(button: CardButton): string {
  const { command } = button
  return buttonLine(command === undefined ? button : { ...button, command: command.replace(/^\/(?=\S)/, '!') })
}

/** Where a card leads and what it shows, by its addresses; those of its buttons have lines of their own. */
export function cardUrls({ url, image, fields = [] }: Card): readonly string[] {
  return [url, image, ...fields.map((field) => field.url)].flatMap((one) => one || [])
}
