/** `slashroom/hooks`: the services that most hooks are written for, each with what proves its events and what shows them. */

export { alertmanager } from './alertmanager.js'
export { github } from './github.js'
export { gitlab } from './gitlab.js'
export { grafana } from './grafana.js'
export { jenkins } from './jenkins.js'
