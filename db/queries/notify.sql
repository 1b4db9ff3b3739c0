-- name: notify
-- Ready control tasks are told of on a channel of their own: who does them need not hear of all clusters.
SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS payload
UNION ALL
SELECT pg_notify('stoker_scheduler', '')
WHERE $1 = 'stoker_ready' AND EXISTS (SELECT FROM unnest($2::text[]) AS payload
                                      WHERE 'scheduler' = ANY (string_to_array(payload, ',')))
