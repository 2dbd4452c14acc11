import { describe, expect, it } from 'vitest'
import { encodeUrl, isHttpUrl, parseBaseUrl } from '../../src/shared/url.js'

describe('a base URL', () => {
  it('has no slash at its end, so that paths can follow', () => {
    expect(parseBaseUrl('https://chat.example.com')).toBe('https://chat.example.com')
    expect(parseBaseUrl('HTTP://chat.example.com:8065/sub//')).toBe('http://chat.example.com:8065/sub')
  })

  it('has no query, fragment or password, and is of the web', () => {
    for (const text of [
      '',
      'chat.example.com',
      'ftp://a.example',
      'https://a.example/?b',
      'https://a.example/#b',
      'https://u:p@a.example',
    ]) {
      expect(parseBaseUrl(text), text).toBeUndefined()
    }
  })
})

describe('an address of the web', () => {
  it('begins with http or https, and can be parsed', () => {
    for (const url of ['http://a.example', 'HTTPS://a.example/b?c#d']) expect(isHttpUrl(url)).toBe(true)
    for (const url of [undefined, '', 'https://', 'javascript:alert(1)', ' https://a.example', 'mailto:a@b.example']) {
      expect(isHttpUrl(url), url).toBe(false)
    }
  })
})

describe('a URL as it is sent', () => {
  it.each([
    ['https://e.example/EU Long 3.png', 'https://e.example/EU%20Long%203.png'],
    ['https://e.example/日本.png', 'https://e.example/%E6%97%A5%E6%9C%AC.png'],
    ['https://e.example/a"b<c|d', 'https://e.example/a%22b%3Cc%7Cd'],
    ['HTTPS://E.EXAMPLE/A', 'https://e.example/A'],
    ['https://e.example?a=1|2#é', 'https://e.example/?a=1%7C2#%C3%A9'],
  ])('%s has what is not allowed in it encoded', (given, sent) => {
    expect(encodeUrl(given)).toBe(sent)
  })

  it.each(['https://e.example', "https://e.example/%20(a)[b]'c'?d=1&e=~f#g", 'not an address', 'mailto:a b'])(
    '%s stays as it is',
    (given) => {
      expect(encodeUrl(given)).toBe(given)
    },
  )
})
