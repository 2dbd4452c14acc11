import type { Tone } from '../../../model/reply.js'

/** What a colour means that is a word of the service's or red, green and blue; undefined for any other. */
export function toTone(color: string | undefined): Tone | undefined {
  const word = color?.trim().toLowerCase() ?? ''
  return words.get(word) ?? byHue(word)
}

const words: ReadonlyMap<string, Tone> = new Map([
  ['good', 'good'],
  ['warning', 'warning'],
  ['danger', 'bad'],
])

function byHue(color: string): Tone | undefined {
  const short = /^#?([\da-f])([\da-f])([\da-f])$/.exec(color)
  const [red, green, blue] = (short ?? /^#?([\da-f]{2})([\da-f]{2})([\da-f]{2})$/.exec(color) ?? [])
    .slice(1)
    .map((digits) => Number.parseInt(digits.padEnd(2, digits), 16))
  if (red === undefined || green === undefined || blue === undefined) return undefined
  const most = Math.max(red, green, blue)
  const range = most - Math.min(red, green, blue)
  if (range < most / 5 || most < 48) return 'neutral'
  const sixth =
    most === red ? (green - blue) / range : most === green ? 2 + (blue - red) / range : 4 + (red - green) / range
  return toneOfHue((sixth * 60 + 360) % 360)
}

/** From red over yellow, green and blue back to red. */
function toneOfHue(degrees: number): Tone {
  if (degrees < 20 || degrees >= 320) return 'bad'
  if (degrees < 70) return 'warning'
  return degrees < 170 ? 'good' : 'info'
}
