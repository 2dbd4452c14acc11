/** Makes a thing when it is first asked for. */
export function once<Thing>(make: () => Thing): () => Thing {
  let made: { readonly thing: Thing } | undefined
  return () => {
    made ??= { thing: make() }
    return made.thing
  }
}
