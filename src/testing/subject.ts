import type { Command } from '../model/command.js'

// biome-ignore lint/suspicious/noExplicitAny: a command with whatever options it has
export type AnyCommand = Command<any>

/** What to test: a command, commands by name (`{ 'deploy status': status }`), or the path of a commands folder. */
export type Subject = AnyCommand | Readonly<Record<string, AnyCommand>> | string
