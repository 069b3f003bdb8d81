// Runs before anything is painted: a theme that was chosen shows at once, not after a flash of the other.
try {
  const chosen = localStorage.getItem("headscope:theme");
  if (chosen) document.documentElement.dataset.theme = chosen;
} catch {
  // A frame without an origin of its own keeps nothing.
}
