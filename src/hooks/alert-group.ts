import type { HookReply } from '../model/hook.js'
import type { CardButton, Tone } from '../model/reply.js'
import { type EventCard, eventCard, firstLines } from './event-card.js'
import { type EventFields, line, part, parts } from './event-fields.js'

/** Options of a card of alerts. */
export interface AlertCardOptions {
  /** Shown while any alert is firing. */
  readonly buttons?: readonly CardButton[]
}

/** What a service adds to a card of alerts. */
type ServiceParts = Pick<EventCard, 'url' | 'image'> & { readonly updateKey: string | undefined }

/**
 * A card for a group of alerts in Alertmanager's format, which Grafana uses too. All its updates share one key until the
 * group is resolved. Undefined for other events.
 */
export function alertGroupCard(
  event: EventFields,
  own: ServiceParts,
  { buttons }: AlertCardOptions,
): HookReply | undefined {
  if (!Array.isArray(event['alerts'])) return undefined
  const isResolved = isOver(event)
  return eventCard({
    ...own,
    title: titleOf(event),
    text: textOf(event),
    fields: commonLabels(event),
    tone: isResolved ? 'good' : toneOf(event),
    notify: !isResolved,
    buttons: isResolved ? undefined : buttons,
    closesKey: isResolved,
  })
}

/** Whether an alert or a whole group is resolved. */
function isOver({ status }: EventFields): boolean {
  return status === 'resolved'
}

function titleOf(event: EventFields): string {
  const named = { ...part(event, 'commonLabels'), ...part(event, 'groupLabels') }
  const name = line(named, 'alertname') ?? 'Alerts'
  if (isOver(event)) return `${name}: resolved`
  const firing = parts(event, 'alerts').filter((alert) => !isOver(alert)).length + unsent(event)
  return firing > 1 ? `${name}: ${firing} alerts firing` : `${name}: firing`
}

/** How many alerts were left out because there are too many. */
function unsent({ truncatedAlerts }: EventFields): number {
  return Number.isFinite(truncatedAlerts) ? Math.max(0, Number(truncatedAlerts)) : 0
}

function textOf(event: EventFields): string {
  const alerts = parts(event, 'alerts')
  const firingFirst = alerts.toSorted((one, other) => Number(isOver(one)) - Number(isOver(other)))
  const lines = firingFirst.map((alert) => `${isOver(alert) && !isOver(event) ? 'Resolved: ' : ''}${describe(alert)}`)
  return firstLines(lines, alerts.length + unsent(event), 10)
}

function describe(alert: EventFields): string {
  const annotations = part(alert, 'annotations')
  const words = ['summary', 'description', 'message'].map((name) => line(annotations, name)).find(Boolean)
  return words ?? line({ text: listLabels(alert) }, 'text') ?? 'An alert'
}

function listLabels(alert: EventFields): string {
  const labels = part(alert, 'labels')
  const names = Object.keys(labels).slice(0, 20)
  return names.map((name) => `${name}=${line(labels, name) ?? ''}`).join(' ')
}

/** The labels that all alerts of the group share, except the name, which is the title. */
function commonLabels(event: EventFields): EventCard['fields'] & object {
  const labels = part(event, 'commonLabels')
  const names = Object.keys(labels).filter((name) => name !== 'alertname' && !name.startsWith('__'))
  return Object.fromEntries(names.slice(0, 10).map((name) => [name, line(labels, name)]))
}

function toneOf(event: EventFields): Tone {
  const severity = line(part(event, 'commonLabels'), 'severity')?.toLowerCase()
  if (severity === 'warning') return 'warning'
  return severity === 'info' || severity === 'none' ? 'info' : 'bad'
}
