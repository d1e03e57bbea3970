"""Words of a definition in both languages."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from core.vocabulary import Term


class Text(BaseModel):
    """The same words in Chinese and English, written `{zh-CN: 受理, en: Intake}`."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True)

    zh: str = Field(validation_alias="zh-CN", serialization_alias="zh-CN", min_length=1, max_length=1000)
    en: str = Field(min_length=1, max_length=1000)

    def label(self, language: str) -> str:
        """The words in `language`; anything but Chinese reads English."""
        return self.zh if language.lower().startswith("zh") else self.en

    @classmethod
    def of(cls, term: Term) -> Text:
        """The words of a term of the vocabulary."""
        return cls(zh=term.zh, en=term.en)
