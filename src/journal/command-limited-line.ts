import { createFifo } from '../shared/fifo.js'
import { RecordMap } from '../shared/gc-friendly-collections.js'
import { createWaitingLine, type Waiting, type WaitingLine } from './fair-line.js'
import { type CommandParty, isFull, type ShareOwner } from './fair-shares.js'

/** Calls that wait for their turn; what waits for nobody's share goes past what does. */
export interface CallLine<Item extends Waiting> extends Pick<WaitingLine<Item>, 'add' | 'take' | 'takeAll' | 'size'> {
  /** How many wait for somebody's share. Looks at everybody: for figures. */
  held(): Readonly<Record<ShareOwner, number>>
}

/**
 * Creates the line. A call whose turn comes while its command may not run more leaves it once, for a line of that
 * command's own; where both have somebody who may run, they take turns.
 */
export function createCallLine<Item extends Waiting>(): CallLine<Item> {
  const all = createWaitingLine<Item>()
  const aside = new RecordMap<CommandLine<Item>>()
  const turns = createFifo<CommandLine<Item>>()
  let isAsidesTurn = false

  function putAside(item: Item): void {
    const { command } = item
    let own = aside.get(command.name)
    if (!own) {
      own = { command, line: createWaitingLine() }
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
  readonly line: WaitingLine<Item>
}

const nobody = { person: 0, tenant: 0 }
