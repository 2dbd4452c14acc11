export { retryDelay } from './retry-rule.js'
