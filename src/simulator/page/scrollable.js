import { at } from './dom.js'

const log = at('log')

/** What is wider than the room must be reachable by those who have no mouse, and nothing else be a stop for them. */
function mark() {
  for (const block of log.querySelectorAll('pre, table')) {
    if (block.scrollWidth > block.clientWidth) block.tabIndex = 0
    else block.removeAttribute('tabindex')
  }
}

new MutationObserver(mark).observe(log, { childList: true, subtree: true })
new ResizeObserver(mark).observe(log)
