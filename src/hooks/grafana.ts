import type { HookReply, HookVerifier } from '../model/hook.js'
import { hmacHex, safeEqual } from '../shared/crypto.js'
import { asRecord, readText } from '../shared/json.js'
import { type AlertCardOptions, alertGroupCard } from './alert-group.js'
import { line, link, parts } from './event-fields.js'
import { isRecent, withSecret } from './secret.js'

/**
 * Grafana's alerting, by a contact point of the kind webhook.
 * https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/
 */
export const grafana = { signature, card }

/** The headers of a contact point's signature, as they are called there. */
interface SignatureHeaders {
  readonly header?: string
  /** Without it Grafana signs the body alone, and whoever has recorded a delivery can send it again. */
  readonly timestampHeader?: string
}

/** Proves that Grafana sent it, by the contact point's HMAC secret, which is in the variable of that name. */
function signature(variable: string, named: SignatureHeaders = {}): HookVerifier {
  const { header = 'X-Grafana-Alerting-Signature', timestampHeader } = named
  return withSecret(variable, ({ headers, body }, secret) => {
    const given = headers[header.toLowerCase()] ?? ''
    if (timestampHeader === undefined) return safeEqual(given, hmacHex(secret, body))
    const at = headers[timestampHeader.toLowerCase()]
    return isRecent(at) && safeEqual(given, hmacHex(secret, `${at}:`, body))
  })
}

/** The card of a group of alerts: when all are resolved, it takes the place of the one that they opened. Undefined for other events. */
function card(event: unknown, options: AlertCardOptions = {}): HookReply | undefined {
  const group = asRecord(event)
  const [alert = {}] = parts(group, 'alerts')
  const own = {
    url: link(alert, 'panelURL', 'dashboardURL', 'generatorURL') ?? link(group, 'externalURL'),
    image: link(alert, 'imageURL'),
    updateKey: `alerts ${line(group, 'orgId')} ${line(group, 'receiver')} ${readText(group['groupKey'])}`,
  }
  return alertGroupCard(group, own, options)
}
