// Project, building and home follow one another; each list is fetched when the one before is chosen.
export function start() {
  for (const group of document.querySelectorAll("[data-place]")) startGroup(group);
}

function startGroup(group) {
  const [project, building, home] = ["project", "building", "home"].map((name) => group.querySelector(`[name=${name}]`));
  const rest = () => {
    building.disabled = !project.value;
    home.disabled = !building.value;
  };
  // One after the other: an answer that comes late would empty what was chosen meanwhile.
  let turn = Promise.resolve();
  const inTurn = (work) => (turn = turn.then(work, work));
  const say = () => group.dispatchEvent(new CustomEvent("place", { bubbles: true }));

  const followProject = async () => {
    empty(building);
    empty(home);
    rest();
    if (project.value) await fill(building, { project: project.value }, "buildings");
    if (building.options.length === 2) choose(building, building.options[1].value);
  };
  const followBuilding = async () => {
    empty(home);
    rest();
    if (building.value) await fill(home, { project: project.value, building: building.value }, "homes");
    say();
  };
  project.addEventListener("change", () => inTurn(followProject));
  building.addEventListener("change", () => inTurn(followBuilding));
  home.addEventListener("change", say);

  // Another part of the page (a caller who was recognised) may ask for a certain home.
  const goTo = async (wanted) => {
    project.value = wanted.project;
    empty(building);
    await fill(building, { project: wanted.project }, "buildings");
    building.value = wanted.building;
    empty(home);
    await fill(home, { project: wanted.project, building: wanted.building }, "homes");
    home.value = wanted.home;
    rest();
    say();
  };
  group.addEventListener("choose-place", (event) => inTurn(() => goTo(event.detail)));

  // A browser that goes back, a draft, or somebody quicker than this script chose the project before its lists were there.
  const settle = async () => {
    rest();
    if (project.value && building.length === 1) {
      await fill(building, { project: project.value }, "buildings");
      take(building);
      if (!building.value && building.length === 2) building.selectedIndex = 1;
    }
    if (building.value && home.length === 1) {
      await fill(home, { project: project.value, building: building.value }, "homes");
      take(home);
      say();
    }
    rest();
  };
  inTurn(settle);
  window.addEventListener("pageshow", () => inTurn(settle));
}

function empty(select) {
  select.length = 1;
  delete select.dataset.wanted;
}

function take(select) {
  if (select.dataset.wanted) select.value = select.dataset.wanted;
  delete select.dataset.wanted;
  if (select.selectedIndex < 0) select.selectedIndex = 0;
}

function choose(select, value) {
  select.value = value;
  select.dispatchEvent(new Event("change", { bubbles: true }));
}

async function fill(select, wanted, list) {
  const answer = await fetch(`/places?${new URLSearchParams(wanted)}`);
  if (!answer.ok) return;
  const places = (await answer.json())[list];
  select.length = 1;
  for (const place of places) select.add(new Option(place.name, place.code));
  select.disabled = false;
}
