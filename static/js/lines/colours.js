/** One colour a head: twelve, as far apart as they get for every kind of colour vision, each 3:1 on its surface and more. */

const HEADS = {
  light: ["#3573b4", "#ed6e12", "#600e3a", "#9364f7", "#c23a0d", "#400286", "#209dc9", "#932025", "#4b1dce", "#bc7c7e", "#703b6c", "#975c6e"],
  dark: ["#8988ef", "#fed815", "#f21d0b", "#68f1ff", "#8e53b0", "#add3a1", "#eb7391", "#5552f9", "#d6fdb7", "#68bfe5", "#c5a707", "#b64464"],
};

/** Beyond twelve they come again: the name stands at every line. */
export const headColour = (theme, head) => HEADS[theme][head % HEADS[theme].length];
