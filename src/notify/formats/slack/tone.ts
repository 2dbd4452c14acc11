import type { Tone } from '../../../model/reply.js'

/** The tone of one of Slack's color names or an RGB color; undefined for anything else. */
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

/** Hues from red through yellow, green and blue back to red. */
function toneOfHue(degrees: number): Tone {
  if (degrees < 20 || degrees >= 320) return 'bad'
  if (degrees < 70) return 'warning'
  return degrees < 170 ? 'good' : 'info'
}
