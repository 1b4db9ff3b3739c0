-- What node types ask of a machine besides its size.

ALTER TABLE nodes ADD COLUMN gpus integer NOT NULL DEFAULT 0, ADD COLUMN labels jsonb NOT NULL DEFAULT '{}';
DROP FUNCTION IF EXISTS register_node(text, text, text, integer, bigint, text[]);
