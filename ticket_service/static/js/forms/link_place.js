// Where a code is to hang: the lists follow one another.
export function start() {
  for (const group of document.querySelectorAll("[data-link-place]")) {
    const [project, building, home] = ["project", "building", "home"].map((name) => group.querySelector(`[name=${name}]`));
    const fill = async (select, level) => {
      select.length = 1;
      const answer = await fetch(`/forms/choices?${new URLSearchParams({ level, project: project.value, building: building.value })}`);
      if (!answer.ok) return;
      for (const entry of await answer.json()) select.add(new Option(entry.name, entry.code));
    };
    project.addEventListener("change", async () => {
      home.length = 1;
      await fill(building, "building");
      if (building.length === 2) {
        building.selectedIndex = 1;
        await fill(home, "home");
      }
    });
    building.addEventListener("change", () => fill(home, "home"));
  }
}
