"""The held-out list of everyday queries, by which the search is measured: everyday_queries.yaml, read."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from coachapp.content.yamlread import read_yaml

PATH = Path(__file__).with_name("everyday_queries.yaml")

# Each kind and the fewest queries that the list holds of it.
KINDS = {
    "clinical": 60,
    "abbreviation": 60,
    "lay": 50,
    "code_as_written": 40,
    "misspelling": 25,
    "external_cause": 25,
    "pediatric_ob_dental": 30,
    "hcpcs": 25,
    "status_z": 25,
    "pcs": 10,
}


@dataclass(frozen=True, slots=True)
class EverydayQuery:
    """A query as typed and the answers that count, as the file writes them (`S72.00-`: header or anything below)."""

    query: str
    codes: tuple[str, ...]
    kind: str

    def accepts(self, code: str) -> bool:
        """Tell whether a code or header, written as in the code sets, is among the answers.

        The dot counts: G04.02 is no answer where the service G0402 is.
        """
        return any(_below(answer[:-1], code) if answer.endswith("-") else code == answer for answer in self.codes)


def _below(header: str, code: str) -> bool:
    """Tell whether a code is the header or stands below it: a category's codes go on with the dot (W11, W11.XXXA)."""
    return code == header or code.startswith(f"{header}." if len(header) == 3 else header)


@lru_cache(maxsize=1)
def everyday_queries() -> tuple[EverydayQuery, ...]:
    """Read the list; ValueError for an entry of another shape."""
    source = read_yaml(PATH.read_bytes(), PATH.name)
    if source.problems or not isinstance(source.data, list):
        raise ValueError(f"{PATH.name} is not a list: {source.problems}")
    return tuple(map(_entry, source.data))


def _entry(raw: object) -> EverydayQuery:
    match raw:
        case {"query": str(query), "codes": [_, *_] as codes, "kind": str(kind), **rest} if not rest:
            return EverydayQuery(query, tuple(map(str, codes)), kind)
    raise ValueError(f"not an entry of {PATH.name}: {raw!r}")
