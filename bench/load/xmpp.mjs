// People in XMPP rooms, over plain sockets: each is in a room of their own, where the bot is too.
import { once } from 'node:events'
import { connect } from 'node:net'
import { people, roomOf, xmpp } from '../agreed-values.mjs'
import { numberIn } from './sink.mjs'

/** Logs all of them in, and waits until each has seen the bot; `onNumber` gets what answers carry. */
export async function enterRooms({ port, limitMs = 30_000 }, onNumber) {
  const deadline = performance.now() + limitMs
  const sockets = await Promise.all(people.map((name) => enterRoom({ name, port, deadline }, onNumber)))
  return {
    /** Lets one of them say it. Nobody acknowledges anything here. */
    async send({ person, text }) {
      sockets[person].write(text)
      return 200
    },
  }
}

async function enterRoom({ name, port, deadline }, onNumber) {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  socket.setEncoding('utf8')
  await once(socket, 'connect')
  const ask = (text, end) => answered(socket, text, end, deadline)
  const proof = Buffer.from(`\0${name}\0${xmpp.password}`).toString('base64')
  await ask(stream, '</stream:features>')
  await ask(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${proof}</auth>`, '<success')
  await ask(stream, '</stream:features>')
  await ask(`<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>`, 'id=.bind.')
  const room = roomOf(name)
  const x = `<x xmlns='http://jabber.org/protocol/muc'/>`
  await ask(`<presence/><presence to='${room}/${name}'>${x}</presence>`, `from='${room}/${xmpp.bot}'`)
  let rest = ''
  socket.on('data', (text) => {
    const messages = (rest + text).split('</message>')
    rest = messages.pop()
    for (const message of messages) {
      const number = numberIn(message)
      if (number !== undefined) onNumber(number)
    }
  })
  return socket
}

const stream = `<?xml version='1.0'?><stream:stream to='${xmpp.domain}' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>`

/** Says it, and waits until the server has said something that this is in. */
async function answered(socket, text, end, deadline) {
  const wanted = new RegExp(end)
  let heard = ''
  await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no ${end} came, but ${heard}`)), deadline - performance.now())
    const onData = (chunk) => {
      heard += chunk
      if (!wanted.test(heard)) return
      clearTimeout(timer)
      socket.off('data', onData)
      resolve()
    }
    socket.on('data', onData)
    socket.write(text)
  })
}
