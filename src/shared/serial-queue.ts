/** Makes what runs steps one at a time, in the order in which it was called; a step that fails holds up none behind it. */
export function createSerialQueue(): <Result>(step: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve()
  return (step) => {
    const result = last.then(step)
    last = result.catch(() => undefined)
    return result
  }
}
