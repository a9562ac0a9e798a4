// Typed text as the server reads it (coachapp/domain/typed_text.py): format is not meaning.
// Only what the page itself decides is here: whether a box is empty, the letter of a pointer, a number of digits.

const INVISIBLE = /[\p{Cf}\p{Default_Ignorable_Code_Point}]|(?!\s)\p{Cc}/gu;

// Capitals of Cyrillic and Greek with the shape of a Latin capital, and that capital.
const LOOK_ALIKES = new Map(
  [
    ["АВЕКМНОРСТУХЅІЈԚԜҮѴӀ", "ABEKMHOPCTYXSIJQWYVI"],
    ["авекмнорстухѕіјԛԝүѵӏ", "ABEKMHOPCTYXSIJQWYVI"],
    ["ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX"],
    ["αβεζικορτχ", "ABEZIKOPTX"],
  ].flatMap(([theirs, latin]) => [...theirs].map((letter, i) => [letter, latin[i]])),
);

export function isBlank(text) {
  return !text.replace(INVISIBLE, "").trim();
}

export function plainLetter(letter) {
  return LOOK_ALIKES.get(letter) ?? letter.normalize("NFKC").toUpperCase();
}

export function plainNumber(text) {
  return text.normalize("NFKC").replace(INVISIBLE, "").replace(/^[\s.,]+|[\s.,]+$/g, "");
}
