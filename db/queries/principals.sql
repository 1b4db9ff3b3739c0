-- name: find_user
SELECT user_id, user_name, display_name, active, is_admin FROM users WHERE user_name = $1

-- name: ensure_user
INSERT INTO users (user_name, display_name, is_admin, created_time) VALUES ($1, $1, $2, $3)
ON CONFLICT (user_name) DO NOTHING

-- name: create_token
INSERT INTO tokens (token_id, token_hash, user_name, comment, creation_time, expiry_time)
VALUES ($1, $2::bytea, $3, $4, $5, $6)

-- name: find_user_by_token
SELECT u.user_id, u.user_name, u.display_name, u.active, u.is_admin
FROM tokens t JOIN users u ON u.user_name = t.user_name
WHERE t.token_hash = $1::bytea AND u.active AND (t.expiry_time = -1 OR t.expiry_time > $2::bigint)

-- name: list_tokens
SELECT token_id, user_name, comment, creation_time, expiry_time FROM tokens ORDER BY creation_time DESC, token_id

-- name: delete_token
DELETE FROM tokens WHERE token_id = $1 RETURNING token_id
