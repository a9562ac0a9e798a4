"""What sections are called on pages."""

from coachapp.domain.questions import Section

SECTION_NAMES: dict[Section, str] = {
    Section.SURGERY_10000: "10000 series: integumentary",
    Section.SURGERY_20000: "20000 series: musculoskeletal",
    Section.SURGERY_30000: "30000 series: respiratory, cardiovascular, hemic and lymphatic",
    Section.SURGERY_40000: "40000 series: digestive",
    Section.SURGERY_50000: "50000 series: urinary, genital, maternity, endocrine",
    Section.SURGERY_60000: "60000 series: nervous system, eye, ear",
    Section.EM: "Evaluation and management",
    Section.ANESTHESIA: "Anesthesia",
    Section.RADIOLOGY: "Radiology",
    Section.PATHOLOGY_LABORATORY: "Pathology and laboratory",
    Section.MEDICINE: "Medicine",
    Section.TERMINOLOGY: "Medical terminology",
    Section.ANATOMY: "Anatomy",
    Section.ICD10CM: "ICD-10-CM",
    Section.HCPCS: "HCPCS Level II",
    Section.GUIDELINES: "Coding guidelines",
    Section.COMPLIANCE: "Compliance and regulation",
    Section.CASES: "Cases",
}
