import { createFifo } from '../shared/fifo.js'
import { RecordMap } from '../shared/gc-friendly-collections.js'
import { createFairQueue, type FairQueue, type Waiting } from './fair-queue.js'
import { type CommandParty, isFull, type ShareOwner } from './fair-shares.js'

/** Waiting calls; those that can run overtake those over a share. */
export interface CommandLimitedQueue<Item extends Waiting>
  extends Pick<FairQueue<Item>, 'add' | 'take' | 'takeAll' | 'size'> {
  /** How many calls wait for a share. Visits everybody, so use it for metrics only. */
  held(): Readonly<Record<ShareOwner, number>>
}

/**
 * Creates the queue. A call that is first in line while its command is at its limit moves to a queue of that command. If
 * both queues have a call that can run, they alternate.
 */
export function createCommandLimitedQueue<Item extends Waiting>(): CommandLimitedQueue<Item> {
  const all = createFairQueue<Item>()
  const aside = new RecordMap<CommandLine<Item>>()
  const turns = createFifo<CommandLine<Item>>()
  let isAsidesTurn = false

  function putAside(item: Item): void {
    const { command } = item
    let own = aside.get(command.name)
    if (!own) {
      own = { command, line: createFairQueue() }
      aside.set(command.name, own)
      turns.add(own)
    }
    own.line.add(item)
  }

  function takeFromAll(): Item | undefined {
    for (let item = all.take(); item; item = all.take()) {
      // Behind the calls already waiting for it.
      if (isFull(item.command) || aside.has(item.command.name)) putAside(item)
      else return item
    }
    return undefined
  }

  function takeFromAside(): Item | undefined {
    for (let left = turns.size(); left > 0; left--) {
      const own = turns.take()
      const item = own && !isFull(own.command) ? own.line.take() : undefined
      if (own && own.line.size() > 0) turns.add(own)
      else if (own) aside.delete(own.command.name)
      if (item) return item
    }
    return undefined
  }

  return {
    add: all.add,
    take() {
      isAsidesTurn = !isAsidesTurn
      return (isAsidesTurn ? takeFromAside() : undefined) ?? takeFromAll() ?? takeFromAside()
    },
    takeAll: () => [...aside.values().flatMap(({ line }) => line.takeAll()), ...all.takeAll()],
    size: () => aside.values().reduce((sum, { line }) => sum + line.size(), all.size()),
    held() {
      const held = { command: 0, ...all.held() }
      for (const { command, line } of aside.values()) {
        const { person, tenant } = isFull(command) ? nobody : line.held()
        if (isFull(command)) held.command += line.size()
        held.person += person
        held.tenant += tenant
      }
      return held
    },
  }
}

interface CommandLine<Item extends Waiting> {
  readonly command: CommandParty
  readonly line: FairQueue<Item>
}

const nobody = { person: 0, tenant: 0 }
