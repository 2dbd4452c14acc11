/** The options of the bench's commands, for frameworks that leave a line to the command. */
export function parse(text) {
  const given = { service: undefined, env: 'staging', number: undefined }
  const words = text.split(/\s+/)
  for (let at = 0; at < words.length; at++) {
    if (words[at] === '--env' || words[at] === '-e') given.env = words[++at]
    else if (words[at] === '--number' || words[at] === '-n') given.number = Number(words[++at])
    else given.service = words[at]
  }
  return given
}
