import { randomUUID } from 'node:crypto'
import type { Router } from '@koa/router'
import type { Context } from 'koa'
import { parseObject } from '../../shared/json.js'
import { ApiError } from '../errors.js'
import { personOf } from './messages.js'
import { type Part, readParts } from './multipart.js'
import type { RestDeps } from './rest-deps.js'

const mostBytes = 50 * 1_048_576 // the limit of HipChat's clients
const mostFiles = 20

/** Files shared in rooms. The latest are kept in memory and served to anyone with their address. */
export function fileRoutes({ route, chat, api, flood }: RestDeps, router: Router): void {
  const files = new Map<string, Buffer>()

  route('post', '/v2/room/:room/share/file', ['send_message'], async (ctx, grant) => {
    const room = grant.reach(ctx.params['room'])
    const person = personOf(grant)
    const { name, bytes, message } = await readUpload(ctx)
    flood(ctx, String(room.id))
    const path = `/files/${randomUUID()}/${encodeURIComponent(name)}`
    const file = { name, size: bytes.length, url: api().replace(/\/v2$/, path) }
    chat.say(room, person, message, file)
    files.set(path, bytes)
    for (const old of files.keys()) if (files.size > mostFiles) files.delete(old)
    chat.happen('room_file_upload', room, person, { file })
    ctx.status = 204
  })

  router.get('/files/:id/:name', (ctx) => {
    const bytes = files.get(ctx.path)
    if (!bytes) return
    // Uploaded files must not run as pages of this server.
    ctx.set({ 'Content-Disposition': 'attachment', 'X-Content-Type-Options': 'nosniff' })
    ctx.type = 'application/octet-stream'
    ctx.body = bytes
  })
}

async function readUpload(ctx: Context) {
  if (!ctx.is('multipart/*')) throw new ApiError(400, 'The request body must be multipart/related')
  const parts = readParts(await readBytes(ctx), ctx.get('content-type'))
  const file = parts.find(({ headers }) => /\bfilename=/i.test(headers['content-disposition'] ?? ''))
  if (!file) throw new ApiError(400, "Required field 'file' is missing", { field: 'file', validation: 'required' })
  return { name: nameOf(file), bytes: file.body, message: messageIn(parts) }
}

function nameOf({ headers }: Part): string {
  const [, quoted, plain] = /\bfilename=(?:"([^"]*)"|([^;\s]+))/i.exec(headers['content-disposition'] ?? '') ?? []
  return (quoted ?? plain ?? '').replace(/^.*[\\/]/, '') || 'file'
}

function messageIn(parts: readonly Part[]): string {
  const metadata = parts.find(({ headers }) => headers['content-type']?.startsWith('application/json'))
  if (!metadata) return ''
  const given = parseObject(metadata.body)
  if (!given) throw new ApiError(400, "The part 'metadata' is not a JSON object", { field: 'metadata' })
  const { message = '' } = given
  if (typeof message === 'string' && message.length <= 1000) return message
  const fault = { field: 'message', validation: 'maxLength' }
  throw new ApiError(400, "Field 'message' must be a string of up to 1000 characters", fault)
}

async function readBytes(ctx: Context): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of ctx.req as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > mostBytes) throw new ApiError(413, 'The request body is too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
