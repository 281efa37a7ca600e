// The part of the page that an address points to is opened: of a section its first fold, unless one is open. Without this its heading is shown there, to be opened by hand.
function open(hash) {
  const place = hash && document.getElementById(decodeURIComponent(hash.slice(1)))
  if (!place) return
  for (let part = place.querySelector(':scope > details[open]') ?? place.querySelector(':scope > details') ?? place.closest('details'); part; part = part.parentElement.closest('details')) part.open = true
  place.scrollIntoView()
}
addEventListener('hashchange', () => open(location.hash))
document.addEventListener('click', (event) => open(event.target.closest?.('a[href^="#"]')?.hash))
if (!document.getElementById('problem')) open(location.hash)
