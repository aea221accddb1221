"""Reports: one exporter is one file with `render(assessment) -> str`; `view/` says what is shown, `svg/` draws it."""
