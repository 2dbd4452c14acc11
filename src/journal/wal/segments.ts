import {
  closeSync,
  constants,
  existsSync,
  fdatasyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { ifThere, openPrivate, syncDirectory } from '../../shared/files.js'
import { type Frame, readFrames } from './frames.js'

/** A file of the log. `done`: compacted, and no longer written to. */
export interface Segment {
  readonly number: number
  readonly done: boolean
}

/** The log's files, oldest first. */
export function listSegments(dir: string): readonly Segment[] {
  if (!existsSync(dir)) return []
  const files = readdirSync(dir).flatMap((name) => {
    const [, number, kind] = /^(\d{8})\.(log|done)$/.exec(name) ?? []
    return number === undefined ? [] : [{ number: Number.parseInt(number, 10), done: kind === 'done' }]
  })
  // Both exist for a moment.
  const whole = new Set(files.filter(({ done }) => !done).map(({ number }) => number))
  const listed = files.filter(({ number, done }) => !done || !whole.has(number))
  return listed.sort((one, other) => one.number - other.number)
}

/** Opens a file for appending; creates it durably if it does not exist. */
export function openSegment(dir: string, number: number): number {
  const path = segmentPath(dir, number)
  if (existsSync(path)) return openPrivate(path, constants.O_RDWR | constants.O_APPEND)
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const file = openPrivate(path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT)
  syncDirectory(dir)
  return file
}

/** The frames of a file from an offset on; none if it was removed. A compacted file is read from its start. */
export function* segmentFrames(dir: string, number: number, from = 0): Generator<Frame> {
  const whole = ifThere(() => openSync(segmentPath(dir, number), constants.O_RDONLY))
  const file = whole ?? ifThere(() => openSync(donePathOf(dir, number), constants.O_RDONLY))
  if (file === undefined) return
  try {
    const frames = readFrames(file)
    for (let frame = frames.next(whole === undefined ? 0 : from); frame; frame = frames.next(frame.end)) yield frame
  } finally {
    closeSync(file)
  }
}

/** Replaces a file with its compacted form. `frames` are written as they come; after a crash the old file is still there. */
export async function replaceSegment(
  dir: string,
  number: number,
  owner: string,
  frames: AsyncIterable<Buffer>,
): Promise<void> {
  const path = join(dir, `${nameOf(number)}.${owner}.tmp`)
  const file = openPrivate(path, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC)
  try {
    for await (const frame of frames) writeSync(file, frame)
    fdatasyncSync(file)
    renameSync(path, donePathOf(dir, number))
  } finally {
    closeSync(file)
    rmSync(path, { force: true })
  }
  syncDirectory(dir)
  rmSync(segmentPath(dir, number), { force: true })
}

/** When the file was last written to, in milliseconds since 1970. */
export function lastWriteMs(dir: string, { number, done }: Segment): number {
  const path = done ? donePathOf(dir, number) : segmentPath(dir, number)
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

export function removeSegment(dir: string, number: number): void {
  for (const path of [segmentPath(dir, number), donePathOf(dir, number)]) rmSync(path, { force: true })
}

/** Deletes temporary files of a process that died while replacing a file. */
export function removeLeftovers(dir: string, before: number): void {
  for (const name of readdirSync(dir).filter((name) => name.endsWith('.tmp'))) {
    const { mtimeMs = before } = statSync(join(dir, name), { throwIfNoEntry: false }) ?? {}
    if (mtimeMs < before) rmSync(join(dir, name), { force: true })
  }
}

/** The path of a temporary file. */
export function segmentPath(dir: string, number: number): string {
  return join(dir, `${nameOf(number)}.log`)
}

function donePathOf(dir: string, number: number): string {
  return join(dir, `${nameOf(number)}.done`)
}

function nameOf(number: number): string {
  return String(number).padStart(8, '0')
}
