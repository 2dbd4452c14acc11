import type { HookReply } from '../model/hook.js'
import { asRecord, readText } from '../shared/json.js'
import { type AlertCardOptions, alertGroupCard } from './alert-group.js'
import { line, link } from './event-fields.js'

/**
 * Prometheus' Alertmanager, which signs nothing: give it a notifier token in `http_config`.
 * https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
 */
export const alertmanager = { card }

/** The card of a group of alerts: when all are resolved, it takes the place of the one that they opened. Undefined for other events. */
function card(event: unknown, options: AlertCardOptions = {}): HookReply | undefined {
  const group = asRecord(event)
  const updateKey = `alerts ${line(group, 'receiver')} ${readText(group['groupKey'])}`
  return alertGroupCard(group, { url: link(group, 'externalURL'), updateKey }, options)
}
