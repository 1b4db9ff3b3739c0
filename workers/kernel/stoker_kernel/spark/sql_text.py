"""What statements are recognised by, where Spark's own parser does not know them."""

#: What may stand before a statement's first word. A comment ends in one way only: one that could end in several takes ages where
#: there are many.
BEFORE = r"(?:\s|--[^\n]*\n|/\*(?:[^*]|\*(?!/))*\*/)*"

#: A name of a table, a view or a function, perhaps with its schema's.
NAME = r"(?:`(?:[^`]|``)+`|[\w$]+)(?:\.(?:`(?:[^`]|``)+`|[\w$]+))*"
