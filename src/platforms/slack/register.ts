import { reasonOf } from '../../delivery/retry-rule.js'
import { ConfigError, DeliveryError } from '../../model/errors.js'
import { isRecord } from '../../shared/json.js'
import type { PlatformDeps, Registration } from '../platform.js'
import { noChanges } from '../register-commands.js'
import { type Manifest, type ManifestUrls, newManifest, planManifest, wantedCommands } from './app/manifest.js'
import type { Settings } from './settings.js'
import { callMethod, type WebApiDeps } from './web-api.js'

/** What registering needs. */
export interface RegisterDeps extends WebApiDeps, Pick<PlatformDeps, 'baseUrl' | 'catalog'> {
  readonly settings: Settings
}

/**
 * Creates a function that registers the commands. The service accepts them only as part of the app's whole manifest: by
 * hand, or with a configuration token, which lasts twelve hours.
 * https://docs.slack.dev/app-manifests/configuring-apps-with-app-manifests
 */
export function createRegister({ request, settings, baseUrl, catalog }: RegisterDeps) {
  const { appId, configToken, client, appToken, signingSecret } = settings
  const urls: ManifestUrls = {
    baseUrl,
    webhooks: signingSecret !== undefined,
    socketMode: appToken !== undefined,
    installed: client !== undefined,
  }

  async function register({ apply }: { readonly apply: boolean }): Promise<Registration> {
    const { commands, left } = wantedCommands(catalog.list(), urls)
    if (!appId || !configToken) {
      const document = newManifest(commands, urls)
      return { ...noChanges(), notes: [...left, byHand(appId)], document }
    }
    const { manifest, ...plan } = planManifest(await readManifest(appId), commands, urls)
    const changes = plan.added.length + plan.changed.length + plan.removed.length
    if (!apply || changes === 0) return { ...plan, notes: left }
    const args = { app_id: appId, manifest: JSON.stringify(manifest) }
    const { permissions_updated: wider } = await call('apps.manifest.update', args)
    return { ...plan, notes: wider === true ? [...left, installAnew(appId)] : left }
  }

  async function readManifest(app_id: string): Promise<Manifest> {
    const { manifest } = await call('apps.manifest.export', { app_id })
    if (!isRecord(manifest)) throw new DeliveryError('apps.manifest.export: it gives no manifest', { retry: true })
    return manifest
  }

  async function call(method: string, args: Readonly<Record<string, string>>) {
    try {
      return (await callMethod({ request, settings }, method, { by: configToken ?? '', args })).answer
    } catch (error) {
      if (!expired.has(reasonOf(error))) throw error
      throw new ConfigError('SLACK_CONFIG_TOKEN is not good, or no longer: https://api.slack.com/apps has a new one.')
    }
  }

  return register
}

const expired = new Set<unknown>(['invalid_auth', 'token_expired', 'token_revoked', 'not_authed'])

function byHand(appId = ''): string {
  const page = appId ? `https://api.slack.com/apps/${appId}/app-manifest` : 'https://api.slack.com/apps → App Manifest'
  return `Slack takes commands only with the app's whole manifest. Paste it at ${page}, while the bot runs; or set SLACK_APP_ID and SLACK_CONFIG_TOKEN`
}

function installAnew(appId: string): string {
  return `the app asks for more scopes than it was granted: reinstall it, https://api.slack.com/apps/${appId}/install-on-team`
}
