import type { Story } from '../journal.js'
import { placeOf } from './position.js'
import { readLines } from './records.js'
import { framesOf, listFiles } from './segments.js'

/** Reads the story of an entry that was closed at a position; undefined where that is no longer in the log. */
export function readStory(dir: string, closedAt: number, id: string): Story | undefined {
  const { number, at } = placeOf(closedAt)
  for (const frame of framesOf(dir, number, at)) {
    const found = closedIn(frame.text()).find((story) => story.id === id)
    if (found) return found
  }
  return undefined
}

/** All stories of what was accepted since a time, newest first: of what is open, and of what the log says was closed. */
export function* readStories(dir: string, open: readonly Story[], since: number): Generator<Story> {
  let known = [...open]
  for (const { number } of listFiles(dir).toReversed()) {
    let begin = Number.POSITIVE_INFINITY
    for (const frame of framesOf(dir, number)) {
      begin = Math.min(begin, frame.at)
      for (const story of closedIn(frame.text())) known.push(story)
    }
    // What was accepted before this file began comes after what is in the file before.
    yield* newestFirst(known.filter((story) => acceptedAt(story) >= Math.max(begin, since)))
    if (begin <= since) return
    known = known.filter((story) => acceptedAt(story) < begin)
  }
  yield* newestFirst(known.filter((story) => acceptedAt(story) >= since))
}

function closedIn(lines: string): readonly Story[] {
  return readLines(lines, 'close').map(({ text }) => JSON.parse(text) as Story)
}

function newestFirst(stories: Story[]): Story[] {
  return stories.sort((one, other) => acceptedAt(other) - acceptedAt(one))
}

function acceptedAt(story: Story): number {
  return story.events[0]?.at ?? 0
}
