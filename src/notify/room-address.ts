/** An address of a room: `ops`, `slack:C0123`, `hipchat:7/42`. */
export interface RoomAddress {
  /** If left out, on any platform. */
  readonly platform?: string
  /** If left out, in any tenant of the platform. */
  readonly tenant?: string
  /** Its id or its name. */
  readonly room: string
}

/**
 * Parses an address as written; undefined if it cannot be one. Percent codes are decoded only in the form that
 * `formatRoomAddress` writes, so a name that was encoded twice is another room.
 */
export function parseRoomAddress(text: string): RoomAddress | undefined {
  const written = text.trim().replace(hash, '$1#')
  const literal = toAddress(split(written))
  const decoded = mapParts(literal, decode)
  const address = formatRoomAddress(decoded).toLowerCase() === written.toLowerCase() ? decoded : literal
  return isPrintable(address) ? address : undefined
}

/** Formats an address for `parseRoomAddress`. */
export function formatRoomAddress({ platform, tenant, room }: RoomAddress): string {
  if (platform === undefined) return encode(room, prefix.test(room) ? /[%:]/g : /%/g)
  return `${platform}:${tenant === undefined ? '' : `${encode(tenant, /[%/]/g)}/`}${encode(room, /[%/]/g)}`
}

/**
 * All meanings of an address, likeliest first: as written, without `#`, and both with `+` as a space, as forms encode it;
 * with a slash or colon, each may also be a plain name.
 */
export function roomReadings(text: string): readonly RoomAddress[] {
  const written = text.trim()
  const plain = written.replace(hash, '$1')
  const texts = [written, plain, written.replaceAll('+', ' '), plain.replaceAll('+', ' ')]
  const likely = texts.map((one) => parseRoomAddress(one))
  const names = texts.flatMap(asNames)
  const readings = [...likely, ...names].filter((address) => address !== undefined).filter(isPrintable)
  return [...new Map(readings.map((address) => [formatRoomAddress(address), address])).values()]
}

const prefix = /^[a-z][a-z\d-]*:/
const hash = /^([a-z][a-z\d-]*:(?:[^/]+\/)?)?(?:#|%23)/

function split(text: string): Parts {
  const [, platform, tenant, room = ''] = /^(?:([a-z][a-z\d-]*):(?:([^/]+)\/)?)?(.*)$/s.exec(text) ?? []
  return [platform, tenant, room]
}

type Parts = readonly [platform: string | undefined, tenant: string | undefined, room: string]

/** The same with its slash, and then its colon, as part of the room's name. */
function asNames(text: string): readonly RoomAddress[] {
  const [platform, tenant, room] = split(text.trim())
  if (platform === undefined) return []
  const name = tenant === undefined ? room : `${tenant}/${room}`
  return [toAddress([platform, undefined, name]), toAddress([undefined, undefined, text.trim()])]
}

function toAddress([platform, tenant, room]: Parts): RoomAddress {
  return { ...(platform === undefined ? {} : { platform }), ...(tenant === undefined ? {} : { tenant }), room }
}

function mapParts({ platform, tenant, room }: RoomAddress, change: (part: string) => string): RoomAddress {
  return toAddress([platform, tenant === undefined ? undefined : change(tenant), change(room)])
}

/** Valid names are not too long and contain nothing that could steer a terminal or a log. */
function isPrintable({ platform = '', tenant = '-', room }: RoomAddress): boolean {
  const text = `${platform}${tenant}${room}`
  return room.trim() !== '' && tenant.trim() !== '' && text.length <= 500 && !/\p{Cc}/u.test(text)
}

function encode(part: string, signs: RegExp): string {
  return part.replace(signs, encodeURIComponent).replace(/^\s|\s$/g, encodeURIComponent)
}

/** Invalid encodings are left as they are. */
function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
