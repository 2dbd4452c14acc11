import type { HookReply, HookVerifier } from '../model/hook.js'
import { hmacHex, safeEqual } from '../shared/crypto.js'
import { asRecord, readText } from '../shared/json.js'
import { type AlertCardOptions, alertGroupCard } from './alert-group.js'
import { updateKeyOf } from './event-card.js'
import { line, link, parts } from './event-fields.js'
import { isRecent, withSecret } from './secret.js'

/**
 * Verifies and shows alerts of Grafana, sent by a contact point of type webhook.
 * https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/
 */
export const grafana = { signature, card }

/** The header names in the contact point's signature settings. */
interface SignatureHeaders {
  readonly header?: string
  /** Without it, Grafana signs only the body, so a recorded delivery can be sent again. */
  readonly timestampHeader?: string
}

/** Returns a verifier for Grafana's signature. The argument is the name of the environment variable that holds the HMAC secret. */
function signature(variable: string, named: SignatureHeaders = {}): HookVerifier {
  const { header = 'X-Grafana-Alerting-Signature', timestampHeader } = named
  return withSecret(variable, ({ headers, body }, secret) => {
    const given = headers[header.toLowerCase()] ?? ''
    if (timestampHeader === undefined) return safeEqual(given, hmacHex(secret, body))
    const at = headers[timestampHeader.toLowerCase()]
    return isRecent(at) && safeEqual(given, hmacHex(secret, `${at}:`, body))
  })
}

/** Returns the card of a group of alerts, which is replaced when all are resolved. Returns undefined for other events. */
function card(event: unknown, options: AlertCardOptions = {}): HookReply | undefined {
  const group = asRecord(event)
  const [alert = {}] = parts(group, 'alerts')
  const own = {
    url: link(alert, 'panelURL', 'dashboardURL', 'generatorURL') ?? link(group, 'externalURL'),
    image: link(alert, 'imageURL'),
    updateKey: updateKeyOf(
      'alerts',
      line(group, 'orgId') ?? '',
      line(group, 'receiver') ?? '',
      readText(group['groupKey']),
    ),
  }
  return alertGroupCard(group, own, options)
}
