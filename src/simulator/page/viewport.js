/**
 * A phone's keyboard may cover the page without making it smaller: then what is left in sight is the page's height. What is
 * smaller because somebody zooms in is left alone.
 */
const visible = window.visualViewport

function resize() {
  if (visible.scale > 1.01) return
  document.documentElement.style.setProperty('--visible-height', `${Math.round(visible.height)}px`)
  document.documentElement.classList.toggle('short', visible.height < 460)
  if (visible.offsetTop > 0) scrollTo(0, 0) // browsers push the page up to show the box, which is in sight already
}

visible?.addEventListener('resize', resize)
visible?.addEventListener('scroll', resize)
if (visible) resize()
