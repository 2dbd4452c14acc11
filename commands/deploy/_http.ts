import { mostOutput, type StepResult, type Values } from './_result.js'
import type { Work } from './_target.js'

type HttpWork = Extract<Work, { kind: 'http' }>

/** Makes one request without following redirects: a 3xx is an answer like any other. */
export async function runHttp(work: HttpWork, values: Values, signal: AbortSignal): Promise<StepResult> {
  const json = work.body === undefined ? undefined : JSON.stringify(fillAll(work.body, values))
  const response = await fetch(fill(work.url, values, encodeURIComponent), {
    method: work.method,
    headers: {
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...Object.fromEntries(Object.entries(work.headers).map(([name, value]) => [name, fill(value, values)])),
    },
    redirect: 'manual',
    signal,
    ...(json === undefined ? {} : { body: json }),
  })
  const ok = work.expect.length > 0 ? work.expect.includes(response.status) : response.ok
  return { ok, word: `status ${response.status}`, output: await firstOf(response) }
}

function fill(template: string, values: Values, encode = (value: string) => value): string {
  return template.replace(/\$\{(?:env:(\w+)|(service|env|version))\}/g, (_, secret, name: keyof Values) =>
    secret ? (process.env[secret] ?? '').trim() : encode(values[name]),
  )
}

function fillAll(value: unknown, values: Values): unknown {
  if (typeof value === 'string') return fill(value, values)
  if (Array.isArray(value)) return value.map((item) => fillAll(item, values))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fillAll(item, values)]))
}

async function firstOf(response: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length >= mostOutput) break
  }
  return text.slice(0, mostOutput)
}
