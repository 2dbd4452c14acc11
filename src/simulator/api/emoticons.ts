import { ApiError } from '../errors.js'
import { placeIn } from './messages.js'
import type { RestDeps } from './rest-deps.js'

/** Some of HipChat's emoticons, all with one picture, because the original set is not recorded. */
const emoticons = [
  [34, 'fonzie'],
  [105216, 'allthethings'],
  [105217, 'yey'],
] as const

/** Lists emoticons, and finds them by id or shortcut. */
export function emoticonRoutes({ route, serializers, api }: RestDeps): void {
  const show = ([id, shortcut]: (typeof emoticons)[number]) => ({
    id,
    shortcut,
    url: api().replace(/\/v2$/, '/icon.svg'),
    links: { self: `${api()}/emoticon/${id}` },
  })

  route('get', '/v2/emoticon', ['view_group'], (ctx) => {
    ctx.body = serializers.page(emoticons.map(show), `${api()}/emoticon`, placeIn(ctx, 1000))
  })

  route('get', '/v2/emoticon/:emoticon', ['view_group'], (ctx) => {
    const wanted = ctx.params['emoticon']
    const found = emoticons.find(([id, shortcut]) => String(id) === wanted || shortcut === wanted)
    if (!found) throw new ApiError(404, 'Emoticon not found')
    ctx.body = show(found)
  })
}
