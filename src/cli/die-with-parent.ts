import { spawn } from 'node:child_process'

/**
 * Ends this process when the one that started it is gone: nobody would replace it when it hangs, and it would keep the
 * port. Returns a function that lets it live.
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
 * Kills a child when this process is gone, however busy the child is: in a command that never lets go, it cannot notice by
 * itself. A shell does it, which waits for the end of a pipe that only this process holds; a thread in the child would
 * take several times the memory and a tenth of the processor time of its start. Returns a function that ends the shell,
 * to be called when the child has ended.
 */
export function killWhenOrphaned(pid: number | undefined): () => void {
  const shell = spawn('/bin/sh', ['-c', waitAndKill, `${pid}`], { env: {}, stdio: ['pipe', 'ignore', 'ignore'] })
  // Where there is no shell, a child that is not busy still ends by itself.
  for (const one of [shell, shell.stdin]) one.on('error', () => undefined)
  return () => void shell.stdin.end('\n')
}

/** A line means that all is well. Signals are for the bot, though a terminal sends them to all of the group. */
const waitAndKill = `trap '' HUP INT TERM; read -r _ || kill -9 "$0"`
