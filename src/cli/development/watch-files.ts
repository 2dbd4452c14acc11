import { resolve } from 'node:path'
import { watch } from 'chokidar'

/**
 * Calls `onChange` with changed files, once for saves that come together; returns a function that stops watching. A directory
 * that is not there yet is watched for.
 */
export function watchFiles(
  dirs: readonly string[],
  onChange: (files: readonly string[]) => Promise<void>,
): () => Promise<void> {
  const roots = dirs.map((dir) => resolve(dir))
  const watcher = watch(roots, {
    ignoreInitial: true,
    ignored: (path) => /[\\/](node_modules|\.git)([\\/]|$)/.test(path),
  })
  const changed = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  let turn = Promise.resolve()

  watcher.on('all', (event, file) => {
    if (event === 'addDir' || event === 'unlinkDir') return
    changed.add(file)
    clearTimeout(timer)
    timer = setTimeout(flush, 50)
  })

  function flush(): void {
    const files = [...changed]
    changed.clear()
    turn = turn.then(() => onChange(files)).catch(() => undefined) // what is broken was reported by the reload itself
  }

  return async () => {
    clearTimeout(timer)
    await watcher.close()
    await turn
  }
}
