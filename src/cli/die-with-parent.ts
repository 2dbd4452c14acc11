import { spawn } from 'node:child_process'

/**
 * Ends this process when its parent is gone: nobody would replace it if it hung, and it would keep the port. Returns a
 * function that stops watching.
 */
export function dieWithParent(): () => void {
  process.prependOnceListener('disconnect', die)
  if (!process.connected) die()
  return () => void process.off('disconnect', die)
}

/** Not process.exit: its handlers may fail and leave an unsupervised worker on the port. */
function die(): void {
  process.kill(process.pid, 'SIGKILL')
}

/**
 * Kills a child when this process is gone, even if the child is blocked by a command and cannot notice it. A shell waits
 * for the end of a pipe that only this process holds. (A thread in the child would take several times the memory, and a
 * tenth of the processor time of its start.) Returns a function that ends the shell; call it when the child has exited.
 */
export function killWhenOrphaned(pid: number | undefined): () => void {
  const shell = spawn('/bin/sh', ['-c', waitAndKill, `${pid}`], { env: {}, stdio: ['pipe', 'ignore', 'ignore'] })
  // Without a shell, a child that is not blocked still exits by itself.
  for (const one of [shell, shell.stdin]) one.on('error', () => undefined)
  return () => void shell.stdin.end('\n')
}

/** A line means that the child has exited. The shell ignores what a terminal signals to the whole process group. */
const waitAndKill = `trap '' HUP INT TERM; read -r _ || kill -9 "$0"`
