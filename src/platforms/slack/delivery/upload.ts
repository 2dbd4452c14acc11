import type { Installation } from '../../../model/installation.js'
import type { FileReply } from '../../../model/reply.js'
import { parseUrl } from '../../../shared/url.js'
import { escapeMrkdwn } from '../mrkdwn.js'
import { RouteUnavailableError, toSlackError, type WebApiDeps } from '../web-api.js'
import type { ReplyTo } from '../wire.js'
import type { WorkspaceApi } from '../workspace-api.js'

/** Shows a file in the room. Throws DeliveryError. */
export type Upload = (installation: Installation, file: FileReply, replyTo: ReplyTo) => Promise<void>

/** Creates the upload of files, which takes three calls. https://docs.slack.dev/messaging/working-with-files */
export function createUpload({ request, settings }: WebApiDeps, api: WorkspaceApi): Upload {
  return async (installation, { name, content, text }, { channelId, threadTs }) => {
    const bytes = Buffer.from(content, 'base64')
    if (bytes.length === 0) throw new RouteUnavailableError('the file is empty')
    const asked = { filename: name, length: bytes.length }
    const place = await api(installation, 'files.getUploadURLExternal', asked, { form: true })
    const { upload_url: address, file_id: id } = place
    const url = typeof address === 'string' ? parseUrl(address) : undefined
    if (!url || (url.protocol !== 'https:' && !settings.named(url))) {
      throw new RouteUnavailableError('files.getUploadURLExternal: it names no address')
    }
    const answer = await request(url.href, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: bytes,
      timeoutMs: 30_000,
      privateAllowed: settings.named(url),
    })
    if (answer.status !== 200) throw toSlackError('upload', answer)
    await api(installation, 'files.completeUploadExternal', {
      files: [{ id, title: name }],
      channel_id: channelId,
      ...(threadTs ? { thread_ts: threadTs } : {}),
      ...(text ? { initial_comment: escapeMrkdwn(text) } : {}),
    })
  }
}
