import {
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import { type Frame, readFrames } from './frames.js'

/** Positions count on from file to file: each file has so many of them. */
const span = 2 ** 32

/** The file of a position, and where in it. */
export function placeOf(position: number): { readonly number: number; readonly at: number } {
  return { number: Math.floor(position / span), at: position % span }
}

export function positionOf(number: number, at: number): number {
  return number * span + at
}

/** The numbers of the log's files, oldest first. */
export function listFiles(dir: string): readonly number[] {
  if (!existsSync(dir)) return []
  const numbers = readdirSync(dir).flatMap((name) => (/^\d{8}\.log$/.test(name) ? [Number.parseInt(name, 10)] : []))
  return numbers.sort((one, other) => one - other)
}

export function hasFile(dir: string, number: number): boolean {
  return existsSync(pathOf(dir, number))
}

/** Opens one for writing at its end; makes it where it is not there yet, so that a power cut leaves it there. */
export function openFile(dir: string, number: number): number {
  const path = pathOf(dir, number)
  if (existsSync(path)) return openSync(path, constants.O_RDWR | constants.O_APPEND)
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const file = openSync(path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT, 0o600)
  syncDirectory(dir)
  return file
}

function syncDirectory(dir: string): void {
  if (process.platform === 'win32') return // which opens no directories
  const directory = openSync(dir, constants.O_RDONLY)
  fsyncSync(directory)
  closeSync(directory)
}

/** The frames of one file from a place on; none where it was removed. */
export function* framesOf(dir: string, number: number, from = 0): Generator<Frame> {
  if (!hasFile(dir, number)) return
  const file = openSync(pathOf(dir, number), constants.O_RDONLY)
  try {
    const frames = readFrames(file)
    for (let frame = frames.next(from); frame; frame = frames.next(frame.end)) yield frame
  } finally {
    closeSync(file)
  }
}

/** When something was last written to it, in milliseconds since 1970. */
export function lastWriteOf(dir: string, number: number): number {
  return statSync(pathOf(dir, number), { throwIfNoEntry: false })?.mtimeMs ?? 0
}

export function removeFile(dir: string, number: number): void {
  rmSync(pathOf(dir, number), { force: true })
}

function pathOf(dir: string, number: number): string {
  return join(dir, `${String(number).padStart(8, '0')}.log`)
}
