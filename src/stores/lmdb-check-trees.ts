import { readSync } from 'node:fs'

/** The roots of an LMDB file's trees, and its size. */
export interface TreeRoots {
  readonly pageSize: number
  readonly lastPage: number
  readonly roots: readonly Tree[]
}

/** A tree of pages. */
interface Tree {
  readonly depth: number
  /** Its total number of pages. */
  readonly pages: number
  /** Undefined if it is empty. */
  readonly root: number | undefined
}

/**
 * Checks the pages that lead to values; undefined if they are valid. LMDB trusts its pages, so a damaged one crashes the
 * process. Values are not checked. Small tables come first, and the check stops after a number of pages, because a start
 * would take too long.
 */
export function findTreeFault(
  file: number,
  { pageSize, lastPage, roots }: TreeRoots,
  mostPages = 8_192,
): string | undefined {
  const page = Buffer.allocUnsafe(pageSize)
  const tables: Tree[] = []
  let left = mostPages

  /** The fault of a page or of one below it. */
  function walk(number: number, depth: number): string | undefined {
    if (left-- <= 0) return undefined
    const fault = `page ${number}`
    if (number < 2 || number > lastPage) return fault
    if (readSync(file, page, 0, pageSize, number * pageSize) < pageSize) return fault
    if (Number(page.readBigUInt64LE(0)) !== number || !isWhole(page, depth)) return fault
    if (depth > 1) return firstFault(childrenOf(page), (child) => walk(child, depth - 1))
    if (!readLeaf(page, tables)) return fault
    return undefined
  }

  const walkTree = ({ root, depth }: Tree) => (root === undefined ? undefined : walk(root, depth))
  const bySize = (trees: readonly Tree[]) => [...trees].sort((one, other) => one.pages - other.pages)
  return firstFault(bySize(roots), walkTree) ?? firstFault(bySize(tables), walkTree)
}

/** Reads a tree's descriptor: LMDB's `MDB_db`. */
export function readTree(page: Buffer, at: number): Tree {
  const root = page.readBigUInt64LE(at + 40)
  const counts = [8, 16, 24].map((offset) => Number(page.readBigUInt64LE(at + offset)))
  return {
    depth: page.readUInt16LE(at + 6),
    pages: counts.reduce((sum, count) => sum + count, 0),
    root: root === none ? undefined : Number(root),
  }
}

/** A leaf at the bottom, a branch above it, with valid bounds for its nodes. */
function isWhole(page: Buffer, depth: number): boolean {
  const [flags, lower, upper] = [page.readUInt16LE(18), page.readUInt16LE(20), page.readUInt16LE(22)]
  const kind = depth > 1 ? branch : leaf
  return (flags & kinds) === kind && lower % 2 === 0 && lower <= upper && upper <= page.length - headerBytes
}

/** The pages below; -1 for a node outside its page. */
function childrenOf(page: Buffer): readonly number[] {
  return Array.from({ length: page.readUInt16LE(20) / 2 }, (_, n) => {
    const at = nodeAt(page, n)
    return at + nodeBytes > page.length ? -1 : page.readUInt32LE(at) + page.readUInt16LE(at + 4) * 2 ** 32
  })
}

/** Whether each key and value is within the page, or on valid overflow pages. Collects trees stored as values. */
function readLeaf(page: Buffer, tables: Tree[]): boolean {
  const count = page.readUInt16LE(20) / 2
  for (let n = 0; n < count; n++) {
    const at = nodeAt(page, n)
    if (at + nodeBytes > page.length) return false
    const flags = page.readUInt16LE(at + 4)
    const value = at + nodeBytes + page.readUInt16LE(at + 6)
    const bytes = flags & bigData ? placeBytes : page.readUInt32LE(at)
    if (value + bytes > page.length) return false
    if ((flags & subData) === 0) continue
    if (bytes !== treeBytes) return false
    tables.push(readTree(page, value))
  }
  return true
}

function nodeAt(page: Buffer, n: number): number {
  return headerBytes + page.readUInt16LE(headerBytes + 2 * n)
}

function firstFault<Item>(items: readonly Item[], fault: (item: Item) => string | undefined): string | undefined {
  for (const item of items) {
    const found = fault(item)
    if (found) return found
  }
  return undefined
}

const none = 2n ** 64n - 1n
const headerBytes = 24
const nodeBytes = 8
const treeBytes = 48
/** The overflow pages of a large value. */
const placeBytes = 24
const branch = 1
const leaf = 2
/** LMDB's page flags. */
const kinds = 0x6f
const bigData = 1
const subData = 2
