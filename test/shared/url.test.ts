import { describe, expect, it } from 'vitest'
import { isHttpUrl, parseBaseUrl } from '../../src/shared/url.js'

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
