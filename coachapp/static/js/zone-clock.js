// Times that scripts write, in the zone of the other times on the page: the person's, which is not always the browser's.

export function clock(moment) {
  const parts = { hour: "2-digit", minute: "2-digit", second: "2-digit" };
  try {
    return moment.toLocaleTimeString([], { ...parts, timeZone: document.documentElement.dataset.zone });
  } catch {
    return moment.toLocaleTimeString([], parts); // an old browser that does not know the zone
  }
}
