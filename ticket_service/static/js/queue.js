// A list that is looked at says when it is out of date; it never changes under the reader's hand.
const EVERY = 20_000;

export function start() {
  const watch = document.querySelector("[data-fresh]");
  if (!watch) return;
  const line = watch.querySelector("a");
  setInterval(async () => {
    if (document.hidden || !line.hidden) return;
    try {
      const answer = await fetch(watch.dataset.fresh);
      if (answer.ok && (await answer.json()).mark !== watch.dataset.freshMark) line.hidden = false;
    } catch {
      // Offline for a moment; the next round asks again.
    }
  }, EVERY);
}
