// One click copies a text. A button with data-copy names the element that holds it, and is hidden until it is known that this script runs:
// without it the text is there to be selected. Where the browser lends no clipboard, the text is selected, to be copied by hand.
for (const button of document.querySelectorAll('button[data-copy]')) {
  const said = document.getElementById(button.dataset.said)
  const text = document.getElementById(button.dataset.copy)
  button.hidden = false
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(text.textContent)
      said.textContent = button.dataset.done
    } catch {
      for (let part = text.closest('details'); part; part = part.parentElement.closest('details')) part.open = true
      getSelection().selectAllChildren(text)
      said.textContent = button.dataset.byHand
    }
  })
}
