import type { RoomEntry } from './world/state.js'

/** What a bot on the same machine tells the room page, and no chat protocol would. */
export interface Playground {
  /** The commands that can be typed now, in the order in which they are offered. */
  commands(): readonly OfferedCommand[]
  /** How each service would show a message of the room; empty for what no add-on said. */
  previews(entry: RoomEntry): readonly Preview[]
}

/** A command, as the page completes it. */
export interface OfferedCommand {
  /** Without its slash: `deploy status`. */
  readonly name: string
  /** Other names that it answers to. */
  readonly aliases: readonly string[]
  readonly summary: string
  /** Its right form in one line. */
  readonly usage: string
  /** True where it is part of every bot. */
  readonly isBuiltIn: boolean
  readonly options: readonly OfferedOption[]
}

/** An option, as the page completes it. */
export interface OfferedOption {
  /** As it is typed: `--env`, or `service` where it is given by its place. */
  readonly label: string
  /** Its short form, such as `-e`. */
  readonly alias?: string
  /** What it takes, such as `choice`, `user` or `boolean`. */
  readonly type: string
  readonly isPositional: boolean
  /** True where it may be given more than once. */
  readonly isMany: boolean
  /** What it may be, where that can be listed. */
  readonly choices: readonly string[]
  readonly summary: string
}

/** A message as one service would show it. */
export interface Preview {
  readonly service: string
  /** The messages that it takes there, in order. */
  readonly messages: readonly PreviewMessage[]
  /** What is lost or shown differently there. */
  readonly notes: readonly string[]
}

/** One message of a preview. */
export interface PreviewMessage {
  /** What is handed to the service, byte for byte where it is text. */
  readonly payload: string
  /** The request or the verb that it goes with. */
  readonly way: string
  /** What people see, from top to bottom. */
  readonly parts: readonly PreviewPart[]
  /** The colour beside it, as CSS writes it. */
  readonly color?: string
  /** True where only the caller sees it. */
  readonly isPrivate?: boolean
}

/** A piece of a message: `html` is the service's own markup as HTML, and no more to be trusted than what was typed. */
export type PreviewPart =
  | { readonly kind: 'text'; readonly html: string; readonly isTitle?: boolean }
  | { readonly kind: 'plain'; readonly text: string; readonly isMono?: boolean }
  | { readonly kind: 'fields'; readonly fields: readonly PreviewField[] }
  | { readonly kind: 'buttons'; readonly buttons: readonly PreviewButton[] }
  | { readonly kind: 'image'; readonly url: string; readonly isSmall?: boolean }
  | { readonly kind: 'file'; readonly name: string; readonly bytes: number }

/** A labelled value. */
export interface PreviewField {
  readonly label: string
  readonly html: string
  /** The colour around it, as CSS writes it. */
  readonly color?: string
}

/** A button that can be pressed there. */
export interface PreviewButton {
  readonly label: string
  readonly command?: string
  readonly url?: string
}
