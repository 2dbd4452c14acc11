import type { HookReply } from '../model/hook.js'
import { asRecord, readText } from '../shared/json.js'
import { type AlertCardOptions, alertGroupCard } from './alert-group.js'
import { updateKeyOf } from './event-card.js'
import { line, link } from './event-fields.js'

/**
 * Shows alerts of Prometheus Alertmanager. It can't sign requests: put a notifier token in its `http_config`.
 * https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
 */
export const alertmanager = { card }

/** Returns the card of a group of alerts, which is replaced when all are resolved. Returns undefined for other events. */
function card(event: unknown, options: AlertCardOptions = {}): HookReply | undefined {
  const group = asRecord(event)
  const updateKey = updateKeyOf('alerts', line(group, 'receiver') ?? '', readText(group['groupKey']))
  return alertGroupCard(group, { url: link(group, 'externalURL'), updateKey }, options)
}
