/** Asks the simulator to do something; fails in words for people. */
export async function post(what, body) {
  const answer = await fetch(`/simulator/${what}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  }).catch(() => {
    throw new Error('The simulator does not answer. Is it still running?')
  })
  const json = answer.status === 204 ? {} : await answer.json().catch(() => ({}))
  if (!answer.ok) {
    const fault = new Error(json.detail ?? `The simulator answered ${answer.status}.`)
    throw Object.assign(fault, { advice: json.advice })
  }
  return json
}
