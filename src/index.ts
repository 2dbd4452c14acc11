/** The package `slashroom`: what an author writes commands with, and what an operator starts. */

export * from './authoring.js'
export { type Bot, type BotOptions, createBot } from './bot.js'
export { platforms } from './platforms/index.js'
