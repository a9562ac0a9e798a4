"""Small files in the layouts of the official ones, made for tests: they run from the first letter to the last."""

import gzip
import zipfile
from collections.abc import Sequence
from pathlib import Path

DIAGNOSES = [
    ("A00", 0, "Cholera"),
    ("A000", 1, "Cholera due to Vibrio cholerae 01, biovar cholerae"),
    ("A009", 1, "Cholera, unspecified"),
    ("I10", 1, "Essential (primary) hypertension"),
    ("M72", 0, "Fibroblastic disorders"),
    ("M722", 0, "Plantar fascial fibromatosis"),
    ("M7221", 1, "Plantar fascial fibromatosis, right foot"),
    ("M7222", 1, "Plantar fascial fibromatosis, left foot"),
    ("S52", 0, "Fracture of forearm"),
    ("S525", 0, "Fracture of lower end of radius"),
    ("S5250", 0, "Unspecified fracture of the lower end of radius"),
    ("S52501", 0, "Unspecified fracture of the lower end of right radius"),
    ("S52501A", 1, "Unspecified fracture of the lower end of right radius, initial encounter"),
    ("T90", 0, "A category invented for tests"),
    ("T901", 1, "A code invented for tests"),
    ("Z00", 0, "Encounter for general examination"),
    ("Z0000", 1, "Encounter for general adult medical examination without abnormal findings"),
]


def order_file(rows: list[tuple[str, int, str]] = DIAGNOSES) -> str:
    """Return codes in the layout of a CMS order file."""
    return "".join(
        f"{number:05} {code:<7} {billable} {title[:60]:<60} {title}\n"
        for number, (code, billable, title) in enumerate(rows, start=1)
    )


def procedures_file(newest: str = "A new technology of tests") -> str:
    """Return ICD-10-PCS codes in the layout of a CMS order file, with the headings of their tables."""
    return order_file(
        [
            ("001", 0, "Central Nervous System and Cranial Nerves, Bypass"),
            ("0016070", 1, "Bypass Cerebral Ventricle to Nasopharynx, a title of tests"),
            ("0DTJ4ZZ", 1, "Resection of Appendix, Percutaneous Endoscopic Approach"),
            ("XNS4032", 1, newest),
        ]
    )


def hcpcs_record(
    code: str, long: str, short: str = "", added: str = "20100101", ended: str = "", *, record: str = "3"
) -> str:
    """Return one line of the HCPCS record layout; records 4 and 8 carry more of the long description."""
    line = f"{code:>5}00100{record}{long:<80}{short:<28}"
    return (f"{line:<268}{added:<8}{added:<8}{ended:<8}N".ljust(320) if record in "37" else line).rstrip("\n") + "\n"


def hcpcs_file() -> str:
    """Return a HCPCS file in the record layout: a modifier, a long description of two lines, an ended code."""
    return (
        hcpcs_record("A1", "Dressing for one wound", "Dressing for one wound", record="7")
        + hcpcs_record("A0100", "Non-emergency transportation; taxi", "Nonemergency transport taxi")
        + hcpcs_record("J1010", "Injection, methylprednisolone", "Inj, methylpred acetate 1 mg", "20240401")
        + hcpcs_record("J1010", "acetate, 1 mg", record="4")
        + hcpcs_record("J1030", "Injection, 40 mg, of tests", "Inj of tests", "19840101", "20240331")
        + hcpcs_record("J9999", "A drug that begins on the first day of the quarter", "New", "20261001")
        + hcpcs_record("V5364", "Dysphagia screening", "Dysphagia screening")
    )


HCPCS_TABLE = (
    "HCPCS quarterly file,,,,\n"
    "HCPC,RECID,LONG DESCRIPTION,SHORT DESCRIPTION,ADD DT,TERM DT\n"
    '"A0100",3,"Non-emergency transportation; taxi","Nonemergency transport taxi",19820101,\n'
    "A1,7,Dressing for one wound,Dressing for one wound,20020701,\n"
    'J1010,3,"Injection, methylprednisolone acetate, 1 mg","Inj, methylpred acetate 1 mg",20240401,\n'
    "V5364,3,Dysphagia screening,Dysphagia screening,20010101,\n"
)

TABULAR = """<?xml version="1.0" encoding="utf-8"?>
<ICD10CM.tabular><version>2028</version>
<chapter><name>1</name><desc>A chapter of tests (A00-B99)</desc>
<section id="A00-A09"><desc>Intestinal infectious diseases (A00-A09)</desc>
<diag><name>A00</name><desc>Cholera</desc><excludes1><note>tests of nothing (I10)</note></excludes1>
<diag><name>A00.0</name><desc>Cholera of tests</desc></diag>
<diag><name>A00.9</name><desc>Cholera, unspecified</desc></diag></diag></section></chapter>
<chapter><name>9</name><desc>Circulation (I00-I99)</desc>
<section id="I10-I1A"><desc>Hypertensive diseases (I10-I1A)</desc>
<diag><name>I10</name><desc>Essential (primary) hypertension</desc></diag></section></chapter>
<chapter><name>19</name><desc>Injury (S00-T88)</desc>
<section id="T80-T90"><desc>A block of tests (T80-T90)</desc>
<diag><name>T90</name><desc>A category invented for tests</desc>
<sevenChrDef><extension char="A">initial encounter</extension></sevenChrDef>
<diag><name>T90.1</name><desc>A stem invented for tests</desc></diag></diag></section></chapter>
</ICD10CM.tabular>
"""

INDEX_XML = """<?xml version="1.0" encoding="utf-8"?>
<ICD10CM.index><version>2027</version><title>ICD-10-CM INDEX TO DISEASES and INJURIES</title>
<letter><title>A</title>
<mainTerm><title>Asthma, asthmatic<nemod>(bronchial) (catarrhal)</nemod></title><code>J45.909</code>
<term level="1"><title>with</title>
<term level="2"><title>exacerbation<nemod>(acute)</nemod></title><code>J45.901</code></term></term>
<term level="1"><title>cardiac</title><see>Failure, ventricular, left</see></term></mainTerm>
<mainTerm><title>Arthropathy</title><code>E11.61</code><manif>M14.6</manif></mainTerm></letter>
<letter><title>Z</title><mainTerm><title>Zymotic</title><seeAlso>condition</seeAlso></mainTerm></letter>
</ICD10CM.index>
"""

INDEX_CSV = (
    "RowID,Letter,Level,Term,See,SeeAlso,NonEssModif,Code\n"
    '1,A,0,"Asthma, asthmatic",,,(bronchial) (catarrhal),J45.909\n'
    "2,A,1,with,,,,\n"
    "3,A,2,exacerbation,,,(acute),J45.901\n"
    '4,A,1,cardiac,"Failure, ventricular, left",,,\n'
    "5,A,0,Arthropathy,,,,E11.61 [M14.6]\n"
    "6,Z,0,Zymotic,,condition,,\n"
)

EXTERNAL_XML = """<ICD10CM.index><version>2027</version><title>EXTERNAL CAUSE of INJURIES INDEX</title>
<letter><title>A</title><mainTerm><title>Accident<nemod>(to)</nemod></title><code>X58</code>
<term level="1"><title>lightning</title><subcat>T75.0</subcat></term></mainTerm></letter>
<letter><title>W</title><mainTerm><title>War operations</title><code>Y36.90</code></mainTerm></letter></ICD10CM.index>
"""

NEOPLASM_XML = """<ICD10CM.index><version>2027</version>
<indexHeading><head col="1">Neoplasm</head><head col="2">Malignant Primary</head></indexHeading>
<letter><title>N</title><mainTerm><title>Neoplasm, neoplastic</title><cell col="2">C80.1</cell>
<term level="1"><title>lung</title><cell col="2">C34.9-</cell><cell col="5">D14.3-</cell>
<term level="2"><title>hilus</title><cell col="2">C34.0-</cell></term></term>
<term level="1"><title>breast</title><cell col="2">C50.9-</cell></term></mainTerm></letter></ICD10CM.index>
"""

DRUGS_CSV = (
    "RowID,Letter,Level,Term,SeeAlso,NonEssModif,PoisoningAccidental,PoisoningIntentionalSelfHarm,PoisoningAssault,"
    "PoisoningUndetermined,AdverseEffect,Underdosing\n"
    "1,#,0,1-propanol,,,T51.3X1,T51.3X2,T51.3X3,T51.3X4,--,--\n"
    "2,W,0,Warfarin,,,T45.511,T45.512,T45.513,T45.514,T45.515,T45.516\n"
    "3,W,1,sodium,,,T45.511,T45.512,T45.513,T45.514,T45.515,T45.516\n"
    "4,Z,0,Zyprexa,,,T43.591,T43.592,T43.593,T43.594,T43.595,T43.596\n"
)


# At least one code of each range that is wholly exempt, and some of ranges that are so in part.
EXEMPT = [
    "B90.9", "E64.0", "I25.2", "I69.351", "I69.90", "I69.920", "Q65.01", "S52.501D", "S52.501S", "V43.52XA",
    "W18.30XA", "Y92.010", "Y99.0", "Z00.00", "Z05.1", "Z08", "Z11.3", "Z17.0", "Z23", "Z28.310", "Z30.011",
    "Z34.00", "Z37.0", "Z3A.39", "Z41.1", "Z48.00", "Z51.11", "Z55.0", "Z62.21", "Z67.10", "Z73.0", "Z75.1",
    "Z79.4", "Z91.81", "Z92.3", "Z97.0",
]  # fmt: skip


def exempt_file(codes: Sequence[str] = tuple(EXEMPT), *, order: str = "OrdFY26", dotted: bool = True) -> str:
    """Return codes in the layout of the CMS list of POA exempt codes; titles are invented."""
    rows = [(f"{number:05}", code, f"Title of {code}") for number, code in enumerate(codes, start=7)]
    lines = [(order, "POAexemptCode", "Description"), *rows]
    return "".join("\t".join((a, b if dotted else b.replace(".", ""), c)) + "\r\n" for a, b, c in lines)


def write(folder: Path, name: str, text: str | bytes) -> Path:
    """Write a file, packed as its name says."""
    path = folder / name
    data = text if isinstance(text, bytes) else text.encode()
    if name.endswith(".gz"):
        data = gzip.compress(data)
    if name.endswith(".zip"):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name.removesuffix(".zip"), data)
    else:
        path.write_bytes(data)
    return path
