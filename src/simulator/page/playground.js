/** What the bot beside the simulator tells; nothing where none runs there. */
export const playground = { commands: [], hasPreviews: false }

/** Asks for it anew: commands change as they are saved. */
export async function loadPlayground() {
  const answer = await fetch('/simulator/commands').catch(() => undefined)
  if (answer?.ok) Object.assign(playground, await answer.json())
}

/** Whether a line is one that the bot has a command for. */
export function isCommand(line) {
  const names = playground.commands.flatMap(({ name, aliases }) => [name, ...aliases])
  const words = line.slice(1).toLowerCase()
  return line.startsWith('/') && names.some((name) => words === name || words.startsWith(`${name} `))
}
