/** Tells the operator what is wrong, and gives the exit code: 2, where nothing else is said, for a wrong call. */
export function printError(text: string, code = 2): number {
  console.error(`slashroom: ${text}`)
  return code
}
