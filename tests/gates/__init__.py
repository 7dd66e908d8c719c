"""The judges of form: KaTeX for formulas, mermaid for graphs, TeX for documents.

They say whether another program accepts what we print, never whether it is true; truth is `derive.judging.judge`'s.
"""
