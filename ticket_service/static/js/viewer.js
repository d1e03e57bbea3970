// Photos open large over the page; without scripts their link opens the picture itself.
export function photoViewer() {
  const dialog = document.getElementById("viewer");
  if (!dialog) return;
  const image = dialog.querySelector("[data-viewer-image]");
  const caption = dialog.querySelector("[data-viewer-caption]");
  let photos = [];
  let place = 0;
  const show = (index) => {
    place = (index + photos.length) % photos.length;
    image.src = photos[place].href;
    image.alt = caption.textContent = photos[place].dataset.caption;
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-photo]");
    if (!link || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    photos = [...link.closest("[data-gallery]").querySelectorAll("a[data-photo]")];
    show(photos.indexOf(link));
    dialog.showModal();
  });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "ArrowRight") show(place + 1);
    if (event.key === "ArrowLeft") show(place - 1);
  });
}
