"""Every label, verdict and severity, listed in one place."""

from enum import StrEnum


class Verdict(StrEnum):
    """How one line came out."""

    RIGHT = "right"
    PARTIAL = "partial"
    WRONG = "wrong"
    MISSED = "missed"
    UNSUPPORTED = "unsupported"
    OPTIONAL_PRESENT = "optional_present"
    OPTIONAL_ABSENT = "optional_absent"


class Severity(StrEnum):
    """How grave a finding about the claim is."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Label(StrEnum):
    """How a line is wrong. The order is the order of precedence: the first that applies is the primary label."""

    # Only an author's trap can know these.
    INTEGRAL_SYMPTOM = "integral_symptom"
    UNCERTAIN_DIAGNOSIS = "uncertain_diagnosis"
    BUNDLED = "bundled"
    GLOBAL_PACKAGE = "global_package"
    COMBINATION_CODE = "combination_code"
    HISTORY_ACTIVE = "history_active"
    SCREENING_DIAGNOSTIC = "screening_diagnostic"
    NEW_ESTABLISHED = "new_established"
    ADD_ON = "add_on"
    PROFESSIONAL_TECHNICAL = "professional_technical"
    WRONG_SETTING = "wrong_setting"
    WRONG_PAYER = "wrong_payer"
    # Computed.
    DUPLICATE = "duplicate"
    INVALID_CODE = "invalid_code"
    NOT_VALID_ON_DATE = "not_valid_on_date"
    NOT_BILLABLE = "not_billable"
    WRONG_CODE_SYSTEM = "wrong_code_system"
    FIRST_LISTED = "first_listed"
    ETIOLOGY_MANIFESTATION_ORDER = "etiology_manifestation_order"
    UNSPECIFIED = "unspecified"
    LATERALITY = "laterality"
    SEVENTH_CHARACTER = "seventh_character"
    SEQUELA = "sequela"
    TRIMESTER = "trimester"
    INTENT = "intent"
    SAME_CATEGORY = "same_category"
    ACCEPTED_NOT_BEST = "accepted_not_best"
    PCS_AXIS = "pcs_axis"
    OTHER_CATEGORY = "other_category"
    EM_LEVEL = "em_level"
    MODIFIER_MISSING = "modifier_missing"
    MODIFIER_EXTRA = "modifier_extra"
    MODIFIER_WRONG = "modifier_wrong"
    MODIFIER_ORDER = "modifier_order"
    UNITS = "units"
    POINTER = "pointer"
    POA = "poa"
    PLACE_OF_SERVICE = "place_of_service"
    MISSED = "missed"
    UNSUPPORTED = "unsupported"


# Labels an author may give to a trap: the ones no computation can know, and the computed ones that name a wrong code.
TRAP_LABELS = frozenset(Label) - {
    Label.DUPLICATE,
    Label.FIRST_LISTED,
    Label.ACCEPTED_NOT_BEST,
    Label.MODIFIER_MISSING,
    Label.MODIFIER_EXTRA,
    Label.MODIFIER_WRONG,
    Label.MODIFIER_ORDER,
    Label.UNITS,
    Label.POINTER,
    Label.POA,
    Label.PLACE_OF_SERVICE,
    Label.MISSED,
}
