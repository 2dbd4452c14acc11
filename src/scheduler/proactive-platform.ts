import type { ReplyTarget } from '../model/schedule.js'

/** A chat service, as far as what nobody has just asked for must know it. */
export interface ProactivePlatform {
  readonly name: string
  /** The letter without what runs out; undefined where nothing would be left to speak by. */
  later?(replyTo: unknown): unknown
  /** The rooms that can be spoken in without having been asked there: those of `names`, or where an installation is for one room. */
  rooms?(names: readonly string[] | undefined, installation?: string): AsyncIterable<ReplyTarget>
  /** Says whether an installation still stands. */
  has?(installation: string): Promise<boolean>
}

/** Says whether what came from there still has somebody to answer. */
export async function isInstalled(chatPlatform: ProactivePlatform | undefined, installation: string): Promise<boolean> {
  return chatPlatform?.has === undefined || (await chatPlatform.has(installation))
}
