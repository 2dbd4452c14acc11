import { describe, expect, it } from 'vitest'
import { addFeatures, readFeatures } from '../../../src/platforms/irc/features.js'

const featuresOf = (...tokens: readonly string[]) => {
  const said = new Map<string, string>()
  addFeatures(said, ['bot', ...tokens, 'are supported by this server'])
  return readFeatures(said)
}

describe('the features of a server', () => {
  it.each([
    ['ascii', 'Bot[X]~', 'bot[x]~'],
    ['rfc1459', 'Bot[X]\\~', 'bot{x}|^'],
    ['strict-rfc1459', 'Bot[X]~', 'bot{x}~'],
    ['rfc7613', 'BÖT', 'böt'],
  ])('include how it compares nicks: %s', (mapping, nick, folded) => {
    expect(featuresOf(`CASEMAPPING=${mapping}`).fold(nick)).toBe(folded)
  })

  it('are those of the old protocol by default', () => {
    const { fold, isChannel, withoutPrefix, botMode, lineBytes } = featuresOf()
    expect([fold('Bot[x]'), isChannel('#ops'), isChannel('ops'), withoutPrefix('@+ops')]).toEqual([
      'bot{x}',
      true,
      false,
      'ops',
    ])
    expect([botMode, lineBytes]).toEqual([undefined, undefined])
  })

  it('include the prefixes of nicks and channels, and are withdrawn with a minus', () => {
    const { withoutPrefix, isChannel, network } = featuresOf(
      'PREFIX=(qaohv)~&@%+',
      'CHANTYPES=#&+',
      'NETWORK=Test\\x20Net',
    )
    expect([withoutPrefix('~&ops'), isChannel('+ops'), network]).toEqual(['ops', true, 'Test Net'])
    expect(featuresOf('BOT=B', '-BOT').botMode).toBeUndefined()
  })
})
