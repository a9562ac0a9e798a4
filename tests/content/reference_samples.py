"""Small tables laid out as Medicare's; what they say of the codes is made up."""

import gzip
from pathlib import Path

CODES = """\
code,kind,first_seen,last_valid_day(blank=valid Apr-Jun 2026),opps
99213,CPT-I,before 20190701,,
99214,CPT-I,before 20190701,,
25605,CPT-I,before 20190701,,
25607,CPT-I,20260101,,
20610,CPT-I,before 20190701,,
11042,CPT-I,before 20190701,20251231,
11045,CPT-I,before 20190701,,
11046,CPT-I,before 20190701,,
77067,CPT-I,before 20190701,,
80053,CPT-I,before 20190701,,
"""
# Three X: the global concept does not apply.
FEES = """\
hcpcs,mod,status_code,pctc_ind,glob_days,mult_proc,bilat_surg,asst_surg,co_surg,team_surg
99213,,A,0,{N},0,0,0,0,0
99214,,A,0,{N},0,0,0,0,0
25605,,A,0,090,2,1,1,0,0
25607,,A,0,090,2,1,2,1,0
20610,,A,0,000,2,1,1,0,0
11045,,A,0,ZZZ,0,0,0,0,0
77067,,A,1,{N},0,2,0,0,0
77067,26,A,1,{N},0,2,0,0,0
77067,TC,A,1,{N},0,2,0,0,0
80053,,X,9,{N},9,9,9,9,9
""".replace("{N}", "X" * 3)
PAIRS = """\
column1,column2,modifier_indicator,rationale_id
25605,20610,1,6
25605,11045,1,6
25607,25605,0,6
20610,99213,1,6
25607,77067,9,6
"""
LIMITS = """\
code,mue_value,mai,rationale
25605,1,2,Anatomic
20610,2,3,Clinical
11045,12,1,Clinical
99214,0,2,Policy
"""
ADD_ONS = """\
addon_code,primary_code(blank=type 2: contractor-defined),type
11045,20610,1
11046,,2
"""
FILES = {
    "cpt/cpt_hcpcs_code_list_IOCE_2019Q3-2026Q2.csv.gz": CODES,
    "cpt/pprrvu_2024-07_indicators.csv.gz": FEES,
    "ncci/ncci_ptp_practitioner_2024Q3.csv.gz": PAIRS,
    "ncci/mue_practitioner_2026-04-01.csv.gz": LIMITS,
    "ncci/ncci_addon_codes_2026Q2.csv.gz": ADD_ONS,
}


def write_tables(folder: Path, **changes: str | None) -> Path:
    """Write the tables below a folder and return it; a table named in `changes` has other text, or None for no file."""
    names = {"codes": 0, "fees": 1, "pairs": 2, "limits": 3, "add_ons": 4}
    texts = list(FILES.items())
    for name, text in changes.items():
        texts[names[name]] = (texts[names[name]][0], text)  # type: ignore[assignment]
    for file, text in texts:
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        if text is not None:
            path.write_bytes(gzip.compress(text.encode()))
    return folder
