"""What labels, specialties and levels are called on pages."""

from coachapp.domain.labels import Label

_LABEL_WORDS = {
    Label.SEVENTH_CHARACTER: "7th character",
    Label.EM_LEVEL: "E/M level",
    Label.PCS_AXIS: "PCS axis",
    Label.POA: "Present on admission",
    Label.FIRST_LISTED: "First-listed",
    Label.ADD_ON: "Add-on code",
    Label.NEW_ESTABLISHED: "New or established",
    Label.SCREENING_DIAGNOSTIC: "Screening or diagnostic",
    Label.HISTORY_ACTIVE: "History or active",
    Label.ACCEPTED_NOT_BEST: "Accepted, not the best",
    Label.PROFESSIONAL_TECHNICAL: "Professional or technical part",
    Label.ETIOLOGY_MANIFESTATION_ORDER: "Order of etiology and manifestation",
}


def label_words(value: str) -> str:
    """Return the short name of a label."""
    label = Label(value)
    return _LABEL_WORDS.get(label, label.value.replace("_", " ").capitalize())


def slug_words(value: str | None) -> str:
    """Return a specialty or a level in words: behavioral-health is “Behavioral health”; nothing for none."""
    return (value or "").replace("-", " ").capitalize()
