"""The brief as a file: PDF, Word, HTML, or a workbook of its planning figures."""

from crossings.brief.writer import FORMS, form_of, maker_of, write_brief

__all__ = ["FORMS", "form_of", "maker_of", "write_brief"]
