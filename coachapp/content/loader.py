"""Find and read cases, questions and concepts under a path; every problem of every file is gathered at once."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from coachapp.content.validation import validate
from coachapp.content.yamlread import Loc, Located, Source, Unreadable, decode, read_yaml
from coachapp.domain.items import Case
from coachapp.domain.questions import Concept, Question

CASE_FILE = "case.yaml"
CONCEPTS_FILE = "concepts.yaml"
PLANS_FOLDER = "plans"
MOST_DOCUMENT_BYTES = 256 * 1024


class BadPath(ValueError):
    """A path at which no content can be looked for; the message says why."""


@dataclass(slots=True)
class CaseFile:
    """A case as read: `case` is None where the file has errors. `texts` are the documents that could be read, by id."""

    item_id: str
    source: Source
    case: Case | None = None
    texts: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class QuestionFile:
    """A question as read: `question` is None where the file has errors."""

    item_id: str
    source: Source
    question: Question | None = None


@dataclass(slots=True)
class Loaded:
    """All that was found under a path. `broken` holds the ids of items whose files have errors.

    `concepts` is None where no concept file was there, which is not the same as an empty one.
    """

    case_files: list[CaseFile] = field(default_factory=list)
    question_files: list[QuestionFile] = field(default_factory=list)
    concepts: tuple[Concept, ...] | None = None
    errors: list[Located] = field(default_factory=list)
    warnings: list[Located] = field(default_factory=list)

    @property
    def cases(self) -> tuple[Case, ...]:
        """Return the cases without errors."""
        return tuple(file.case for file in self.case_files if file.case is not None)

    @property
    def questions(self) -> tuple[Question, ...]:
        """Return the questions without errors."""
        return tuple(file.question for file in self.question_files if file.question is not None)

    @property
    def broken(self) -> frozenset[str]:
        """Return the ids, taken from the paths, of items that are there but could not be read."""
        return frozenset(
            [file.item_id for file in self.case_files if file.case is None]
            + [file.item_id for file in self.question_files if file.question is None]
        )


def load(*paths: Path) -> Loaded:
    """Read everything under the paths: a case folder, a case.yaml, a question file, concepts.yaml, or trees of them.

    Raises BadPath where a path does not exist, cannot be read or is no YAML file. Content that has faults raises
    nothing: its problems are in the result.
    """
    loaded = Loaded()
    seen: dict[str, str] = {}
    for path in paths:
        for file in _files(path, loaded):
            if file.name == CASE_FILE:
                case_file = _load_case(file, loaded)
                loaded.case_files.append(case_file)
                _once(case_file.item_id, case_file.source, seen, loaded)
            elif file.name == CONCEPTS_FILE:
                loaded.concepts = (loaded.concepts or ()) + _load_concepts(file, loaded)
            else:
                question_file = _load_question(file, loaded)
                loaded.question_files.append(question_file)
                _once(question_file.item_id, question_file.source, seen, loaded)
    if paths and not loaded.case_files and not loaded.question_files and loaded.concepts is None:
        loaded.warnings.append(Located(str(paths[0]), 1, 1, "there are no cases and no questions here"))
    loaded.errors.sort()
    loaded.warnings.sort()
    return loaded


def _once(item_id: str, source: Source, seen: dict[str, str], loaded: Loaded) -> None:
    if item_id in seen:
        loaded.errors.append(source.at(("id",), f"the id {item_id} is also used by {seen[item_id]}"))
    seen.setdefault(item_id, source.file)


def _files(path: Path, loaded: Loaded) -> Iterator[Path]:
    """Yield the content files under a path in fixed order; say what looks like content but would not be read."""
    try:
        if path.is_file():
            if path.suffix != ".yaml":
                raise BadPath(f"{path}: give a folder or a file that ends in .yaml")
            yield path
            return
        if not path.is_dir():
            raise BadPath(f"{path}: there is no such file or folder")
        if path.resolve().name == PLANS_FOLDER:
            raise BadPath(f"{path}: exam plans are not checked here; give a folder of cases or questions")
        entries = sorted(path.rglob("*"))
        next(path.iterdir(), None)
    except OSError as error:
        raise BadPath(f"{path}: {error.strerror or error}") from None
    for file in entries:
        inner = file.relative_to(path).parts
        if any(part.startswith(".") for part in inner) or PLANS_FOLDER in inner[:-1] or not file.is_file():
            continue
        in_case = (file.parent / CASE_FILE).is_file()
        if file.suffix.lower() in (".yml", ".yaml") and file.suffix != ".yaml":
            loaded.errors.append(Located(str(file), 1, 1, "not read: rename the file so that it ends in .yaml"))
        elif file.suffix != ".yaml":
            if file.suffix == ".md" and not in_case and file.stem.lower() != "readme":
                loaded.warnings.append(
                    Located(str(file), 1, 1, f"not read: no {CASE_FILE} stands beside this document")
                )
        elif in_case and file.name != CASE_FILE:
            loaded.warnings.append(Located(str(file), 1, 1, f"not read: a case has one YAML file, {CASE_FILE}"))
        else:
            yield file


def _read(file: Path, loaded: Loaded) -> Source:
    """Read a YAML file; one that cannot be read gives an empty source and its problems."""
    try:
        source = read_yaml(file.read_bytes(), str(file))
    except Unreadable as error:
        loaded.errors.extend(error.problems)
        return Source(str(file))
    except OSError as error:
        loaded.errors.append(Located(str(file), 1, 1, f"cannot be read: {error.strerror or error}"))
        return Source(str(file))
    loaded.errors.extend(source.problems)
    return source


def _check_id(source: Source, item_id: str, loaded: Loaded) -> bool:
    """Say whether the id in a file is the one its place asks for; a missing id is the type's business."""
    data = source.data
    written = data.get("id") if isinstance(data, dict) else None
    if isinstance(written, str) and written.strip() != item_id:
        loaded.errors.append(source.at(("id",), f"the id is {written!r}, but the file's place asks for {item_id!r}"))
        return False
    return True


def _load_case(file: Path, loaded: Loaded) -> CaseFile:
    folder = file.resolve().parent
    item_id = f"{folder.parent.name}/{folder.name}"
    source = _read(file, loaded)
    found = CaseFile(item_id, source)
    if source.data is None:
        return found
    sound = _check_id(source, item_id, loaded) and not source.problems
    documents_sound = _read_documents(file, found, loaded)
    case, problems = validate(Case, source, data=source.data)
    loaded.errors.extend(problems)
    if case is not None and sound and documents_sound:
        documents = tuple(d.model_copy(update={"text": found.texts[d.id]}) for d in case.documents)
        found.case = case.model_copy(update={"documents": documents})
    return found


def _read_documents(file: Path, found: CaseFile, loaded: Loaded) -> bool:
    """Read the documents that a case names and say whether all could be read."""
    source = found.source
    listed = source.data.get("documents") if isinstance(source.data, dict) else None
    if not isinstance(listed, list):
        return False
    sound = True
    names: set[str] = set()
    for index, entry in enumerate(listed):
        loc: Loc = ("documents", index)
        if not isinstance(entry, dict):
            continue
        if "text" in entry:
            message = "unknown field 'text'; the text of a document stands in its file"
            loaded.errors.append(source.at_key((*loc, "text"), message))
            sound = False
        name = entry.get("file")
        if not isinstance(name, str) or Path(name).name != name:
            continue
        names.add(name)
        text = _read_document(file.parent / name, source.at((*loc, "file"), ""), loaded)
        sound = sound and text is not None
        if text is not None and isinstance(entry.get("id"), str):
            found.texts.setdefault(entry["id"], text)
    for other in sorted(file.parent.glob("*.md")):
        if other.name not in names and other.stem.lower() != "readme":
            message = f"not read: the document is not listed under documents in {CASE_FILE}"
            loaded.warnings.append(Located(str(other), 1, 1, message))
    return sound


def _read_document(path: Path, named: Located, loaded: Loaded) -> str | None:
    def refuse(message: str) -> None:
        loaded.errors.append(Located(named.file, named.line, named.column, message))

    if not path.is_file():
        refuse(f"the document {path.name} does not stand beside {CASE_FILE}")
        return None
    if path.resolve().parent != path.parent.resolve():
        refuse(f"the document {path.name} leads out of the case's folder")
        return None
    try:
        text = decode(path.read_bytes(), str(path), most_bytes=MOST_DOCUMENT_BYTES)
    except Unreadable as error:
        loaded.errors.extend(error.problems)
        return None
    except OSError as error:
        refuse(f"the document {path.name} cannot be read: {error.strerror or error}")
        return None
    if not text.strip():
        refuse(f"the document {path.name} is empty")
        return None
    return text


def _load_question(file: Path, loaded: Loaded) -> QuestionFile:
    item_id = f"{file.resolve().parent.name}/{file.stem}"
    source = _read(file, loaded)
    found = QuestionFile(item_id, source)
    if source.data is None:
        return found
    sound = _check_id(source, item_id, loaded) and not source.problems
    question, problems = validate(Question, source, data=source.data)
    loaded.errors.extend(problems)
    found.question = question if sound else None
    return found


def _load_concepts(file: Path, loaded: Loaded) -> tuple[Concept, ...]:
    source = _read(file, loaded)
    if source.data is None:
        return ()
    if not isinstance(source.data, list):
        loaded.errors.append(source.at((), "a list of concepts is wanted here"))
        return ()
    concepts: dict[str, Concept] = {}
    for index, entry in enumerate(source.data):
        concept, problems = validate(Concept, source, data=entry, loc=(index,))
        loaded.errors.extend(problems)
        if concept is not None and concept.id in concepts:
            loaded.errors.append(source.at((index, "id"), f"two concepts have the id {concept.id}"))
        elif concept is not None:
            concepts[concept.id] = concept
    return tuple(concepts.values())
