// The way back to the queue leads to the list one came from: its view, its filters, its page, and the row one was at.
const QUEUE = "anju:queue";

export function rememberQueue() {
  const rows = document.querySelector("[data-queue]");
  const kept = JSON.parse(sessionStorage.getItem(QUEUE) ?? "{}");
  const here = location.pathname + location.search;
  if (location.pathname === "/desk") {
    sessionStorage.setItem(QUEUE, JSON.stringify({ address: here }));
    const came = kept.address === here && kept.row && rows?.querySelector(`a[href="${kept.row}"]`);
    if (came && document.activeElement === document.body) came.focus({ preventScroll: false });
    rows?.addEventListener("click", (event) => {
      const row = event.target.closest("a")?.getAttribute("href");
      if (row) sessionStorage.setItem(QUEUE, JSON.stringify({ address: here, row }));
    });
  }
  for (const link of document.querySelectorAll("[data-queue-link]")) if (kept.address) link.href = kept.address;
}
