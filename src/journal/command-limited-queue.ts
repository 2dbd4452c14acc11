import { createFifo } from '../shared/fifo.js'
import { RecordMap } from '../shared/gc-friendly-collections.js'
import { createFairQueue, type FairQueue, type Waiting } from './fair-queue.js'
import { type CommandParty, isFull, type ShareOwner } from './fair-shares.js'

/** Calls that wait to run; those that wait for nobody's share overtake those that do. */
export interface CommandLimitedQueue<Item extends Waiting>
  extends Pick<FairQueue<Item>, 'add' | 'take' | 'takeAll' | 'size'> {
  /** How many wait for somebody's share. Looks at everybody: for figures. */
  held(): Readonly<Record<ShareOwner, number>>
}

/**
 * Creates the queue. A call that comes first while its command may not run more moves once, to a queue of that command's
 * own; where both have a call that may run, they alternate.
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
      // Behind those that wait for it already.
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
