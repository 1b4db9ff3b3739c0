-- What users have to read private Git repositories with.
CREATE SEQUENCE git_credential_ids START 101;   -- a token is sealed for its credential_id, which must be known before
CREATE TABLE git_credentials (
    credential_id           bigint PRIMARY KEY DEFAULT nextval('git_credential_ids'),
    user_name               text NOT NULL REFERENCES users,
    git_provider            text NOT NULL,                -- as the reference spells it: gitHub
    git_username            text,
    git_email               text,
    name                    text,
    sealed_token            text NOT NULL,                -- core/sealed_text
    is_default_for_provider boolean NOT NULL
);
CREATE INDEX git_credentials_of_user ON git_credentials (user_name, git_provider);
CREATE UNIQUE INDEX git_credentials_default ON git_credentials (user_name, git_provider) WHERE is_default_for_provider;
