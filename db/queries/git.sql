-- name: git_access
SELECT * FROM git_access($1::bigint, $2::uuid)

-- name: pin_git_commit
SELECT pin_git_commit($1::bigint, $2::uuid, $3) AS git_commit

-- name: lock_user
SELECT FROM users WHERE user_name = $1 FOR NO KEY UPDATE

-- name: next_git_credential_id
SELECT nextval('git_credential_ids') AS credential_id

-- name: insert_git_credential
INSERT INTO git_credentials (credential_id, user_name, git_provider, git_username, git_email, name, sealed_token,
                             is_default_for_provider)
VALUES ($1::bigint, $2, $3, $4, $5, $6, $7, $8::boolean)

-- name: find_git_credential
SELECT * FROM git_credentials WHERE credential_id = $1::bigint AND user_name = $2

-- name: list_git_credentials
SELECT * FROM git_credentials WHERE user_name = $1 ORDER BY credential_id

-- name: has_default_git_credential
SELECT EXISTS (SELECT FROM git_credentials WHERE user_name = $1 AND git_provider = $2 AND is_default_for_provider)
    AS has_default

-- name: unset_default_git_credential
UPDATE git_credentials SET is_default_for_provider = false
WHERE user_name = $1 AND git_provider = $2 AND is_default_for_provider

-- name: update_git_credential
UPDATE git_credentials
SET git_provider = $2, git_username = $3, git_email = $4, name = $5, sealed_token = $6,
    is_default_for_provider = $7::boolean
WHERE credential_id = $1::bigint

-- name: delete_git_credential
DELETE FROM git_credentials WHERE credential_id = $1::bigint AND user_name = $2 RETURNING credential_id
