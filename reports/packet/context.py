"""Context of use: what somebody wants to do with the generator, in whose hands. Nothing of it can be measured, so it is
asked for, and what is not answered says "not stated".
"""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from evalkit.pseudonyms import Pseudonyms
from translator.documents import key_fault, read_toml
from translator.errors import InputError

NOT_STATED = "not stated"
QUESTIONS = {
    "intended_use": "What is the synthetic video used for?",
    "users": "Who uses it, with what training?",
    "population": "On which patients, views and scanners?",
    "setting": "Where in the work: research, teaching, training of models, care?",
    "input": "What is put in, and what is checked of it first?",
    "output": "What comes out, and how is it marked as synthetic?",
    "decision": "Which decision does it inform, and who takes it?",
    "consequence": "What happens if it is wrong?",
    "alternative": "What would be done without it?",
    "outside": "What must it not be used for?",
    "regulatory_status": "Is it, or is it part of, a medical device?",
    "ethics": "Ethics approval, consent, and the data's own terms",
    "funding": "Who paid, and what was their part?",
    "registration": "Where is the study registered?",
    "author": "Who hands this packet in?",
    "licence": "Under which terms is the packet handed on?",
}


class ContextOfUse(BaseModel):
    """Answers to QUESTIONS, each "not stated" until somebody gives it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    intended_use: str = NOT_STATED
    users: str = NOT_STATED
    population: str = NOT_STATED
    setting: str = NOT_STATED
    input: str = NOT_STATED
    output: str = NOT_STATED
    decision: str = NOT_STATED
    consequence: str = NOT_STATED
    alternative: str = NOT_STATED
    outside: str = NOT_STATED
    regulatory_status: str = NOT_STATED
    ethics: str = NOT_STATED
    funding: str = NOT_STATED
    registration: str = NOT_STATED
    author: str = NOT_STATED
    licence: str = NOT_STATED

    @field_validator("*")
    @classmethod
    def _unanswered(cls, answer: str) -> str:
        return answer if answer.strip() else NOT_STATED

    @property
    def stated(self) -> frozenset[str]:
        """The questions that have an answer."""
        return frozenset(name for name, answer in self.model_dump().items() if answer.strip() != NOT_STATED)

    def renamed(self, names: Pseudonyms) -> "ContextOfUse":
        """The same with the ids in it replaced."""
        return ContextOfUse(**{name: names.text(answer) for name, answer in self.model_dump().items()})


def read_context(path: Path | None) -> ContextOfUse:
    """Read the answers from a TOML file; without a file, none is stated.

    Raises: InputError listing every unknown key and wrong value.
    """
    if path is None:
        return ContextOfUse()
    data = read_toml(path, "Give a TOML file, or leave --context out")
    try:
        return ContextOfUse.model_validate(data)
    except ValidationError as error:
        known = set(QUESTIONS)
        raise InputError(
            key_fault(f"{path}: {e['loc'][0]}" if e["loc"][0] in known else str(path), ContextOfUse, e)
            for e in error.errors()
        ) from None


def context_template() -> str:
    """A TOML file with every question, to fill in; what is left empty is not stated."""
    lines = [
        "# Context of use: hand it to `sonoproof packet RUN --out F.zip --context`. Nothing here is measured: it is",
        "# packed as you write it, and what you leave empty is not stated.",
    ]
    for name, question in QUESTIONS.items():
        lines += ["", f"# {question}", f'{name} = ""']
    return "\n".join(lines) + "\n"


def context_markdown(context: ContextOfUse) -> str:
    """The answers under their questions."""
    lines = ["# Context of use", "", "Stated by whoever made this packet; nothing here was measured."]
    for name, question in QUESTIONS.items():
        lines += ["", f"## {question}", "", getattr(context, name)]
    return "\n".join(lines) + "\n"
