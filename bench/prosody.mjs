// An XMPP server for the bench.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { people, xmpp } from './agreed-values.mjs'
import { accepts, adopt, cores, freePort, scratch } from './processes.mjs'

/** Starts prosody, on the load's core if there is no third one; undefined if it is not installed. */
export async function startProsody() {
  const dir = mkdtempSync(join(scratch, 'prosody-'))
  const port = await freePort()
  writeFileSync(join(dir, 'prosody.cfg.lua'), configuration(dir, port))
  const accounts = join(dir, xmpp.domain.replaceAll('.', '%2e'), 'accounts')
  mkdirSync(accounts, { recursive: true })
  for (const name of [xmpp.bot, ...people]) {
    writeFileSync(join(accounts, `${name}.dat`), `return { ["password"] = "${xmpp.password}"; };`)
  }
  const command = ['prosody', '--config', join(dir, 'prosody.cfg.lua'), '-F']
  const [program, ...args] = cores ? ['taskset', '-c', cores.second ?? cores.load, ...command] : command
  const child = adopt(spawn(program, args, { stdio: 'ignore', detached: true }))
  let isGone = false
  for (const event of ['error', 'exit']) {
    child.once(event, () => {
      isGone = true
    })
  }
  for (let attempt = 0; attempt < 400 && !isGone && !(await accepts(port)); attempt++)
    await new Promise((resolve) => setTimeout(resolve, 25))
  // `prosody --version` is not used to check for it, because it would start the system's server.
  if (isGone) return undefined
  return {
    port,
    /** The settings of a bot in these rooms. */
    env: (rooms) => ({
      XMPP_JID: `${xmpp.bot}@${xmpp.domain}`,
      XMPP_PASSWORD: xmpp.password,
      XMPP_SERVICE: `xmpp://127.0.0.1:${port}`,
      XMPP_ROOMS: rooms.join(','),
    }),
    /** Its processor time so far, in milliseconds; the kernel counts in hundredths of a second. */
    cpuMs() {
      const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8')
      const [user, system] = stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .slice(11, 13)
      return (Number(user) + Number(system)) * 10
    },
    stop: () => child.kill('SIGKILL'),
  }
}

function configuration(dir, port) {
  return `
    run_as_root = true
    pidfile = "${dir}/prosody.pid"
    data_path = "${dir}"
    interfaces = { "127.0.0.1" }
    c2s_ports = { ${port} }
    modules_enabled = { "roster", "saslauth", "disco", "ping", "smacks" }
    modules_disabled = { "s2s", "tls" }
    allow_unencrypted_plain_auth = true
    c2s_require_encryption = false
    authentication = "internal_plain"
    network_settings = { nagle = false }
    gc = { mode = "generational" }
    log = { warn = "${dir}/prosody.log" }
    VirtualHost "${xmpp.domain}"
    Component "${xmpp.rooms}" "muc"
  `
}
