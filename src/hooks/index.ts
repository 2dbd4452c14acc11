/** `slashroom/hooks`: verifiers and cards for the webhooks of common services. */

export { alertmanager } from './alertmanager.js'
export { github } from './github.js'
export { gitlab } from './gitlab.js'
export { grafana } from './grafana.js'
export { jenkins } from './jenkins.js'
