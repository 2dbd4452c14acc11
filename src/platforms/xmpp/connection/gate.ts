/** Something to wait at until it is opened. */
export interface Gate {
  readonly opened: Promise<void>
  isOpen(): boolean
  open(): void
}

/** Creates a closed gate. */
export function createGate(): Gate {
  let [isOpen, resolve] = [false, () => {}]
  const opened = new Promise<void>((settle) => {
    resolve = settle
  })
  return {
    opened,
    isOpen: () => isOpen,
    open(): void {
      isOpen = true
      resolve()
    },
  }
}
